//! A checked, borrowed matrix of predictors.

use crate::StatsError;

/// Predictors as a row-major matrix, cases by columns, every value finite.
#[derive(Debug, Clone, Copy)]
pub struct Predictors<'a> {
    values: &'a [f64],
    columns: usize,
}

impl<'a> Predictors<'a> {
    /// Checks `values` (row-major, `rows * columns` numbers).
    ///
    /// # Errors
    /// `Setting` for no columns, `Empty`, `Length` for a ragged matrix, `NotFinite` with the row and column.
    pub fn new(values: &'a [f64], columns: usize) -> Result<Self, StatsError> {
        if columns == 0 {
            return Err(StatsError::Setting { what: "number of predictors", expected: "at least 1" });
        }
        if values.is_empty() {
            return Err(StatsError::Empty { what: "predictors" });
        }
        if !values.len().is_multiple_of(columns) {
            let expected = values.len().div_ceil(columns) * columns;
            return Err(StatsError::Length { what: "predictors", expected, found: values.len() });
        }
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(StatsError::NotFinite { what: "predictor", row: at / columns, column: at % columns }),
            None => Ok(Self { values, columns }),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    ///
    /// # Panics
    /// When `row` is not below [`Self::rows`].
    pub fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// All rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.columns)
    }

    /// Checks that one row of another cohort fits a model of `columns` predictors.
    pub(crate) fn check_row(row: &[f64], columns: usize) -> Result<(), StatsError> {
        if row.len() == columns {
            return Ok(());
        }
        Err(StatsError::Length { what: "row of predictors", expected: columns, found: row.len() })
    }

    pub(crate) fn matching(&self, rows: usize) -> Result<(), StatsError> {
        if self.rows() == rows {
            return Ok(());
        }
        Err(StatsError::Length { what: "predictors (rows)", expected: rows, found: self.rows() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_ragged_empty_and_not_finite_input() {
        assert_eq!(Predictors::new(&[], 2).unwrap_err(), StatsError::Empty { what: "predictors" });
        assert!(matches!(Predictors::new(&[1.0; 5], 2), Err(StatsError::Length { expected: 6, found: 5, .. })));
        assert!(matches!(Predictors::new(&[1.0], 0), Err(StatsError::Setting { .. })));
        let found = Predictors::new(&[1.0, 2.0, f64::NAN, 4.0], 2).unwrap_err();
        assert_eq!(found, StatsError::NotFinite { what: "predictor", row: 1, column: 0 });
        assert!(Predictors::new(&[1.0, f64::INFINITY], 2).is_err());
    }

    #[test]
    fn rows_are_row_major() {
        let values = [1.0, 2.0, 3.0, 4.0];
        let predictors = Predictors::new(&values, 2).unwrap();
        assert_eq!((predictors.rows(), predictors.row(1)), (2, &[3.0, 4.0][..]));
        assert!(predictors.matching(3).is_err());
    }
}
