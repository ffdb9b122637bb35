//! Held-out predictions and how well they order the cases.

use serde::{Deserialize, Serialize};

use super::{HorizonCalibration, HospitalCalibration, Outcome};

/// Out-of-fold predictions of one model, with the penalty chosen inside every training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Held-out linear predictor by case of the input, against the mean of its training part; none for a case without tiles
    /// in a model that needs them.
    pub linear_predictor: Vec<Option<f64>>,
    /// Held-out probability of the event by every horizon: 1 - exp(-H(t) exp(linear predictor)), with the baseline hazard H of
    /// the training part. Beyond the last event of a training part its last value stands.
    #[serde(default)]
    pub event_probability: Vec<HorizonProbability>,
    /// The fit behind every fold.
    pub folds: Vec<Fold>,
    /// How well the pooled predictions order the cases.
    pub discrimination: Discrimination,
    /// How well the probabilities fit what happened, by horizon.
    #[serde(default)]
    pub calibration: Vec<HorizonCalibration>,
    /// How they do inside each hospital, by a model that has seen none of its cases; empty where hospitals are not held out.
    #[serde(default)]
    pub by_hospital: Vec<InHospital>,
}

/// Held-out probabilities at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonProbability {
    /// The horizon in years.
    pub years: f64,
    /// Probability of the event by then, by case of the input; none as in [`Validation::linear_predictor`].
    pub by_case: Vec<Option<f64>>,
}

/// How well predictions order the cases of one hospital.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InHospital {
    /// The hospital, as the study names it.
    pub hospital: String,
    /// Its cases.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// Harrell's C among its cases, or why there are too few events for one.
    pub concordance: Outcome<HospitalConcordance>,
    /// Observed against expected by horizon; empty where there are too few events.
    #[serde(default)]
    pub calibration: Vec<HospitalCalibration>,
}

/// Harrell's C inside a hospital, with the 95 % interval of its standard error (infinitesimal jackknife).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HospitalConcordance {
    /// C.
    pub estimate: f64,
    /// Lower end, at least 0.
    pub lower: f64,
    /// Upper end, at most 1.
    pub upper: f64,
}

/// The fit on everything outside one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Cases of the training part.
    pub training_cases: usize,
    /// Events of the training part.
    pub training_events: usize,
    /// Cases that were predicted.
    pub held_out_cases: usize,
    /// Penalty as a multiple of the events, chosen inside the training part; none for the records model.
    pub penalty_multiple: Option<f64>,
    /// Columns of the records that do not vary in the training part; they have coefficient 0 there.
    pub constant_columns: Vec<String>,
}

/// Discrimination of one set of predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discrimination {
    /// Harrell's C.
    pub concordance: Estimate,
    /// Cumulative/dynamic AUC (inverse probability of censoring weights) by horizon.
    pub auc: Vec<HorizonAuc>,
}

/// AUC at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonAuc {
    /// The horizon in years.
    pub years: f64,
    /// The AUC, or why follow-up does not support it.
    pub auc: Outcome<TimeDependentAuc>,
}

/// AUC with the counts behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimeDependentAuc {
    /// The AUC.
    pub estimate: Estimate,
    /// Events up to the horizon.
    pub cases: usize,
    /// Cases followed beyond the horizon.
    pub controls: usize,
}

impl TimeDependentAuc {
    /// Fewest cases followed beyond a horizon for which its figures are relied on.
    pub const LEAST_AT_RISK: usize = 50;
    /// Fewest events up to it.
    pub const LEAST_EVENTS: usize = 10;

    /// Whether follow-up carries the figure: at least 50 cases at risk beyond the horizon and 10 events up to it.
    pub fn is_reliable(&self) -> bool {
        self.controls >= Self::LEAST_AT_RISK && self.cases >= Self::LEAST_EVENTS
    }
}

/// A figure with its 95 % percentile interval over bootstrap samples of the cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on the cases themselves.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Bootstrap samples on which the figure exists.
    pub replicates: usize,
}
