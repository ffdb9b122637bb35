//! k-means++ (Arthur and Vassilvitskii 2007).

use rand::RngExt;

use super::Centres;
use crate::{StatsError, resample::generator};

/// Draws `count` rows as first centres: the first uniformly, each further one with a chance in proportion to its squared
/// distance from the nearest centre so far. When all rows are centres already, the last row drawn from the rest repeats.
///
/// # Errors
/// `Setting` for no columns or no clusters; `Empty`; `Length`; `NotFinite`.
pub fn seed_centres(rows: &[f32], columns: usize, count: usize, seed: u64) -> Result<Centres, StatsError> {
    if count == 0 || columns == 0 {
        return Err(StatsError::Setting { what: "number of clusters or columns", expected: "at least 1" });
    }
    if rows.is_empty() {
        return Err(StatsError::Empty { what: "rows to cluster" });
    }
    crate::pca::check_rows(rows, columns)?;
    let row = |at: usize| &rows[at * columns..(at + 1) * columns];
    let mut generator = generator(seed, 0);
    let mut picked = generator.random_range(0..rows.len() / columns);
    let mut nearest = vec![f64::INFINITY; rows.len() / columns];
    let mut centres = Vec::with_capacity(count * columns);
    for _ in 0..count {
        let centre = row(picked);
        centres.extend_from_slice(centre);
        for (nearest, row) in nearest.iter_mut().zip(rows.chunks_exact(columns)) {
            *nearest = nearest.min(squared_distance(row, centre));
        }
        picked = draw(&nearest, generator.random::<f64>());
    }
    Ok(Centres::from_checked(centres, columns))
}

/// The place at which the running sum of `weights` passes `chance` of their total.
fn draw(weights: &[f64], chance: f64) -> usize {
    let target = chance * weights.iter().sum::<f64>();
    let mut sum = 0.0;
    let passes = |weight: &f64| {
        sum += weight;
        sum > target
    };
    weights.iter().position(passes).unwrap_or(weights.len() - 1)
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().into()
}
