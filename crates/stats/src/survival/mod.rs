//! Non-parametric survival: Kaplan-Meier, Nelson-Aalen, restricted mean and log-rank tests, all from risk tables that merge.
//!
//! Times are compared exactly: give times on the grid on which they were measured (days, quarters), not sums of fractions.

mod censoring;
mod kaplan_meier;
mod log_rank;
mod nelson_aalen;
mod outcomes;
mod restricted_mean;
mod risk_table;

pub(crate) use censoring::{Censoring, check_horizon, std_err};
pub use kaplan_meier::{Interval, IntervalForm, KaplanMeier};
pub use log_rank::{LogRank, Weighting, group_tables, log_rank, weighted_log_rank};
pub use nelson_aalen::NelsonAalen;
pub use outcomes::Outcomes;
pub(crate) use outcomes::check_labels;
pub use restricted_mean::{restricted_mean, restricted_mean_difference};
pub(crate) use risk_table::check_times;
pub use risk_table::{RiskRow, RiskTable};
