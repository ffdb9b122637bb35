//! Count, means and centred cross products of feature rows.

use serde::{Deserialize, Serialize};

use crate::{StatsError, gram::Gram};

/// Rows that are centred and summed as one batch: their cross product costs as much as its merge into the whole for few rows.
const BATCH: usize = 4096;

/// Sums of f32 rows, kept in f64. Moments of parts [`merge`](Self::merge) into those of the whole (Chan, Golub and LeVeque
/// 1979), to rounding; merge in shard order for equal bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Moments {
    count: u64,
    mean: Vec<f64>,
    /// Sum of (row - mean) (row - mean)^T, row-major.
    cross: Vec<f64>,
}

/// Moments as they are stored, before their shape is checked.
#[derive(Deserialize)]
struct Parts {
    count: u64,
    mean: Vec<f64>,
    cross: Vec<f64>,
}

impl TryFrom<Parts> for Moments {
    type Error = StatsError;

    fn try_from(parts: Parts) -> Result<Self, StatsError> {
        let (expected, found) = (parts.mean.len() * parts.mean.len(), parts.cross.len());
        if expected == 0 || expected != found {
            return Err(StatsError::Length { what: "cross products", expected, found });
        }
        Ok(Self { count: parts.count, mean: parts.mean, cross: parts.cross })
    }
}

impl Moments {
    /// Moments of no rows.
    ///
    /// # Errors
    /// `Setting` for no columns.
    pub fn new(columns: usize) -> Result<Self, StatsError> {
        if columns == 0 {
            return Err(StatsError::Setting { what: "number of columns", expected: "at least 1" });
        }
        Ok(Self { count: 0, mean: vec![0.0; columns], cross: vec![0.0; columns * columns] })
    }

    /// Moments of `count` rows from the sum of the rows and of their outer products (row-major), both of rows less `origin`:
    /// the nearer the origin to the mean, the fewer digits cancel.
    ///
    /// # Errors
    /// `Setting` for no columns; `Length` when the sums do not go together; `Empty` for no rows.
    pub fn from_sums(count: u64, origin: &[f64], sum: &[f64], outer: &[f64]) -> Result<Self, StatsError> {
        let columns = origin.len();
        let mut moments = Self::new(columns)?;
        for (expected, found) in [(columns, sum.len()), (columns * columns, outer.len())] {
            if expected != found {
                return Err(StatsError::Length { what: "sums of rows", expected, found });
            }
        }
        if count == 0 {
            return Err(StatsError::Empty { what: "moments" });
        }
        let shift: Vec<f64> = sum.iter().map(|sum| sum / count as f64).collect();
        moments.count = count;
        moments.mean = origin.iter().zip(&shift).map(|(origin, shift)| origin + shift).collect();
        let products = shift.iter().flat_map(|a| sum.iter().map(move |b| a * b));
        moments.cross = outer.iter().zip(products).map(|(outer, product)| outer - product).collect();
        Ok(moments)
    }

    /// Adds rows (row-major, a multiple of the columns).
    ///
    /// # Errors
    /// `Length`; `NotFinite` with row and column within `rows`. Nothing is added then.
    pub fn add_rows(&mut self, rows: &[f32]) -> Result<(), StatsError> {
        check_rows(rows, self.columns())?;
        for batch in rows.chunks(BATCH * self.columns()) {
            let batch = Self::of_batch(batch, self.columns());
            self.absorb(&batch);
        }
        Ok(())
    }

    /// Moments of both parts.
    ///
    /// # Errors
    /// `Length` when the columns differ.
    pub fn merge(mut self, other: &Self) -> Result<Self, StatsError> {
        if other.columns() != self.columns() {
            let (expected, found) = (self.columns(), other.columns());
            return Err(StatsError::Length { what: "moments (columns)", expected, found });
        }
        self.absorb(other);
        Ok(self)
    }

    /// Rows added so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.mean.len()
    }

    /// Mean of every column.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Covariance with divisor count - 1, row-major.
    ///
    /// # Errors
    /// `Empty` below two rows.
    pub fn covariance(&self) -> Result<Vec<f64>, StatsError> {
        if self.count < 2 {
            return Err(StatsError::Empty { what: "moments (two rows are needed)" });
        }
        let divisor = (self.count - 1) as f64;
        Ok(self.cross.iter().map(|sum| sum / divisor).collect())
    }

    fn of_batch(rows: &[f32], columns: usize) -> Self {
        let count = rows.len() / columns;
        let mut mean = vec![0.0; columns];
        for row in rows.chunks_exact(columns) {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        mean.iter_mut().for_each(|sum| *sum /= count as f64);
        let mut gram = Gram::new(columns);
        for row in rows.chunks_exact(columns) {
            gram.add(1.0, row.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean));
        }
        Self { count: count as u64, mean, cross: gram.finish().as_slice().to_vec() }
    }

    fn absorb(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (own, more) = (self.count as f64, other.count as f64);
        let all = own + more;
        let shift: Vec<f64> = other.mean.iter().zip(&self.mean).map(|(theirs, ours)| theirs - ours).collect();
        let rows = self.cross.chunks_exact_mut(shift.len()).zip(other.cross.chunks_exact(shift.len()));
        for ((ours, theirs), across) in rows.zip(&shift) {
            let factor = across * own * more / all;
            for ((sum, more), along) in ours.iter_mut().zip(theirs).zip(&shift) {
                *sum += more + factor * along;
            }
        }
        self.mean.iter_mut().zip(&shift).for_each(|(mean, shift)| *mean += shift * more / all);
        self.count += other.count;
    }
}

/// Checks that a flat block holds whole, finite rows.
pub(crate) fn check_rows(rows: &[f32], columns: usize) -> Result<(), StatsError> {
    if !rows.len().is_multiple_of(columns) {
        let expected = rows.len().div_ceil(columns) * columns;
        return Err(StatsError::Length { what: "block of rows", expected, found: rows.len() });
    }
    match rows.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(StatsError::NotFinite { what: "feature", row: at / columns, column: at % columns }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_from_any_origin_give_the_moments_of_the_rows() {
        let rows = [1.0_f32, 2.0, 3.0, 5.0, 4.0, 9.0];
        let mut whole = Moments::new(2).unwrap();
        whole.add_rows(&rows).unwrap();
        let origin = [2.0, 4.0];
        let (mut sum, mut outer) = ([0.0; 2], [0.0; 4]);
        for row in rows.chunks(2) {
            let away: Vec<f64> = row.iter().zip(&origin).map(|(x, origin)| f64::from(*x) - origin).collect();
            for i in 0..2 {
                sum[i] += away[i];
                (0..2).for_each(|j| outer[2 * i + j] += away[i] * away[j]);
            }
        }
        let found = Moments::from_sums(3, &origin, &sum, &outer).unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
        assert!(found.count() == 3 && near(found.mean(), whole.mean()));
        assert!(near(&found.covariance().unwrap(), &whole.covariance().unwrap()));
        assert!(Moments::from_sums(0, &origin, &sum, &outer).is_err());
        assert!(Moments::from_sums(3, &origin, &sum, &outer[..3]).is_err());
    }
}
