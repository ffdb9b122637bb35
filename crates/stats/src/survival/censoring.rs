//! The Kaplan-Meier estimate G of being uncensored, for inverse probability of censoring weights (Robins and Rotnitzky
//! 1992, Graf et al. 1999). At a tie events come first: a case with its event could not be lost at that time.

use super::Outcomes;
use crate::StatsError;

/// Cases by ascending time with what the censoring distribution needs.
#[derive(Debug, Clone)]
pub(crate) struct Censoring {
    pub(crate) order: Vec<usize>,
    /// By place in `order`: G just before the time.
    pub(crate) before: Vec<f64>,
    /// By place in `order`: share of the cohort that could be censored at the time (at risk, no event then).
    exposed: Vec<f64>,
    /// By place in `order`: censoring hazard at the time, at the first place of every time, else 0.
    hazard: Vec<f64>,
}

impl Censoring {
    pub(crate) fn new(outcomes: &Outcomes<'_>) -> Self {
        let order = outcomes.ascending();
        let all = order.len();
        let (mut before, mut exposed, mut hazard) = (vec![], vec![], vec![]);
        let mut free = 1.0;
        for tied in order.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
            let events = tied.iter().filter(|row| outcomes.event()[**row]).count();
            let at_risk = all - before.len() - events;
            let loss = if at_risk > 0 { (tied.len() - events) as f64 / at_risk as f64 } else { 0.0 };
            for place in 0..tied.len() {
                before.push(free);
                exposed.push(at_risk as f64 / all as f64);
                hazard.push(if place == 0 { loss } else { 0.0 });
            }
            free *= 1.0 - loss;
        }
        Self { order, before, exposed, hazard }
    }

    /// By row: 1 / G(T-) for an event up to `horizon`, 1 / G(`horizon`) for a case followed beyond it, 0 for a case
    /// lost before. The weights sum to the number of rows.
    ///
    /// # Errors
    /// `Setting` for a horizon that is not finite and above 0; `NoControls` when nobody is followed beyond it, unless
    /// all had the event: then the weights would fall short of the cases.
    pub(crate) fn weights(&self, outcomes: &Outcomes<'_>, horizon: f64) -> Result<Vec<f64>, StatsError> {
        check_horizon(horizon)?;
        let time = outcomes.time();
        let beyond = self.order.partition_point(|row| time[*row] <= horizon);
        // Within a time events come first, so the last row tells whether somebody was lost at the last time.
        if self.order[beyond..].is_empty() && self.order.last().is_some_and(|row| !outcomes.event()[*row]) {
            return Err(StatsError::NoControls { what: "the horizon" });
        }
        let mut weights = vec![0.0; self.order.len()];
        for (place, row) in self.order.iter().enumerate() {
            // The first case beyond the horizon has G just before its own time, which is G at the horizon.
            if place >= beyond {
                weights[*row] = self.before[beyond].recip();
            } else if outcomes.event()[*row] {
                weights[*row] = self.before[place].recip();
            }
        }
        Ok(weights)
    }

    /// Adds the martingale terms of G to the `influence` of every row on a weighted mean, where `parts` are the
    /// weighted parts of the rows. A loss at u up to `horizon` lowers G for every case later than u, and so raises
    /// their parts.
    pub(crate) fn add_influence(&self, outcomes: &Outcomes<'_>, parts: &[f64], horizon: f64, influence: &mut [f64]) {
        let rows = outcomes.rows() as f64;
        let mut later: f64 = self.order.iter().map(|row| parts[*row]).sum();
        let (mut compensator, mut place) = (0.0, 0);
        for tied in self.order.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
            later -= tied.iter().map(|row| parts[*row]).sum::<f64>();
            let exposed = self.exposed[place];
            let counts = exposed > 0.0 && outcomes.time()[tied[0]] <= horizon;
            let scaled = if counts { later / (exposed * rows) } else { 0.0 };
            let before = compensator;
            compensator += scaled * self.hazard[place];
            for row in tied {
                // An event at this time was not exposed to the losses of this time.
                influence[*row] += if outcomes.event()[*row] { -before } else { scaled - compensator };
            }
            place += tied.len();
        }
    }
}

/// The standard error of an estimate from the influence of every row on it (their sum is about 0). The divisor n - 1 is
/// that of R `riskRegression::Score`.
///
/// # Errors
/// `Setting` for a single row.
pub(crate) fn std_err(influence: &[f64]) -> Result<f64, StatsError> {
    if influence.len() < 2 {
        return Err(StatsError::Setting { what: "number of cases", expected: "at least 2" });
    }
    let rows = influence.len() as f64;
    let spread = influence.iter().map(|part| part * part).sum::<f64>();
    Ok((spread * rows / (rows - 1.0)).sqrt())
}

/// Checks that a horizon is a time.
pub(crate) fn check_horizon(horizon: f64) -> Result<(), StatsError> {
    if horizon.is_finite() && horizon > 0.0 {
        return Ok(());
    }
    Err(StatsError::Setting { what: "horizon", expected: "finite and above 0" })
}
