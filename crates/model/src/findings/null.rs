//! What the image model reaches without any link to the outcome.

use serde::{Deserialize, Serialize};

/// Held-out concordance of the image model when outcomes are shuffled against images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PermutationNull {
    /// Penalty as a multiple of the events, held fixed: the median choice of the folds.
    pub penalty_multiple: f64,
    /// Held-out C of the true outcomes with that penalty.
    pub observed: f64,
    /// Held-out C of every permutation.
    pub permuted: Vec<f64>,
    /// Permutations whose model had no fit; they count as reaching the observed C.
    pub failed: usize,
    /// (b + 1) / (m + 1) with b the permutations that reach the observed C.
    pub p: f64,
}
