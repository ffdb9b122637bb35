//! Predicted probabilities against what happened.

use renkei_stats::prediction::{Brier, Calibration, NetBenefit};
use serde::{Deserialize, Serialize};

use super::Outcome;

/// Held-out probabilities of the event by one horizon against what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonCalibration {
    /// The horizon in years.
    pub years: f64,
    /// Observed (Kaplan-Meier) against expected (mean predicted) by fifths of predicted risk, and over all cases.
    pub groups: Outcome<Calibration>,
    /// Calibration slope; below 1 the predictions are too extreme.
    pub slope: Outcome<renkei_stats::Estimate>,
    /// Calibration in the large on the complementary log-log scale; above 0 the predictions are too low.
    pub in_the_large: Outcome<renkei_stats::Estimate>,
    /// Brier score, with that of the Kaplan-Meier estimate, which knows no predictor.
    pub brier: Outcome<Brier>,
    /// The decision curve.
    pub net_benefit: Outcome<Vec<NetBenefit>>,
}

/// Observed against expected over all cases of one hospital, at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HospitalCalibration {
    /// The horizon in years.
    pub years: f64,
    /// Observed, expected and their ratio, or why there is none.
    pub overall: Outcome<Calibration>,
}
