//! Cumulative/dynamic AUC with inverse probability of censoring weights (Uno et al. 2007, Hung and Chiang 2010), with
//! the standard error by the influence function (Blanche et al. 2013): R `riskRegression::Score`, `timeROC`.

use serde::{Deserialize, Serialize};

use super::ranks::{RankShares, dense_ranks};
use crate::{
    Estimate, StatsError,
    survival::{Censoring, Outcomes, std_err},
};

/// AUC at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimeAuc {
    /// The time.
    pub time: f64,
    /// Chance that of two cases, one with the event up to `time` and one without, the first has the higher risk.
    pub estimate: f64,
    /// Its standard error; the estimation of the censoring distribution is part of it.
    pub std_err: f64,
    /// Events up to `time`.
    pub cases: usize,
    /// Cases followed beyond `time`.
    pub controls: usize,
}

/// AUC of a risk score (higher = earlier event) at each of `times`. An event at T is weighted by 1 / G(T-), where G is
/// the Kaplan-Meier estimate of being uncensored (at a tie events come first); equal risks count one half.
///
/// # Errors
/// `Length`, `NotFinite`; `NoEvents` when no event falls up to a time; `NoControls` when nobody is followed beyond it.
pub fn cumulative_dynamic_auc(
    outcomes: &Outcomes<'_>,
    risk: &[f64],
    times: &[f64],
) -> Result<Vec<TimeAuc>, StatsError> {
    let (ranks, distinct) = dense_ranks(risk, outcomes.rows())?;
    let censoring = Censoring::new(outcomes);
    times.iter().map(|time| Ok(auc_at(outcomes, (&ranks, distinct), &censoring, *time)?.0)).collect()
}

/// AUC of `risk` less that of `other` on the same cases, at `time`: above 0 when `risk` orders them better.
///
/// # Errors
/// As [`cumulative_dynamic_auc`].
pub fn auc_difference(outcomes: &Outcomes<'_>, risk: &[f64], other: &[f64], time: f64) -> Result<Estimate, StatsError> {
    let censoring = Censoring::new(outcomes);
    let of = |score: &[f64]| {
        let (ranks, distinct) = dense_ranks(score, outcomes.rows())?;
        auc_at(outcomes, (&ranks, distinct), &censoring, time)
    };
    let ((first, influence), (second, others)) = (of(risk)?, of(other)?);
    let paired: Vec<f64> = influence.iter().zip(&others).map(|(a, b)| a - b).collect();
    Ok(Estimate { estimate: first.estimate - second.estimate, std_err: std_err(&paired)? })
}

/// The AUC and the influence of every case on it.
fn auc_at(
    outcomes: &Outcomes<'_>,
    (ranks, distinct): (&[usize], usize),
    censoring: &Censoring,
    time: f64,
) -> Result<(TimeAuc, Vec<f64>), StatsError> {
    let rows = outcomes.rows();
    let controls: Vec<bool> = outcomes.time().iter().map(|t| *t > time).collect();
    let mut weight = vec![0.0; rows];
    for (row, before) in censoring.order.iter().zip(&censoring.before) {
        if outcomes.event()[*row] && !controls[*row] {
            weight[*row] = before.recip();
        }
    }
    let case_weight: f64 = weight.iter().sum();
    let control_count = controls.iter().filter(|control| **control).count();
    if case_weight == 0.0 {
        return Err(StatsError::NoEvents { what: "the time up to the horizon" });
    }
    if control_count == 0 {
        return Err(StatsError::NoControls { what: "the horizon" });
    }
    let case_shares = RankShares::new(ranks, distinct, |row| weight[row] / case_weight);
    let control_shares =
        RankShares::new(ranks, distinct, |row| f64::from(u8::from(controls[row])) / control_count as f64);
    let beaten: Vec<f64> = (0..rows).map(|row| control_shares.below(ranks[row])).collect();
    let estimate = (0..rows).map(|row| weight[row] * beaten[row]).sum::<f64>() / case_weight;
    // Each case's part of the estimate, then each control's, then that of the censoring distribution.
    let own = |row: usize| weight[row] * (beaten[row] - estimate) / case_weight;
    let mut influence: Vec<f64> = (0..rows).map(own).collect();
    for row in (0..rows).filter(|row| controls[*row]) {
        influence[row] += (case_shares.above(ranks[row]) - estimate) / control_count as f64;
    }
    // Controls all have the same weight, which cancels, so only the parts of cases feel the losses.
    let mut parts = influence.clone();
    (0..rows).filter(|row| controls[*row]).for_each(|row| parts[row] = 0.0);
    censoring.add_influence(outcomes, &parts, time, &mut influence);
    let std_err = std_err(&influence)?;
    let cases = weight.iter().filter(|w| **w > 0.0).count();
    Ok((TimeAuc { time, estimate, std_err, cases, controls: control_count }, influence))
}
