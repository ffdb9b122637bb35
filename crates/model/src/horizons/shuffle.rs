//! What is lost when a predictor's values are shuffled among the cases.

use renkei_stats::{discrimination::cumulative_dynamic_auc, resample::permutation};

use super::{Group, Setting};
use crate::{
    design::Design,
    fit::Linear,
    held_out::{Choice, HeldOut, predict_held_out},
    seeds::{Purpose, seed_for},
};

/// Shuffles of each predictor.
const SHUFFLES: u64 = 20;

/// The model with all predictors at one horizon.
pub(super) struct Shuffled<'a> {
    design: &'a Design,
    fold: &'a [usize],
    held_out: HeldOut,
    years: f64,
    auc: f64,
}

impl<'a> Shuffled<'a> {
    pub(super) fn new(setting: &Setting<'a>, design: &'a Design, years: f64) -> Result<Self, String> {
        let Setting { scheme, ties, multiple, .. } = *setting;
        let held_out = predict_held_out(&design.stopped(years), scheme, ties, Choice::Fixed { multiple }, &[])?;
        let auc = auc_at(design, &held_out.predictor, years)?;
        Ok(Self { design, fold: &scheme.fold, held_out, years, auc })
    }

    pub(super) fn auc(&self) -> f64 {
        self.auc
    }

    /// Mean loss of AUC over the shuffles, one a group. Groups at one shuffle are shuffled alike.
    pub(super) fn losses(&self, groups: &[Group], seed: u64) -> Result<Vec<f64>, String> {
        let seed = seed_for(seed, Purpose::Importance);
        let orders: Vec<Vec<usize>> =
            (0..SHUFFLES).map(|shuffle| permutation(self.design.rows(), seed, shuffle)).collect();
        groups.iter().map(|group| self.loss(group, &orders)).collect()
    }

    fn loss(&self, group: &Group, orders: &[Vec<usize>]) -> Result<f64, String> {
        let mut lost = 0.0;
        for order in orders {
            lost += self.auc - auc_at(self.design, &self.shuffled(group, order), self.years)?;
        }
        Ok(lost / orders.len() as f64)
    }

    /// Predictions with row i's values of the group taken from row `order[i]`.
    fn shuffled(&self, group: &Group, order: &[usize]) -> Vec<f64> {
        let moved = |(row, from): (usize, &usize)| {
            let (Linear { coefficients, .. }, fill) = &self.held_out.fitted[self.fold[row]];
            let (own, other) = (fill.row(self.design.row(row)), fill.row(self.design.row(*from)));
            let change = group.columns.iter().map(|column| coefficients[*column] * (other[*column] - own[*column]));
            self.held_out.predictor[row] + change.sum::<f64>()
        };
        order.iter().enumerate().map(moved).collect()
    }
}

/// The order of one permutation of the outcomes.
pub(super) fn of_outcomes(setting: &Setting<'_>, replicate: u64) -> Vec<usize> {
    permutation(setting.design.rows(), seed_for(setting.seed, Purpose::RankChange), replicate)
}

/// Cumulative/dynamic AUC of predictions against the whole follow-up of `design`.
pub(super) fn auc_at(design: &Design, predictor: &[f64], years: f64) -> Result<f64, String> {
    let in_words = |error: renkei_stats::StatsError| error.to_string();
    let found = cumulative_dynamic_auc(&design.outcomes().map_err(in_words)?, predictor, &[years]).map_err(in_words)?;
    found.first().map(|one| one.estimate).ok_or_else(|| "no horizon was asked for".to_owned())
}
