//! Eigenvectors of a covariance, and projection on them.

use nalgebra::{DMatrix, DMatrixView};
use serde::{Deserialize, Serialize};

use super::{Moments, moments::check_rows};
use crate::StatsError;

/// The first principal components (Pearson 1901), as R `prcomp` but for the signs, which are fixed here: in every component the
/// loading that is largest in size is positive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// Mean that is taken off before projection.
    pub mean: Vec<f64>,
    /// Unit vectors, one a component, row-major: components by columns.
    pub loadings: Vec<f64>,
    /// Variance along each component, descending.
    pub variance: Vec<f64>,
    /// Variance of all columns together.
    pub total_variance: f64,
}

/// The first `count` components of the rows summed in `moments`.
///
/// # Errors
/// `Empty` below two rows; `Setting` unless `count` is between 1 and the number of columns.
pub fn principal_components(moments: &Moments, count: usize) -> Result<Components, StatsError> {
    if count == 0 || count > moments.columns() {
        return Err(StatsError::Setting { what: "number of components", expected: "from 1 to the number of columns" });
    }
    let covariance = DMatrix::from_vec(moments.columns(), moments.columns(), moments.covariance()?);
    let total_variance = covariance.trace();
    let eigen = covariance.symmetric_eigen();
    let mut order: Vec<usize> = (0..moments.columns()).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]).then(a.cmp(b)));
    order.truncate(count);
    let mut loadings = Vec::with_capacity(count * moments.columns());
    for component in &order {
        let vector = eigen.eigenvectors.column(*component);
        let sign = vector[vector.icamax()].signum();
        loadings.extend(vector.iter().map(|loading| sign * loading));
    }
    let variance = order.iter().map(|component| eigen.eigenvalues[*component].max(0.0)).collect();
    Ok(Components { mean: moments.mean().to_vec(), loadings, variance, total_variance })
}

impl Components {
    /// Coordinates of rows (row-major f32, a multiple of the columns) on the components, row-major.
    ///
    /// # Errors
    /// `Length`; `NotFinite` with row and column within `rows`.
    pub fn project(&self, rows: &[f32]) -> Result<Vec<f32>, StatsError> {
        let (columns, count) = (self.mean.len(), self.variance.len());
        check_rows(rows, columns)?;
        if self.loadings.len() != columns * count {
            let found = self.loadings.len();
            return Err(StatsError::Length { what: "loadings", expected: columns * count, found });
        }
        let loadings = DMatrixView::from_slice(&self.loadings, columns, count);
        let mut coordinates = Vec::with_capacity(rows.len() / columns * count);
        // Blocks of one size from the start, so that a row's coordinates do not depend on how many follow.
        for block in rows.chunks(256 * columns) {
            let centred = block
                .chunks_exact(columns)
                .flat_map(|row| row.iter().zip(&self.mean).map(|(x, mean)| f64::from(*x) - mean));
            let centred = DMatrix::from_iterator(columns, block.len() / columns, centred);
            let projected = loadings.transpose() * centred;
            coordinates.extend(projected.iter().map(|value| *value as f32));
        }
        Ok(coordinates)
    }
}
