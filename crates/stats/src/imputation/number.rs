//! Numbers by predictive mean matching (Little 1988), as R `mice.impute.pmm`: type 1 matching, five donors.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::{
    conditional::{Regressors, Scaling},
    draw::{around, chi_square},
};
use crate::{
    StatsError,
    gram::{Gram, dot},
};

/// Cases with a value among which one gives it away.
const DONORS: usize = 5;
/// Share that is added to the diagonal of the cross-product, as `mice` does, so that dependent regressors do no harm.
const RIDGE: f64 = 1e-5;

/// A linear regression with one draw of its parameters, and the cases that give values.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    scaling: Scaling,
    drawn: DVector<f64>,
    /// Predicted mean by the estimate, and the value; ascending.
    donors: Vec<(f64, f64)>,
}

impl Matching {
    pub(super) fn learn(
        regressors: &Regressors,
        values: &[f64],
        generator: &mut ChaCha12Rng,
    ) -> Result<Self, StatsError> {
        let scaling = Scaling::new(regressors, values.len());
        let rows: Vec<Vec<f64>> = regressors.rows().zip(values).map(|(row, _)| scaling.apply(row)).collect();
        let parameters = scaling.parameters();
        let (mut gram, mut moment) = (Gram::new(parameters), DVector::zeros(parameters));
        for (row, value) in rows.iter().zip(values) {
            gram.add(1.0, row.iter().copied());
            moment.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * value);
        }
        let mut cross = gram.finish();
        (0..parameters).for_each(|at| cross[(at, at)] *= 1.0 + RIDGE);
        let factor = cross.cholesky().ok_or(StatsError::NotConverged { what: "linear regression", iterations: 1 })?;
        let estimate = factor.solve(&moment);
        let means: Vec<f64> = rows.iter().map(|row| dot(estimate.as_slice(), row)).collect();
        let square: f64 = means.iter().zip(values).map(|(mean, value)| (value - mean).powi(2)).sum();
        let degrees = values.len().saturating_sub(parameters).max(1);
        let deviation = (square / chi_square(generator, degrees)).sqrt();
        let drawn = around(generator, &estimate, &(root_of_inverse(&factor.l()) * deviation));
        let mut donors: Vec<(f64, f64)> = means.into_iter().zip(values.iter().copied()).collect();
        donors.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Ok(Self { scaling, drawn, donors })
    }

    pub(super) fn draw(&self, row: &[f64], generator: &mut ChaCha12Rng) -> f64 {
        let mean = dot(self.drawn.as_slice(), &self.scaling.apply(row));
        let nearest = nearest(&self.donors, mean);
        nearest[generator.random_range(0..nearest.len())].1
    }
}

/// A matrix that times its transpose is the inverse of `lower` times its transpose.
pub(super) fn root_of_inverse(lower: &DMatrix<f64>) -> DMatrix<f64> {
    let size = lower.nrows();
    lower.solve_lower_triangular(&DMatrix::identity(size, size)).map_or_else(
        // A Cholesky factor has no zero on its diagonal.
        || DMatrix::zeros(size, size),
        |inverse| inverse.transpose(),
    )
}

/// The donors whose means are nearest to `mean`; all of them where there are no more than [`DONORS`].
fn nearest(donors: &[(f64, f64)], mean: f64) -> &[(f64, f64)] {
    let mut from = donors.partition_point(|donor| donor.0 < mean);
    let mut to = from;
    while to - from < DONORS.min(donors.len()) {
        let below = from.checked_sub(1).map(|at| mean - donors[at].0);
        let above = donors.get(to).map(|donor| donor.0 - mean);
        match (below, above) {
            (Some(below), Some(above)) if below <= above => from -= 1,
            (Some(_), None) => from -= 1,
            _ => to += 1,
        }
    }
    &donors[from..to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_donors_are_found_at_either_end() {
        let donors: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), f64::from(i))).collect();
        let around = |mean| nearest(&donors, mean).iter().map(|donor| donor.1 as i32).collect::<Vec<_>>();
        assert_eq!(around(-3.0), vec![0, 1, 2, 3, 4]);
        assert_eq!(around(4.1), vec![2, 3, 4, 5, 6]);
        assert_eq!(around(99.0), vec![4, 5, 6, 7, 8]);
        assert_eq!(nearest(&donors[..2], 0.4).len(), 2);
    }
}
