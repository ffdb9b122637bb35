//! How good predicted probabilities of the event by a horizon are, when some cases are censored before it: Brier score,
//! calibration, decision curve.
//!
//! A predicted risk is P(T <= horizon), from 0 to 1, one a case, made without the case itself (held out). A case
//! censored before the horizon counts through those who were followed longer: by its inverse probability of censoring
//! weight, or by the Kaplan-Meier estimate of its group. Both suppose that censoring says nothing of the risk.

mod brier;
mod calibration;
mod decision;
mod recalibration;

pub use brier::{Brier, IntegratedBrier, brier, brier_difference, integrated_brier};
pub use calibration::{Calibration, CalibrationGroup, CalibrationTables, quantile_cuts};
pub use decision::{DecisionTables, NetBenefit};
pub use recalibration::{calibration_in_the_large, calibration_slope};

use crate::{
    StatsError,
    survival::{RiskTable, check_horizon},
};

/// Checks that there is one probability a row.
pub(crate) fn check_risk(risk: &[f64], rows: usize) -> Result<(), StatsError> {
    if risk.len() != rows {
        return Err(StatsError::Length { what: "risk", expected: rows, found: risk.len() });
    }
    // Written so that NaN is refused.
    match risk.iter().position(|value| !(0.0..=1.0).contains(value)) {
        Some(row) => Err(StatsError::Probability { row }),
        None => Ok(()),
    }
}

/// Checks a horizon, and that the Kaplan-Meier estimate is known there.
pub(crate) fn check_reached(table: &RiskTable, horizon: f64) -> Result<(), StatsError> {
    check_horizon(horizon)?;
    if table.reaches(horizon) { Ok(()) } else { Err(StatsError::NoControls { what: "the horizon" }) }
}
