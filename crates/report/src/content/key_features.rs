//! Key features: clusters of tiles found without labels.

use serde::{Deserialize, Serialize};

use super::{EncodedImage, Estimate};

/// The key features that the report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyFeatures {
    /// How they were found, for example "PCA to 64 dimensions, k-means with 100 clusters".
    pub method: String,
    /// How many clusters there are in all.
    pub clusters: u64,
    /// How many were tested, which is what the adjustment counts.
    pub tested: u64,
    /// Name of the adjustment, for example "Benjamini-Hochberg".
    pub adjustment: String,
    /// What was chosen again and again, a sentence each; empty where nothing was selected.
    pub selection: Vec<String>,
    /// The clusters shown, in the order to show.
    pub features: Vec<KeyFeature>,
}

/// One cluster of tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyFeature {
    /// Its number.
    pub index: u64,
    /// Tiles in it.
    pub tiles: u64,
    /// Cases with at least one such tile.
    pub cases: u64,
    /// Log hazard ratio per standard deviation of the cluster's share of a case.
    pub impact: Estimate,
    /// Adjusted p-value.
    pub p_adjusted: Option<f64>,
    /// How often it was chosen, where there was a selection.
    pub chosen: Option<Chosen>,
    /// Tiles nearest to the cluster's centre; they stay on site.
    pub exemplars: Vec<EncodedImage>,
}

/// How often a cluster was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Folds whose elastic net gave it a weight, of so many; none where there was no elastic net.
    pub folds: Option<(u64, u64)>,
    /// Share of the halves of stability selection that chose it.
    pub stability: Option<f64>,
    /// Its place, from 1, in the order of relevance less redundancy, if it is among the first.
    pub place: Option<u64>,
}
