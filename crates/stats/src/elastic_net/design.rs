//! Predictors by column, standardised, in the order of the risk sets.

use crate::{Predictors, gram::dot};

/// Columns of some cases with mean 0 and, if asked for, standard deviation 1.
#[derive(Debug)]
pub(crate) struct Design {
    rows: usize,
    values: Vec<f64>,
    /// What a coefficient of the standardised column is divided by; 0 for a column that does not vary.
    pub(crate) scale: Vec<f64>,
}

impl Design {
    pub(crate) fn new(predictors: &Predictors<'_>, order: &[usize], standardise: bool) -> Self {
        let (rows, columns) = (order.len(), predictors.columns());
        let mut values = vec![0.0; rows * columns];
        for (to, case) in order.iter().enumerate() {
            for (column, value) in predictors.row(*case).iter().enumerate() {
                values[column * rows + to] = *value;
            }
        }
        let standardised = values.chunks_exact_mut(rows).map(|column| centre_and_scale(column, standardise));
        let scale = standardised.collect();
        Self { rows, values, scale }
    }

    pub(crate) fn columns(&self) -> usize {
        self.scale.len()
    }

    pub(crate) fn column(&self, column: usize) -> &[f64] {
        &self.values[column * self.rows..(column + 1) * self.rows]
    }

    /// Slope of the log-likelihood along a coefficient.
    pub(crate) fn slope(&self, column: usize, slopes: &[f64]) -> f64 {
        dot(self.column(column), slopes)
    }
}

fn centre_and_scale(column: &mut [f64], standardise: bool) -> f64 {
    let rows = column.len() as f64;
    let largest = column.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let mean = column.iter().sum::<f64>() / rows;
    column.iter_mut().for_each(|value| *value -= mean);
    let widest = column.iter().fold(0.0_f64, |widest, value| widest.max(value.abs()));
    if widest <= 1e-12 * largest {
        column.fill(0.0);
        return 0.0;
    }
    if !standardise {
        return 1.0;
    }
    let scale = (dot(column, column) / rows).sqrt();
    column.iter_mut().for_each(|value| *value /= scale);
    scale
}
