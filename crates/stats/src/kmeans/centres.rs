//! Cluster centres and the nearest of them.

use serde::{Deserialize, Serialize};

use crate::StatsError;

/// Centres that are measured together: their distances stay in vector registers.
const LANES: usize = 16;
/// Rows that share one load of the centres.
const ROWS: usize = 4;

/// Cluster centres, and the same in panels of sixteen for measuring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Centres {
    columns: usize,
    values: Vec<f32>,
    /// Panel by panel, column by column, sixteen centres; the last panel is filled up with infinity, which is never nearest.
    panels: Vec<[f32; LANES]>,
}

/// The nearest centre of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment {
    /// Number of the centre; of two equally near the first.
    pub cluster: u32,
    /// Squared Euclidean distance.
    pub squared_distance: f32,
}

#[derive(Serialize, Deserialize)]
struct Flat {
    columns: usize,
    values: Vec<f32>,
}

impl From<Centres> for Flat {
    fn from(centres: Centres) -> Self {
        Self { columns: centres.columns, values: centres.values }
    }
}

impl TryFrom<Flat> for Centres {
    type Error = StatsError;

    fn try_from(flat: Flat) -> Result<Self, StatsError> {
        Self::new(flat.values, flat.columns)
    }
}

impl Centres {
    /// Centres from a row-major matrix.
    ///
    /// # Errors
    /// `Setting` for no columns, `Empty`, `Length`, `NotFinite`.
    pub fn new(values: Vec<f32>, columns: usize) -> Result<Self, StatsError> {
        if columns == 0 {
            return Err(StatsError::Setting { what: "number of columns", expected: "at least 1" });
        }
        if values.is_empty() {
            return Err(StatsError::Empty { what: "centres" });
        }
        crate::pca::check_rows(&values, columns)?;
        Ok(Self::from_checked(values, columns))
    }

    pub(crate) fn from_checked(values: Vec<f32>, columns: usize) -> Self {
        let count = values.len() / columns;
        let lane = |panel: usize, column: usize, lane: usize| {
            let centre = panel * LANES + lane;
            if centre < count { values[centre * columns + column] } else { f32::INFINITY }
        };
        let panels = (0..count.div_ceil(LANES))
            .flat_map(|panel| (0..columns).map(move |column| (panel, column)))
            .map(|(panel, column)| std::array::from_fn(|l| lane(panel, column, l)))
            .collect();
        Self { columns, values, panels }
    }

    /// Number of centres.
    pub fn count(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Columns of every centre.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One centre.
    ///
    /// # Panics
    /// When `centre` is not below [`Self::count`].
    pub fn row(&self, centre: usize) -> &[f32] {
        &self.values[centre * self.columns..(centre + 1) * self.columns]
    }

    /// The nearest centre of every row of a block.
    ///
    /// # Errors
    /// `Length`; `NotFinite` with row and column within the block.
    pub fn assign(&self, rows: &[f32]) -> Result<Vec<Assignment>, StatsError> {
        crate::pca::check_rows(rows, self.columns)?;
        let mut assignments = Vec::with_capacity(rows.len() / self.columns);
        let groups = rows.chunks_exact(ROWS * self.columns);
        let rest = groups.remainder();
        for group in groups {
            let row = |r: usize| &group[r * self.columns..(r + 1) * self.columns];
            assignments.extend(self.nearest::<ROWS>(std::array::from_fn(row)));
        }
        for row in rest.chunks_exact(self.columns) {
            assignments.extend(self.nearest::<1>([row]));
        }
        Ok(assignments)
    }

    /// Squares are summed column by column for every pair, so a distance does not depend on what is measured beside it.
    fn nearest<const N: usize>(&self, rows: [&[f32]; N]) -> [Assignment; N] {
        let mut best = [Assignment { cluster: 0, squared_distance: f32::INFINITY }; N];
        for (panel, centres) in self.panels.chunks_exact(self.columns).enumerate() {
            let mut squares = [[0.0_f32; LANES]; N];
            for (column, lanes) in centres.iter().enumerate() {
                for (sums, row) in squares.iter_mut().zip(&rows) {
                    let value = row[column];
                    for (sum, centre) in sums.iter_mut().zip(lanes) {
                        *sum += (value - centre) * (value - centre);
                    }
                }
            }
            for (best, squares) in best.iter_mut().zip(&squares) {
                for (lane, squared_distance) in squares.iter().enumerate() {
                    if *squared_distance < best.squared_distance {
                        let cluster = (panel * LANES + lane) as u32;
                        *best = Assignment { cluster, squared_distance: *squared_distance };
                    }
                }
            }
        }
        best
    }
}
