//! Which predictors matter at which horizon.

use serde::{Deserialize, Serialize};

use super::{Coefficient, Part};

/// Importance of every predictor by horizon, and the effects among those still at risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportanceSection {
    /// The model looked at, for example "records and images".
    pub model: String,
    /// Whether images went into it, so that the banner belongs to the figure.
    pub rests_on_images: bool,
    /// The predictors; lists of [`ImportanceAt`] follow their order.
    pub predictors: Vec<String>,
    /// By horizon, earliest first.
    pub horizons: Vec<ImportanceAt>,
    /// Whether their order changes from the first horizon to the last.
    pub rank_change: Part<RankChange>,
    /// Effects among those still at risk, earliest first.
    pub landmarks: Vec<LandmarkModel>,
}

/// Importances at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportanceAt {
    /// Days from the index date.
    pub horizon_days: f64,
    /// Held-out AUC of all predictors together.
    pub auc: f64,
    /// Shapley values of held-out AUC; they add up to the AUC less 0.5. `None` where there are too many predictors.
    pub shapley: Option<Vec<f64>>,
    /// Loss of AUC when the predictor is shuffled.
    pub permutation: Vec<f64>,
}

/// How far the order of predictors moves between two horizons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankChange {
    /// The two horizons in days.
    pub between_days: (f64, f64),
    /// Sum of the absolute differences in rank.
    pub observed: f64,
    /// Its mean over shuffled outcomes.
    pub null_mean: f64,
    /// Shuffles.
    pub replicates: u64,
    /// Share of shuffles that move at least as far: (b + 1) / (m + 1).
    pub p: f64,
}

/// A model of those still at risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LandmarkModel {
    /// Days from the index date at which cases are still at risk.
    pub from_days: f64,
    /// Days from the index date at which follow-up is stopped.
    pub to_days: f64,
    /// Cases at risk at the start.
    pub cases: u64,
    /// Events between the two.
    pub events: u64,
    /// Its coefficients.
    pub coefficients: Part<Vec<Coefficient>>,
}
