//! The words of the field: what every other crate means by a case, a slide, a shard or a run.
//!
//! Nothing here does I/O, reads a clock or draws a random number. One word has one meaning;
//! `docs/glossary.md` lists them.

pub mod digest;
pub mod error;
pub mod ids;
pub mod plan;
pub mod record;
pub mod spec;
pub mod units;

pub use digest::Digest;
pub use error::ErrorKind;
pub use ids::{AttemptId, CaseId, IdError, RunId, ShardId, SlideId, WorkerId};
pub use units::UmPerPx;
