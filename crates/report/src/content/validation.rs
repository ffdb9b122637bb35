//! Held-out predictions against what happened: calibration, decision curves, hospital by hospital.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// How far held-out predictions can be relied on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidationSection {
    /// How cases were held out, as a full sentence.
    pub scheme: String,
    /// What follow-up there is for each horizon, earliest first.
    pub horizons: Vec<HorizonSupport>,
    /// The models, in the order to show.
    pub models: Vec<ModelValidation>,
}

/// What follow-up there is for one horizon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HorizonSupport {
    /// Days from the index date.
    pub horizon_days: f64,
    /// Events up to it.
    pub events: u64,
    /// Cases at risk beyond it.
    pub at_risk: u64,
    /// Whether these are enough for the figures at this horizon to be relied on.
    pub reliable: bool,
}

/// The held-out predictions of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelValidation {
    /// The model's name, for example "records and images".
    pub name: String,
    /// Whether images went into it, so that the banner belongs to its figures.
    pub rests_on_images: bool,
    /// Calibration by horizon, earliest first.
    pub calibration: Vec<CalibrationAt>,
    /// Hospitals with figures of their own, in the order to show; empty where none was held out.
    pub hospitals: Vec<HospitalResult>,
    /// Hospitals, cases and events without figures of their own.
    pub small_hospitals: (u64, u64, u64),
}

/// Calibration at one horizon. What could not be computed is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationAt {
    /// Days from the index date.
    pub horizon_days: f64,
    /// Groups of rising predicted risk.
    pub groups: Vec<CalibrationPoint>,
    /// Observed over expected events; 1 is perfect.
    pub ratio: Option<Estimate>,
    /// Calibration slope; 1 is perfect.
    pub slope: Option<Estimate>,
    /// Calibration in the large on the complementary log-log scale; 0 is perfect.
    pub in_the_large: Option<Estimate>,
    /// Brier score, and that of a prediction without predictors.
    pub brier: Option<(f64, f64)>,
    /// The decision curve, by rising threshold.
    pub decision: Vec<DecisionPoint>,
}

/// One group of predicted risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Cases in the group.
    pub cases: u64,
    /// Events among them up to the horizon.
    pub events: u64,
    /// Mean predicted risk, 0 to 1.
    pub expected: f64,
    /// Observed risk by Kaplan-Meier; `None` where follow-up ends before the horizon.
    pub observed: Option<Estimate>,
}

/// Net benefit at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// Predicted risk from which on a case would be treated, 0 to 1.
    pub threshold: f64,
    /// Of treating by the model, in true positives a case.
    pub model: Option<f64>,
    /// Of treating everybody.
    pub treat_all: f64,
}

/// A hospital that was held out, predicted by a model that has seen none of its cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HospitalResult {
    /// Its name, as the study has it.
    pub name: String,
    /// Its cases.
    pub cases: u64,
    /// Events among them.
    pub events: u64,
    /// Concordance among its cases.
    pub c_index: Option<Estimate>,
    /// Observed over expected events by horizon, in the order of [`ValidationSection::horizons`].
    pub ratios: Vec<Option<Estimate>>,
}
