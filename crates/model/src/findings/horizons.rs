//! What matters at which horizon.

use serde::{Deserialize, Serialize};

use super::{Coefficient, Outcome};

/// What each predictor adds to held-out discrimination, horizon by horizon, in the best-informed model.
///
/// For a horizon t every model is fitted with follow-up stopped at t (van Houwelingen 2007), so that its coefficients are those
/// of the events up to t, and judged by its held-out AUC at t.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportanceByHorizon {
    /// Which model: `records and images`, or `records` where there are no usable images.
    pub model: String,
    /// The predictors, in the order of the spec; `images` stands for all key features together.
    pub groups: Vec<String>,
    /// One entry a horizon.
    pub horizons: Vec<HorizonImportance>,
    /// Whether the order of the predictors changes from the first horizon to the last.
    pub rank_change: Outcome<RankChange>,
}

/// Importance at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonImportance {
    /// The horizon in years.
    pub years: f64,
    /// The importances, or why there are none.
    pub importance: Outcome<Importance>,
}

/// Importances of all predictors at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// Held-out AUC of the model with all predictors.
    pub auc: f64,
    /// Exact Shapley value of every predictor (Shapley 1953): its gain in held-out AUC, averaged over all orders in which
    /// predictors can be added, each set fitted anew. They add up to the AUC less 0.5. The reason where there are too many.
    pub shapley: Outcome<Vec<f64>>,
    /// Loss of held-out AUC when the predictor's values are shuffled among the cases (Breiman 2001), mean over shuffles.
    pub permutation: Vec<f64>,
}

/// How far the order of predictors by permutation importance moves between two horizons, beside shuffled outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankChange {
    /// The two horizons in years.
    pub between_years: [f64; 2],
    /// Sum of the absolute differences in rank (Spearman's footrule).
    pub observed: f64,
    /// The same of every permutation of the outcomes.
    pub permuted: Vec<f64>,
    /// (b + 1) / (m + 1) with b the permutations that move at least as far: what pure noise does.
    pub p: f64,
}

/// Effects of the records among those still at risk at a landmark, up to the next one (van Houwelingen 2007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// Years from the origin at which cases must still be at risk.
    pub from_years: f64,
    /// Years from the origin at which follow-up is stopped.
    pub to_years: f64,
    /// Cases at risk at the landmark.
    pub cases: usize,
    /// Events between the two.
    pub events: usize,
    /// The Cox model of these, or why there is none.
    pub coefficients: Outcome<Vec<Coefficient>>,
}
