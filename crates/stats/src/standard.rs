//! Predictors centred and scaled for the fit, so that results do not depend on units; coefficients go back afterwards.

use crate::{Predictors, StatsError};

/// Mean and standard deviation (divisor n) of every column.
#[derive(Debug, Clone)]
pub(crate) struct Standard {
    pub(crate) centre: Vec<f64>,
    pub(crate) scale: Vec<f64>,
}

impl Standard {
    /// # Errors
    /// `Constant` with the first column that does not vary beyond rounding.
    pub(crate) fn new(predictors: &Predictors<'_>) -> Result<Self, StatsError> {
        let (rows, columns) = (predictors.rows() as f64, predictors.columns());
        let mut centre = vec![0.0; columns];
        for row in predictors.iter() {
            centre.iter_mut().zip(row).for_each(|(sum, value)| *sum += value / rows);
        }
        let (mut square, mut widest, mut largest) =
            (vec![0.0; columns], vec![0.0_f64; columns], vec![0.0_f64; columns]);
        for row in predictors.iter() {
            for (column, value) in row.iter().enumerate() {
                let distance = value - centre[column];
                square[column] += distance * distance;
                widest[column] = widest[column].max(distance.abs());
                largest[column] = largest[column].max(value.abs());
            }
        }
        if let Some(column) = (0..columns).find(|column| widest[*column] <= 1e-12 * largest[*column]) {
            return Err(StatsError::Constant { column });
        }
        Ok(Self { centre, scale: square.iter().map(|sum| (sum / rows).sqrt()).collect() })
    }

    /// The standardised values of one row.
    pub(crate) fn apply<'s>(&'s self, row: &'s [f64]) -> impl Iterator<Item = f64> + 's {
        row.iter().zip(self.centre.iter().zip(&self.scale)).map(|(value, (centre, scale))| (value - centre) / scale)
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
}
