//! Records in, one clean, pseudonymised, explained cohort out.
//!
//! [`Sources`] says where the tables are, [`select()`] makes cases of them with SQL, and every row that is lost on the
//! way has a line in the attrition table. Identifiers are replaced by keyed hashes ([`Pseudonymiser`]) before anything
//! leaves this crate; no error and no log line holds a record's value. [`guard`] refuses predictors that were known
//! only after the index date. [`Design`], [`describe()`] and [`follow_up()`] make of the cases what models and reports
//! need; [`diff()`] compares two cohorts.

mod column;
mod describe;
pub mod design;
mod diff;
pub mod error;
mod follow_up;
pub mod guard;
mod quality;
mod recurrence;
mod select;
mod slides;
mod source;
pub mod sql;

pub use describe::{CategorySummary, LevelCount, NumberSummary, Quartiles, Summary, VariableDescription, describe};
pub use design::Design;
pub use diff::{AttritionLine, Change, CohortDiff, Overlap, Side, diff};
pub use error::CohortError;
pub use follow_up::{AtHorizon, FollowUp, follow_up};
pub use guard::Refusal;
pub use quality::{QualityFinding, QualityRule};
pub use renkei_records::{Pseudonymiser, SecretError};
pub use select::{
    AttritionStep, CASE_ID, Cohort, EVENT, HOSPITAL, NewCases, TIME_YEARS, baseline_cells, case_ids, events, hospitals,
    select, select_new, times_years, try_select,
};
pub use slides::{Matched, SlideRow, match_slides, slide_table};
pub use source::Sources;
