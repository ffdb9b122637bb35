//! Held-out predictions and how well they order the cases.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// Out-of-fold predictions of one model, with the penalty chosen inside every training part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Held-out linear predictor by case of the input, against the mean of its training part; none for a case without tiles
    /// in a model that needs them.
    pub linear_predictor: Vec<Option<f64>>,
    /// The fit behind every fold.
    pub folds: Vec<Fold>,
    /// How well the pooled predictions order the cases.
    pub discrimination: Discrimination,
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
