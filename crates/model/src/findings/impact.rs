//! Key features one by one.

use serde::{Deserialize, Serialize};

/// Univariable impact of every key feature on the cases with tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Impacts {
    /// Pseudo-count added to every count before the log-ratios are taken.
    pub pseudo_count: f64,
    /// Whether cases were compared within their hospital only (a stratified model).
    #[serde(default)]
    pub within_hospitals: bool,
    /// Tested key features, in their order.
    pub tested: Vec<Impact>,
    /// Key features that could not be tested, in their order.
    pub untestable: Vec<Untestable>,
}

/// A tested key feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    /// Number of the key feature, from 0.
    pub key_feature: usize,
    /// Tiles in it, over all cases.
    pub tiles: u64,
    /// Log hazard ratio per standard deviation of the centred log-ratio.
    pub coefficient: f64,
    /// Lower end of its 95 % Wald interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Two-sided Wald p value.
    pub p: f64,
    /// The same adjusted over all tested key features (Benjamini and Hochberg 1995).
    pub p_adjusted: f64,
}

/// A key feature that could not be tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untestable {
    /// Number of the key feature, from 0.
    pub key_feature: usize,
    /// Why.
    pub reason: String,
}
