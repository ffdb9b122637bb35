//! The decision curve (Vickers and Elkin 2006; with censoring Vickers, Cronin, Elkin and Gonen 2008), as R `dcurves`
//! and `stdca`.

use serde::{Deserialize, Serialize};

use super::{check_reached, check_risk};
use crate::{
    StatsError,
    survival::{KaplanMeier, Outcomes, RiskTable},
};

/// Net benefit at one threshold, in true positives a case; that of treating nobody is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NetBenefit {
    /// The risk from which on a case is treated.
    pub threshold: f64,
    /// Cases whose predicted risk is at or above the threshold.
    pub positives: u64,
    /// Of treating them: positives / n * (F - (1 - F) threshold / (1 - threshold)), where F is the Kaplan-Meier
    /// estimate of the event by the horizon among them. 0 without positives; none when all of them are censored before
    /// the horizon.
    pub model: Option<f64>,
    /// Of treating everybody.
    pub treat_all: f64,
}

/// The sums of a decision curve: who is positive at each threshold. Tables of parts of a cohort [`merge`](Self::merge)
/// into that of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionTables {
    thresholds: Vec<f64>,
    all: RiskTable,
    positive: Vec<RiskTable>,
}

impl DecisionTables {
    /// The tables of predicted risks; sorted once, then linear in the cases for each threshold.
    ///
    /// # Errors
    /// `Length`, `Probability` with the row; `Setting` without thresholds, or for one outside 0 (included) to 1
    /// (excluded).
    pub fn new(outcomes: &Outcomes<'_>, risk: &[f64], thresholds: &[f64]) -> Result<Self, StatsError> {
        check_risk(risk, outcomes.rows())?;
        if thresholds.is_empty() || thresholds.iter().any(|threshold| !(0.0..1.0).contains(threshold)) {
            return Err(StatsError::Setting { what: "threshold", expected: "at least one, from 0 to below 1" });
        }
        let order = outcomes.ascending();
        let of = |least: f64| RiskTable::of_rows(outcomes, order.iter().copied().filter(|row| risk[*row] >= least));
        Ok(Self {
            thresholds: thresholds.to_vec(),
            all: of(0.0),
            positive: thresholds.iter().map(|threshold| of(*threshold)).collect(),
        })
    }

    /// The tables of both parts.
    ///
    /// # Errors
    /// `Setting` when their thresholds differ.
    pub fn merge(&self, other: &Self) -> Result<Self, StatsError> {
        if self.thresholds != other.thresholds {
            return Err(StatsError::Setting { what: "threshold", expected: "the same in all parts" });
        }
        Ok(Self {
            thresholds: self.thresholds.clone(),
            all: self.all.merge(&other.all),
            positive: self.positive.iter().zip(&other.positive).map(|(a, b)| a.merge(b)).collect(),
        })
    }

    /// The net benefits at `horizon`, by threshold.
    ///
    /// # Errors
    /// `Setting` for a horizon that is not finite and above 0; `NoControls` when all follow-up ends in censoring before
    /// it.
    pub fn net_benefits(&self, horizon: f64) -> Result<Vec<NetBenefit>, StatsError> {
        check_reached(&self.all, horizon)?;
        let cases = self.all.cases() as f64;
        let free_of_all = KaplanMeier::new(&self.all).survival_at(horizon);
        let at = |(threshold, table): (&f64, &RiskTable)| {
            let odds = threshold / (1.0 - threshold);
            let benefit = |free: f64| 1.0 - free - free * odds;
            let positives = table.cases();
            let model = match positives {
                0 => Some(0.0),
                _ if !table.reaches(horizon) => None,
                _ => Some(positives as f64 / cases * benefit(KaplanMeier::new(table).survival_at(horizon))),
            };
            NetBenefit { threshold: *threshold, positives, model, treat_all: benefit(free_of_all) }
        };
        Ok(self.thresholds.iter().zip(&self.positive).map(at).collect())
    }
}
