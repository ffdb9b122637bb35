//! The AUC of several scores on the same cases with its covariance (DeLong, DeLong and Clarke-Pearson 1988, in O(n log
//! n) after Sun and Xu 2014), as R `pROC::roc.test(method = "delong")`.
//!
//! It knows no censoring: it is only for a horizon up to which everybody was followed. Elsewhere use
//! `cumulative_dynamic_auc` and `auc_difference`.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::ranks::{RankShares, dense_ranks};
use crate::{Estimate, StatsError, survival::Outcomes};

/// AUCs at a fully observed horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeLong {
    /// The horizon.
    pub horizon: f64,
    /// AUC by score: chance that of two cases, one with the event and one without, the first has the higher score.
    pub auc: Vec<f64>,
    /// Their covariance, row-major, scores by scores.
    pub covariance: Vec<f64>,
}

impl DeLong {
    /// AUC of score `first` less that of score `second`, on the same cases.
    ///
    /// # Errors
    /// `Label` for a score that was not given.
    pub fn difference(&self, first: usize, second: usize) -> Result<Estimate, StatsError> {
        let scores = self.auc.len();
        if let Some((row, found)) = [first, second].into_iter().enumerate().find(|(_, score)| *score >= scores) {
            return Err(StatsError::Label { what: "score", row, found, limit: scores });
        }
        let at = |i: usize, j: usize| self.covariance[i * scores + j];
        // Rounding may leave less than nothing for two scores of one order.
        let variance = (at(first, first) + at(second, second) - 2.0 * at(first, second)).max(0.0);
        Ok(Estimate { estimate: self.auc[first] - self.auc[second], std_err: variance.sqrt() })
    }
}

/// AUC of each of `scores` (higher = earlier event) for the event up to `horizon`; equal scores count one half.
///
/// # Errors
/// `Empty` without scores; `Length`, `NotFinite`; `Censored` with the first case censored up to the horizon; `Setting`
/// with fewer than two cases with the event, or without.
pub fn delong(outcomes: &Outcomes<'_>, horizon: f64, scores: &[&[f64]]) -> Result<DeLong, StatsError> {
    if scores.is_empty() {
        return Err(StatsError::Empty { what: "list of scores" });
    }
    let happened: Vec<bool> = outcomes.time().iter().map(|time| *time <= horizon).collect();
    if let Some(row) = happened.iter().zip(outcomes.event()).position(|(reached, event)| *reached && !event) {
        return Err(StatsError::Censored { row });
    }
    let (cases, controls): (Vec<usize>, Vec<usize>) = (0..outcomes.rows()).partition(|row| happened[*row]);
    if cases.len() < 2 || controls.len() < 2 {
        return Err(StatsError::Setting { what: "number of cases with and without the event", expected: "at least 2" });
    }
    let mut auc = Vec::with_capacity(scores.len());
    let mut of_cases = DMatrix::zeros(cases.len(), scores.len());
    let mut of_controls = DMatrix::zeros(controls.len(), scores.len());
    for (column, score) in scores.iter().enumerate() {
        let (ranks, distinct) = dense_ranks(score, outcomes.rows())?;
        let share = |of: bool, size: usize| {
            let happened = &happened;
            RankShares::new(&ranks, distinct, move |row| f64::from(u8::from(happened[row] == of)) / size as f64)
        };
        let (among_cases, among_controls) = (share(true, cases.len()), share(false, controls.len()));
        let beaten = cases.iter().map(|row| among_controls.below(ranks[*row]));
        of_cases.column_mut(column).iter_mut().zip(beaten).for_each(|(place, value)| *place = value);
        let beating = controls.iter().map(|row| among_cases.above(ranks[*row]));
        of_controls.column_mut(column).iter_mut().zip(beating).for_each(|(place, value)| *place = value);
        auc.push(of_cases.column(column).mean());
    }
    let covariance = mean_covariance(of_cases, &auc) + mean_covariance(of_controls, &auc);
    Ok(DeLong { horizon, auc, covariance: covariance.as_slice().to_vec() })
}

/// Covariance of the column means.
fn mean_covariance(mut placements: DMatrix<f64>, means: &[f64]) -> DMatrix<f64> {
    placements.column_iter_mut().zip(means).for_each(|(mut column, mean)| column.add_scalar_mut(-mean));
    let rows = placements.nrows() as f64;
    placements.tr_mul(&placements) / (rows * (rows - 1.0))
}
