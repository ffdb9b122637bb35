//! One variable given the others, with parameters drawn from their posterior.

use rand_chacha::ChaCha12Rng;

use super::{Kind, category::Levels, number::Matching};
use crate::StatsError;

/// Cases by regressors, row-major, without intercept.
#[derive(Debug, Clone, Default)]
pub(super) struct Regressors {
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Regressors {
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        // Without a regressor every row is empty; the caller zips with the values.
        let empty: &[f64] = &[];
        let bare = if self.columns == 0 { usize::MAX } else { 0 };
        self.values.chunks_exact(self.columns.max(1)).chain(std::iter::repeat_n(empty, bare))
    }
}

/// Centre and scale of the regressors that vary, over the cases of a regression.
#[derive(Debug, Clone)]
pub(super) struct Scaling(Vec<Scaled>);

#[derive(Debug, Clone)]
struct Scaled {
    column: usize,
    centre: f64,
    scale: f64,
}

impl Scaling {
    pub(super) fn new(regressors: &Regressors, count: usize) -> Self {
        let of_column = |column: usize| {
            let values = || regressors.rows().take(count).map(move |row| row[column]);
            let centre = values().sum::<f64>() / count as f64;
            let widest = values().map(|value| (value - centre).abs()).fold(0.0, f64::max);
            let largest = values().map(f64::abs).fold(0.0, f64::max);
            let scale = (values().map(|value| (value - centre).powi(2)).sum::<f64>() / count as f64).sqrt();
            (widest > 1e-11 * largest).then_some(Scaled { column, centre, scale })
        };
        Self((0..regressors.columns).filter_map(of_column).collect())
    }

    /// The intercept's 1 and the scaled regressors of a row.
    pub(super) fn apply(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.0.iter().map(|one| (row[one.column] - one.centre) / one.scale);
        std::iter::once(1.0).chain(scaled).collect()
    }

    /// Number of parameters, the intercept among them.
    pub(super) fn parameters(&self) -> usize {
        self.0.len() + 1
    }
}

/// A regression that values are drawn from.
#[derive(Debug, Clone)]
pub(super) enum Conditional {
    Number(Matching),
    Category(Levels),
}

impl Conditional {
    /// Regresses the observed `values` on `regressors`, one row a value, and draws the parameters once.
    pub(super) fn learn(
        kind: Kind,
        regressors: &Regressors,
        values: &[f64],
        generator: &mut ChaCha12Rng,
    ) -> Result<Self, StatsError> {
        match kind {
            Kind::Number => Matching::learn(regressors, values, generator).map(Self::Number),
            Kind::Category { levels } => Levels::learn(regressors, values, levels, generator).map(Self::Category),
        }
    }

    /// A value for a row of regressors.
    pub(super) fn draw(&self, row: &[f64], generator: &mut ChaCha12Rng) -> f64 {
        match self {
            Self::Number(matching) => matching.draw(row, generator),
            Self::Category(levels) => levels.draw(row, generator),
        }
    }
}
