//! Proportional hazards (Cox 1972) with Efron's (1977) or Breslow's (1974) likelihood for ties, strata and a fixed ridge.
//!
//! One iteration costs one pass for the linear predictors and one for a symmetric product of rows by predictors, whatever the number of event times: summed over event times,
//! the covariance within the risk sets is the cross product of all rows, weighted by their cumulative hazard, less the cross
//! product of the risk set means (for Efron's ties two vectors a time, whatever the number of ties).

mod baseline;
mod fit;
mod hazard_error;
mod likelihood;
mod order;
mod risk_sums;
mod robust;
mod sums;

pub use baseline::Baseline;
pub use fit::{CoxFit, CoxSettings, GlobalTest, GlobalTests, conclude, explain, fit};
pub use hazard_error::HazardError;
pub use likelihood::Ties;
pub(crate) use order::{Segment, Sorted};
pub use risk_sums::RiskSums;
pub use robust::{robust_covariance, score_residuals};
pub use sums::CoxSums;
