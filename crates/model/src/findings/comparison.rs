//! One model against another on the same cases.

use serde::{Deserialize, Serialize};

use super::{Estimate, Outcome};

/// Paired differences of held-out discrimination: both models are trained on the same cases and predict the same cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Cases compared.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// Difference of Harrell's C.
    pub concordance: Difference,
    /// Difference of AUC by horizon.
    pub auc: Vec<HorizonDifference>,
}

/// Difference of AUC at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonDifference {
    /// The horizon in years.
    pub years: f64,
    /// The difference, or why follow-up does not support it.
    pub difference: Outcome<Difference>,
}

/// A paired difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Figure of the model.
    pub model: f64,
    /// Figure of the reference, on the same cases.
    pub reference: f64,
    /// Model less reference.
    pub absolute: Estimate,
    /// Model less reference, over reference: 0.1 is ten per cent better.
    pub relative: Estimate,
    /// Two-sided bootstrap p value of no difference.
    pub p: f64,
}
