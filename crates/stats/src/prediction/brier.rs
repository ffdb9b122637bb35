//! The Brier score under censoring (Graf et al. 1999; standard error by the influence function, Blanche et al. 2015),
//! as R `riskRegression::Score`, and its integral over a grid, as `integrated_brier_score` of scikit-survival.

use serde::{Deserialize, Serialize};

use super::check_risk;
use crate::{
    Estimate, StatsError,
    survival::{Censoring, KaplanMeier, Outcomes, RiskTable, std_err},
};

/// Mean squared distance of the predicted risk from what happened, at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Brier {
    /// The time.
    pub time: f64,
    /// The score: 0 is perfect.
    pub estimate: f64,
    /// Its standard error; the estimation of the censoring distribution is part of it.
    pub std_err: f64,
    /// The score of predicting 1 - S for everybody, where S is the Kaplan-Meier estimate of these cases: S (1 - S).
    pub null: f64,
    /// 1 - estimate / null, the index of prediction accuracy (Kattan and Gerds 2018): 1 is perfect, 0 no better than
    /// the null model. None when the null model is perfect: nobody, or everybody, had the event.
    pub scaled: Option<f64>,
}

/// Brier scores averaged over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntegratedBrier {
    /// The score at every time of the grid.
    pub by_time: Vec<Brier>,
    /// Trapezoidal integral of the scores, over the length of the grid.
    pub estimate: f64,
    /// The same of the null model.
    pub null: f64,
    /// 1 - estimate / null; none when the null model is perfect throughout.
    pub scaled: Option<f64>,
}

/// The Brier score of predicted risks by `horizon`. An event at T counts 1 / G(T-), a case followed beyond the horizon
/// 1 / G(horizon), where G is the Kaplan-Meier estimate of being uncensored (at a tie events come first); the sum is
/// over n.
///
/// # Errors
/// `Length`, `Probability` with the row; `Setting` for a horizon that is not finite and above 0, or for a single case;
/// `NoControls` when follow-up ends in censoring up to the horizon.
pub fn brier(outcomes: &Outcomes<'_>, risk: &[f64], horizon: f64) -> Result<Brier, StatsError> {
    check_risk(risk, outcomes.rows())?;
    Observed::new(outcomes).score(risk.iter().copied(), horizon)
}

/// Score of `risk` less that of `other` on the same cases, at `horizon`: below 0 when `risk` is the better one.
///
/// # Errors
/// As [`brier`].
pub fn brier_difference(
    outcomes: &Outcomes<'_>,
    risk: &[f64],
    other: &[f64],
    horizon: f64,
) -> Result<Estimate, StatsError> {
    check_risk(risk, outcomes.rows())?;
    check_risk(other, outcomes.rows())?;
    let observed = Observed::new(outcomes);
    let (first, influence) = observed.mean(risk.iter().copied(), horizon)?;
    let (second, others) = observed.mean(other.iter().copied(), horizon)?;
    let paired: Vec<f64> = influence.iter().zip(&others).map(|(a, b)| a - b).collect();
    Ok(Estimate { estimate: first - second, std_err: std_err(&paired)? })
}

/// The Brier score integrated over `grid` (times, ascending); `risk` is row-major, one row a case, one column a time.
/// The value depends on the grid: report it.
///
/// # Errors
/// As [`brier`] (`Probability` names the row); `Setting` for a grid of fewer than two times or not strictly ascending.
pub fn integrated_brier(outcomes: &Outcomes<'_>, risk: &[f64], grid: &[f64]) -> Result<IntegratedBrier, StatsError> {
    if grid.len() < 2 || !grid.is_sorted_by(|a, b| a < b) {
        return Err(StatsError::Setting { what: "grid of times", expected: "two or more times, strictly ascending" });
    }
    check_risk(risk, outcomes.rows() * grid.len()).map_err(|error| match error {
        StatsError::Probability { row } => StatsError::Probability { row: row / grid.len() },
        other => other,
    })?;
    let observed = Observed::new(outcomes);
    let at =
        |(column, time): (usize, &f64)| observed.score(risk.iter().skip(column).step_by(grid.len()).copied(), *time);
    let by_time = grid.iter().enumerate().map(at).collect::<Result<Vec<Brier>, _>>()?;
    let (estimate, null) = (average(&by_time, |brier| brier.estimate), average(&by_time, |brier| brier.null));
    Ok(IntegratedBrier { estimate, null, scaled: scaled(estimate, null), by_time })
}

fn average(by_time: &[Brier], of: impl Fn(&Brier) -> f64) -> f64 {
    let area: f64 =
        by_time.windows(2).map(|pair| 0.5 * (of(&pair[0]) + of(&pair[1])) * (pair[1].time - pair[0].time)).sum();
    area / (by_time[by_time.len() - 1].time - by_time[0].time)
}

fn scaled(estimate: f64, null: f64) -> Option<f64> {
    (null > 0.0).then(|| 1.0 - estimate / null)
}

/// The follow-up sorted once.
struct Observed<'a> {
    outcomes: &'a Outcomes<'a>,
    censoring: Censoring,
    curve: KaplanMeier,
}

impl<'a> Observed<'a> {
    fn new(outcomes: &'a Outcomes<'a>) -> Self {
        let censoring = Censoring::new(outcomes);
        let curve = KaplanMeier::new(&RiskTable::of_rows(outcomes, censoring.order.iter().copied()));
        Self { outcomes, censoring, curve }
    }

    fn score(&self, risk: impl Iterator<Item = f64>, horizon: f64) -> Result<Brier, StatsError> {
        let (estimate, influence) = self.mean(risk, horizon)?;
        let survival = self.curve.survival_at(horizon);
        let null = survival * (1.0 - survival);
        Ok(Brier { time: horizon, estimate, std_err: std_err(&influence)?, null, scaled: scaled(estimate, null) })
    }

    /// The score and the influence of every case on it.
    fn mean(&self, risk: impl Iterator<Item = f64>, horizon: f64) -> Result<(f64, Vec<f64>), StatsError> {
        let weights = self.censoring.weights(self.outcomes, horizon)?;
        let rows = weights.len() as f64;
        let happened = self.outcomes.time().iter().map(|time| f64::from(u8::from(*time <= horizon)));
        let parts: Vec<f64> =
            weights.iter().zip(happened).zip(risk).map(|((w, y), p)| w * (y - p).powi(2) / rows).collect();
        let estimate = parts.iter().sum::<f64>();
        let mut influence: Vec<f64> = parts.iter().map(|part| part - estimate / rows).collect();
        self.censoring.add_influence(self.outcomes, &parts, horizon, &mut influence);
        Ok((estimate, influence))
    }
}
