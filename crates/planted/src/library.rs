//! Tiles to draw from.

use renkei_stats::kmeans::{Block, KMeansSettings, cluster};

use crate::PlantedError;

/// Features of tissue tiles, sorted into kinds of tissue.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    columns: usize,
    features: Vec<f32>,
    /// Row numbers by kind.
    by_kind: Vec<Vec<usize>>,
    /// Standard deviation by column.
    spread: Vec<f32>,
}

impl Library {
    /// Takes features (tiles by `columns`, row-major, finite) with the kind of every tile.
    ///
    /// # Errors
    /// `Library` for lengths that do not fit, a value that is not finite, or a kind without tiles.
    pub fn new(features: Vec<f32>, columns: usize, kind: &[usize]) -> Result<Self, PlantedError> {
        let wrong = |reason: &str| Err(PlantedError::Library(reason.to_owned()));
        if columns == 0 || kind.is_empty() || features.len() != columns * kind.len() {
            return wrong("features are not tiles by columns");
        }
        if features.iter().any(|value| !value.is_finite()) {
            return wrong("a feature is not finite");
        }
        let kinds = kind.iter().max().map_or(0, |most| most + 1);
        let mut by_kind = vec![Vec::new(); kinds];
        for (row, kind) in kind.iter().enumerate() {
            by_kind[*kind].push(row);
        }
        if by_kind.iter().any(Vec::is_empty) {
            return wrong("a kind has no tile");
        }
        let spread = spread(&features, columns);
        Ok(Self { columns, features, by_kind, spread })
    }

    /// The same with kinds found by k-means on the features; kinds are numbered from the commonest to the rarest.
    ///
    /// # Errors
    /// As [`Self::new`], and `Stats` where k-means fails.
    pub fn sorted_by_look(features: Vec<f32>, columns: usize, kinds: usize, seed: u64) -> Result<Self, PlantedError> {
        let settings = KMeansSettings { clusters: kinds, seed, rounds: 100, tolerance: 1e-6, seeding_rows: 100_000 };
        let found = cluster(&Block { values: &features, columns }, &settings)
            .map_err(|error| PlantedError::Library(error.to_string()))?;
        let mut order: Vec<usize> = (0..kinds).collect();
        order.sort_by_key(|kind| std::cmp::Reverse(found.counts[*kind]));
        let mut rank = vec![0; kinds];
        order.iter().enumerate().for_each(|(place, kind)| rank[*kind] = place);
        let assigned = found.centres.assign(&features)?;
        let kind: Vec<usize> = assigned.iter().map(|one| rank[one.cluster as usize]).collect();
        Self::new(features, columns, &kind)
    }

    /// Features of a tile.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of kinds.
    pub fn kinds(&self) -> usize {
        self.by_kind.len()
    }

    /// Numbers of the tiles of a kind; none for an unknown kind.
    pub fn of_kind(&self, kind: usize) -> &[usize] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn tile(&self, row: usize) -> &[f32] {
        &self.features[row * self.columns..(row + 1) * self.columns]
    }

    pub(crate) fn spread(&self) -> &[f32] {
        &self.spread
    }
}

fn spread(features: &[f32], columns: usize) -> Vec<f32> {
    let rows = (features.len() / columns) as f64;
    let column = |at: usize| features.iter().skip(at).step_by(columns).map(|value| f64::from(*value));
    (0..columns)
        .map(|at| {
            let mean = column(at).sum::<f64>() / rows;
            (column(at).map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows).sqrt() as f32
        })
        .collect()
}
