//! Tiles to key features, as the worker's stages do it: PCA of all tiles of the cohort, k-means, counts by case.

use renkei_model::Images;
use renkei_stats::{
    kmeans::{Block, KMeansSettings, cluster, effective_clusters},
    pca::{Moments, principal_components},
};

use crate::{Cohort, PlantedError};

/// Dimensions that features are compressed to.
const DIMENSIONS: usize = 64;

/// The key features of a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFeatures {
    /// What the analysis is given.
    pub images: Images,
    /// The kind of tissue that most tiles of a key feature are of.
    pub kind: Vec<usize>,
    /// Share of all tiles whose kind is that of their key feature.
    pub purity: f64,
}

/// Compresses, clusters into `wanted` key features at most, and counts. Nothing here looks at an outcome or at a tile's kind,
/// but for the naming of the key features afterwards.
///
/// # Errors
/// `Stats` and `Library` where the tiles cannot be compressed or clustered.
pub fn key_features(cohort: &Cohort, wanted: usize, seed: u64) -> Result<KeyFeatures, PlantedError> {
    let tiles = cohort.tile_case.len();
    let columns = cohort.features.len() / tiles.max(1);
    let mut moments = Moments::new(columns)?;
    moments.add_rows(&cohort.features)?;
    let dimensions = DIMENSIONS.min(columns);
    let compressed = principal_components(&moments, dimensions)?.project(&cohort.features)?;
    let settings = KMeansSettings {
        clusters: effective_clusters(wanted, tiles as u64),
        seed,
        rounds: 100,
        tolerance: 1e-5,
        seeding_rows: 100_000,
    };
    let found = cluster(&Block { values: &compressed, columns: dimensions }, &settings)
        .map_err(|error| PlantedError::Library(error.to_string()))?;
    let assigned: Vec<usize> = found.centres.assign(&compressed)?.iter().map(|one| one.cluster as usize).collect();
    Ok(count(cohort, &assigned, found.centres.count()))
}

fn count(cohort: &Cohort, assigned: &[usize], key_features: usize) -> KeyFeatures {
    let kinds = cohort.shares.len() / cohort.hospital.len().max(1);
    let mut counts = vec![0_u64; cohort.hospital.len() * key_features];
    let mut by_kind = vec![0_u64; key_features * kinds];
    for ((key_feature, case), kind) in assigned.iter().zip(&cohort.tile_case).zip(&cohort.tile_kind) {
        counts[case * key_features + key_feature] += 1;
        by_kind[key_feature * kinds + kind] += 1;
    }
    // Of equals the first kind.
    let most = |row: &[u64]| (0..kinds).rev().max_by_key(|kind| row[*kind]).unwrap_or(0);
    let kind: Vec<usize> = by_kind.chunks(kinds).map(most).collect();
    let own: u64 = by_kind.chunks(kinds).map(|row| row.iter().max().copied().unwrap_or(0)).sum();
    let purity = own as f64 / assigned.len().max(1) as f64;
    KeyFeatures { images: Images { counts, key_features }, kind, purity }
}

impl KeyFeatures {
    /// Per case the share of its tiles in the key features of a kind of tissue.
    pub fn share_of(&self, kind: usize) -> Vec<f64> {
        let share = |row: &[u64]| {
            let tiles: u64 = row.iter().sum();
            let own: u64 = row.iter().zip(&self.kind).filter(|(_, of)| **of == kind).map(|(count, _)| count).sum();
            own as f64 / tiles.max(1) as f64
        };
        self.images.counts.chunks(self.images.key_features).map(share).collect()
    }
}
