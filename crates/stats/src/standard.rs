//! Predictors centred and scaled for the fit, so that results do not depend on units; coefficients go back afterwards.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::{Predictors, StatsError, parallel};

/// Values from which a chunk is worth a thread.
const CHUNK: usize = 1 << 17;

/// Mean and standard deviation (divisor n) of every column.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard {
    pub(crate) centre: Vec<f64>,
    pub(crate) scale: Vec<f64>,
    per_scale: Vec<f64>,
}

impl Standard {
    /// Those of a cohort that is not at hand as a whole.
    ///
    /// # Errors
    /// `Length` when there is not one scale a centre; `Setting` for a centre that is not finite, or a scale that is not above
    /// 0 (or the reciprocal of one).
    pub fn given(centre: Vec<f64>, scale: Vec<f64>) -> Result<Self, StatsError> {
        if centre.len() != scale.len() {
            let (expected, found) = (centre.len(), scale.len());
            return Err(StatsError::Length { what: "scales of the predictors", expected, found });
        }
        let per_scale: Vec<f64> = scale.iter().map(|scale| scale.recip()).collect();
        let sound = scale.iter().chain(&per_scale).all(|value| value.is_finite() && *value > 0.0);
        if !(sound && centre.iter().all(|value| value.is_finite())) {
            return Err(StatsError::Setting { what: "centres and scales", expected: "finite, with scales above 0" });
        }
        Ok(Self { centre, scale, per_scale })
    }

    /// Means, one a column.
    pub fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// Standard deviations, one a column.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// # Errors
    /// `Constant` with the first column that does not vary beyond rounding.
    pub(crate) fn new(predictors: &Predictors<'_>) -> Result<Self, StatsError> {
        let columns = predictors.columns();
        let from = predictors.row(0);
        let chunk = CHUNK.div_ceil(columns);
        let chunks =
            (0..predictors.rows().div_ceil(chunk)).map(|at| at * chunk..predictors.rows().min((at + 1) * chunk));
        let spreads = parallel::map(chunks, |rows| Arch::new().dispatch(SpreadOf(predictors, rows)));
        let spread = spreads.iter().skip(1).fold(spreads[0].clone(), Spread::merge);
        let rows = predictors.rows() as f64;
        let mean: Vec<f64> = spread.sum.iter().map(|sum| sum / rows).collect();
        let centre: Vec<f64> = from.iter().zip(&mean).map(|(from, mean)| from + mean).collect();
        let varies = |column: usize| {
            let (lowest, highest) = (spread.lowest[column], spread.highest[column]);
            let widest = (highest - centre[column]).max(centre[column] - lowest);
            widest > 1e-12 * highest.abs().max(lowest.abs())
        };
        if let Some(column) = (0..columns).find(|column| !varies(*column)) {
            return Err(StatsError::Constant { column });
        }
        let scale: Vec<f64> =
            spread.square.iter().zip(&mean).map(|(sum, mean)| (sum / rows - mean * mean).sqrt()).collect();
        let per_scale = scale.iter().map(|scale| scale.recip()).collect();
        Ok(Self { centre, scale, per_scale })
    }

    /// The standardised values of one row.
    #[inline(always)]
    pub(crate) fn apply<'s>(&'s self, row: &'s [f64]) -> impl Iterator<Item = f64> + 's {
        let standard = self.centre.iter().zip(&self.per_scale);
        row.iter().zip(standard).map(|(value, (centre, per_scale))| (value - centre) * per_scale)
    }
}

/// Sums of distances from the first row, which is at most a square root of the number of rows in standard deviations away from
/// the mean: one pass gives the variance to that number of roundings.
#[derive(Debug, Clone)]
struct Spread {
    sum: Vec<f64>,
    square: Vec<f64>,
    lowest: Vec<f64>,
    highest: Vec<f64>,
}

/// Sums some rows, compiled for the vector units at hand.
struct SpreadOf<'a>(&'a Predictors<'a>, Range<usize>);

impl WithSimd for SpreadOf<'_> {
    type Output = Spread;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Spread {
        let from = self.0.row(0);
        let zero = vec![0.0; from.len()];
        let mut spread = Spread { sum: zero.clone(), square: zero, lowest: from.to_vec(), highest: from.to_vec() };
        for row in self.1 {
            spread.add(self.0.row(row), from);
        }
        spread
    }
}

impl Spread {
    #[inline(always)]
    fn add(&mut self, row: &[f64], from: &[f64]) {
        for ((sum, square), (value, from)) in self.sum.iter_mut().zip(&mut self.square).zip(row.iter().zip(from)) {
            let distance = value - from;
            *sum += distance;
            *square += distance * distance;
        }
        for ((lowest, highest), value) in self.lowest.iter_mut().zip(&mut self.highest).zip(row) {
            *lowest = lowest.min(*value);
            *highest = highest.max(*value);
        }
    }

    fn merge(mut self, other: &Self) -> Self {
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, more)| *sum += more);
        self.square.iter_mut().zip(&other.square).for_each(|(sum, more)| *sum += more);
        self.lowest.iter_mut().zip(&other.lowest).for_each(|(lowest, other)| *lowest = lowest.min(*other));
        self.highest.iter_mut().zip(&other.highest).for_each(|(highest, other)| *highest = highest.max(*other));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_constant_columns_whatever_their_size() {
        let values = [1e9, 0.1, 3.0, 1e9, 0.1, 4.0, 1e9, 0.1, 5.0];
        let error = |columns: [usize; 2]| {
            let picked: Vec<f64> = values.chunks(3).flat_map(|row| columns.map(|c| row[c])).collect();
            Standard::new(&Predictors::new(&picked, 2).unwrap()).unwrap_err()
        };
        assert_eq!(error([2, 0]), StatsError::Constant { column: 1 });
        assert_eq!(error([1, 2]), StatsError::Constant { column: 0 });
    }

    #[test]
    fn given_scales_have_to_be_scales() {
        let given = |centre: [f64; 2], scale: [f64; 2]| Standard::given(centre.to_vec(), scale.to_vec());
        let standard = given([1.0, 2.0], [2.0, 4.0]).unwrap();
        assert_eq!(standard.apply(&[3.0, 0.0]).collect::<Vec<_>>(), vec![1.0, -0.5]);
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-320] {
            assert!(given([0.0, 0.0], [1.0, scale]).is_err());
        }
        assert!(given([f64::NAN, 0.0], [1.0, 1.0]).is_err());
        assert!(Standard::given(vec![0.0], vec![]).is_err());
    }
}
