//! Planted truths: synthetic cohorts whose link to the outcome is known, and how often the analysis recovers it.
//!
//! A [`Truth`] says what is planted: hospitals, effects of records and of tissue by year, loss to follow-up.
//! [`Cohort::draw`] draws cases from it, with tiles from a [`Library`] of encoder features of real tissue, and
//! [`Cohort::follow`] draws their outcomes. [`study::recover`] runs the analysis on one such cohort and compares it with the
//! truth; [`study::table`] counts over many seeds. Everything is synthetic, says so ([`NOTICE`]), and supports no clinical
//! claim: it shows only what the software can find, and how often it finds what is not there.

mod cohort;
mod draw;
mod error;
mod library;
pub mod study;
mod truth;

pub use cohort::{Cohort, FollowUp};
pub use error::PlantedError;
pub use library::Library;
pub use truth::{Distribution, Hospital, Record, Tissue, Truth};

/// What stands on everything that comes from here.
pub const NOTICE: &str = "SYNTHETIC: outcomes were drawn from a planted truth. This supports no clinical claim.";
