//! A survival model on all of its cases, with its validation.

use renkei_stats::cox::{Baseline, GlobalTests};
use serde::{Deserialize, Serialize};

use super::{Outcome, Validation};

/// A Cox model fitted on all of its cases (for the tables), and how it does on held-out cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Cases it was fitted on.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// Coefficients of the records, in the order of the design's columns; empty for the image model.
    pub records: Vec<Coefficient>,
    /// Weights of the key features; none for the records model.
    pub key_features: Option<KeyFeatureWeights>,
    /// The ridge penalty of the key features; none for the records model.
    pub penalty: Option<Penalty>,
    /// Tests that all coefficients are 0; none for a penalised model, nor under multiple imputation.
    pub tests: Option<GlobalTests>,
    /// Test of every predictor, by likelihood ratio but for multiple imputation; empty for a penalised model.
    pub groups: Vec<GroupTest>,
    /// Partial log-likelihood at 0.
    pub null_log_likelihood: f64,
    /// Partial log-likelihood at the coefficients, without the penalty.
    pub log_likelihood: f64,
    /// Cumulative hazard of a case at the means of all predictors, whose linear predictor is 0.
    pub baseline: Baseline,
    /// Harrell's C on the very cases it was fitted on: too good, shown only beside the held-out figure.
    pub apparent_concordance: f64,
    /// Held-out predictions and what they are worth.
    pub validation: Outcome<Validation>,
}

/// One coefficient of a column of the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Name of the column.
    pub column: String,
    /// Name of the predictor that it belongs to.
    pub group: String,
    /// Log hazard ratio per unit.
    pub coefficient: f64,
    /// Hazard ratio per unit.
    pub hazard_ratio: f64,
    /// Error, interval and p value; none in a penalised model, where they have no known distribution.
    pub significance: Option<Significance>,
}

/// What an unpenalised coefficient is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Significance {
    /// Standard error of the log hazard ratio.
    pub std_error: f64,
    /// Lower end of the 95 % interval of the hazard ratio.
    pub lower: f64,
    /// Upper end of the 95 % interval of the hazard ratio.
    pub upper: f64,
    /// Two-sided Wald p value.
    pub p: f64,
}

/// All columns of one predictor tested together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupTest {
    /// Name of the predictor.
    pub group: String,
    /// Twice the loss of partial log-likelihood when the predictor is left out; under multiple imputation the statistic D1 (about
    /// F) times its degrees.
    pub chi_square: f64,
    /// Number of its columns.
    pub degrees: usize,
    /// Upper tail of the chi-square distribution; of F under multiple imputation.
    pub p: f64,
}

/// The image part of a linear predictor on the scale of raw tile proportions, from the fit on all cases.
///
/// With `p_k` the share of a case's tiles in key feature `k`, the part is `sum_k weight_k p_k - centre`, which is the mean over
/// the case's tiles of [`tile`](Self::tile): contributions of tiles add up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyFeatureWeights {
    /// Log hazard ratio of a whole case in that key feature, one a key feature; 0 for those without variation.
    pub weights: Vec<f64>,
    /// The same sum at the mean proportions: the centring constant.
    pub centre: f64,
    /// Key features whose proportion does not vary, which have weight 0.
    pub unused: Vec<usize>,
}

impl KeyFeatureWeights {
    /// Contribution of one tile of `key_feature`, on the scale of the linear predictor; 0 for an unknown key feature number.
    pub fn tile(&self, key_feature: usize) -> f64 {
        self.weights.get(key_feature).map_or(0.0, |weight| weight - self.centre)
    }

    /// The image part of a case's linear predictor, from its tile counts by key feature; none without a tile.
    pub fn case(&self, counts: &[u64]) -> Option<f64> {
        let tiles: u64 = counts.iter().sum();
        let sum: f64 = counts.iter().zip(&self.weights).map(|(count, weight)| *count as f64 * weight).sum();
        (tiles > 0).then(|| sum / tiles as f64 - self.centre)
    }
}

/// A ridge penalty and how it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Penalty {
    /// The multiple of the number of events that was chosen, from [`crate::PENALTY_GRID`].
    pub multiple: f64,
    /// Ridge weight on standardised proportions: multiple times events.
    pub weight: f64,
    /// Cross-validated partial log-likelihood by place in the grid.
    pub cross_validated: Vec<f64>,
}
