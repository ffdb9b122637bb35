//! Hospital records in their standard forms, read into canonical tables and pseudonymised at the door.
//!
//! A [`Source`] knows one form of record. It hands borrowed rows to the [`Door`], the one place where a row becomes
//! canonical: the patient's number becomes a keyed hash, the code gets its concept, the unit is normalised, dates are
//! judged, and what is wrong is counted. [`import()`] drives a source over everything it has, in parallel, and writes one
//! Parquet file a table, the faults and a summary. Rows have no field for names, addresses or free text; no error, log
//! line or file name holds a record's value.

pub mod canonical;
mod code;
mod door;
mod error;
mod fault;
pub mod hl7;
mod import;
mod map;
mod number;
mod opt_out;
mod output;
mod people;
mod pseudonym;
pub mod quality;
mod rules;
pub mod source;
mod stored;
mod sum;
mod summary;
mod unit;
mod when;

pub use canonical::{SCHEMA_VERSION, Table};
pub use door::{Door, FileId, KeptPerson, Origin, ResourceId};
pub use error::{RecordsError, SecretError};
pub use fault::{FaultCounts, FaultKind};
pub use import::{ImportOptions, import};
pub use opt_out::{OptOutError, OptOuts};
pub use pseudonym::Pseudonymiser;
pub use rules::{Rules, SiteTables};
pub use source::Source;
pub use summary::{OutputFile, Summary};
pub use when::Stated;
