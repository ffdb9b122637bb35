//! Competing risks: events of several causes, of which a case has the first only.
//!
//! The cumulative incidence of a cause is the chance of having it, first, by a time; 1 - Kaplan-Meier with the other
//! causes as censoring overstates it. [`AalenJohansen`] estimates it, [`gray_test`] compares it between groups,
//! [`fine_gray`] regresses it. Cause-specific hazards are Cox models with the other causes as censoring.

mod aalen_johansen;
mod cause_table;
mod fine_gray;
mod gray;
mod outcomes;
mod subdistribution;

pub use aalen_johansen::AalenJohansen;
pub use cause_table::{CauseTable, group_cause_tables};
pub use fine_gray::{FineGray, fine_gray};
pub use gray::{GrayTest, gray_test};
pub use outcomes::CompetingOutcomes;
