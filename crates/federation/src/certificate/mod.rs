//! Proof that the federated result equals the pooled one on a check set of the same shapes.
//!
//! A [`Certificate`] goes with every result. It says what was computed, of how many, in which rounds (with the hash of every
//! total), and how far the same code, run over a made-up check set of the same shapes, was from the ordinary functions on
//! all its rows in one table: as doubles, and rounded to 2^-40 as secure sums are. Anybody can repeat it
//! ([`Certificate::verify_check`]); whoever has the totals can follow them to the result ([`Certificate::verify_totals`]).

mod check_set;
mod difference;
mod document;
mod pooled;
mod run;

pub use check_set::check_set;
pub use difference::difference;
pub use document::{BOUND, Certificate, CertificateError, Check, Cohort, GridError};
pub use pooled::{Follow, pooled};
pub use run::{Adding, Round, Run, add, run};
