//! Calibration of predicted risks at a horizon: observed against expected events, by group and over all.
//!
//! Definitions are those of McLernon et al. 2023 (STRATOS guidance for survival models), at one fixed horizon: the
//! observed risk is 1 - Kaplan-Meier, the expected one the mean prediction. Crowson et al. 2016 compare events with
//! cumulative hazards over each case's own follow-up instead, which needs a prediction at every time; here there is
//! only the one at the horizon, which clinicians read. Groups show the shape (a smooth curve as in Austin et al. 2020
//! needs a further model of its own).

use serde::{Deserialize, Serialize};

use super::{check_reached, check_risk};
use crate::{
    StatsError,
    distribution::two_sided,
    survival::{Interval, IntervalForm, KaplanMeier, Outcomes, RiskTable},
};

/// One group of similar predicted risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationGroup {
    /// Cases.
    pub cases: u64,
    /// Events up to the horizon.
    pub events: u64,
    /// Mean predicted risk.
    pub expected: f64,
    /// 1 - Kaplan-Meier at the horizon; none when the follow-up of the group ends in censoring before it.
    pub observed: Option<f64>,
    /// Interval of the observed risk, symmetric about log(-log S); none where S is 0 or 1 (no event or nobody left).
    pub interval: Option<Interval>,
}

/// Calibration at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The horizon.
    pub horizon: f64,
    /// The groups by ascending risk, those without cases left out.
    pub groups: Vec<CalibrationGroup>,
    /// All cases as one group.
    pub overall: CalibrationGroup,
    /// Observed over expected: above 1 when risk is underestimated.
    pub ratio: f64,
    /// Lower and upper end of its interval: log-normal with the Greenwood variance of the observed risk, the
    /// predictions taken as they are (Debray et al. 2017). None without events, or when all had the event.
    pub ratio_interval: Option<(f64, f64)>,
}

/// The sums of a calibration by group. Tables of parts of a cohort [`merge`](Self::merge) into that of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationTables {
    cuts: Vec<f64>,
    tables: Vec<RiskTable>,
    /// Summed predicted risk, by group.
    predicted: Vec<f64>,
}

/// The `groups` - 1 inner quantiles of the predicted risks, as R `quantile` (type 7). Equal risks may give equal cuts;
/// they bound no case, so fewer groups remain.
///
/// # Errors
/// `Empty`, `Probability` with the row; `Setting` without groups.
pub fn quantile_cuts(risk: &[f64], groups: usize) -> Result<Vec<f64>, StatsError> {
    if risk.is_empty() {
        return Err(StatsError::Empty { what: "risk" });
    }
    check_risk(risk, risk.len())?;
    if groups == 0 {
        return Err(StatsError::Setting { what: "number of groups", expected: "at least 1" });
    }
    let mut sorted = risk.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quantile = |group: usize| {
        // The place in whole numbers, so that no rounding puts a case into the wrong group.
        let (below, part) = ((sorted.len() - 1) * group / groups, (sorted.len() - 1) * group % groups);
        let next = sorted[(below + 1).min(sorted.len() - 1)];
        sorted[below] + (next - sorted[below]) * part as f64 / groups as f64
    };
    Ok((1..groups).map(quantile).collect())
}

impl CalibrationTables {
    /// Groups the cases by `cuts` (ascending; each group includes its upper end).
    ///
    /// # Errors
    /// `Length`, `Probability` with the row; `Setting` for cuts that are NaN or not ascending.
    pub fn new(outcomes: &Outcomes<'_>, risk: &[f64], cuts: &[f64]) -> Result<Self, StatsError> {
        check_risk(risk, outcomes.rows())?;
        if cuts.iter().any(|cut| cut.is_nan()) || !cuts.is_sorted() {
            return Err(StatsError::Setting { what: "cuts of the risk groups", expected: "ascending numbers" });
        }
        let group: Vec<usize> = risk.iter().map(|value| cuts.partition_point(|cut| cut < value)).collect();
        let mut members = vec![Vec::new(); cuts.len() + 1];
        outcomes.ascending().into_iter().for_each(|row| members[group[row]].push(row));
        let mut predicted = vec![0.0; members.len()];
        group.iter().zip(risk).for_each(|(own, value)| predicted[*own] += value);
        let tables = members.into_iter().map(|rows| RiskTable::of_rows(outcomes, rows.into_iter())).collect();
        Ok(Self { cuts: cuts.to_vec(), tables, predicted })
    }

    /// The tables of both parts.
    ///
    /// # Errors
    /// `Setting` when their cuts differ.
    pub fn merge(&self, other: &Self) -> Result<Self, StatsError> {
        if self.cuts != other.cuts {
            return Err(StatsError::Setting { what: "cuts of the risk groups", expected: "the same in all parts" });
        }
        Ok(Self {
            cuts: self.cuts.clone(),
            tables: self.tables.iter().zip(&other.tables).map(|(a, b)| a.merge(b)).collect(),
            predicted: self.predicted.iter().zip(&other.predicted).map(|(a, b)| a + b).collect(),
        })
    }

    /// Calibration at `horizon`, with intervals at `level` (0.95).
    ///
    /// # Errors
    /// `Setting` for a horizon that is not finite and above 0, a level not between 0 and 1, or predictions that are all
    /// 0; `NoControls` when all follow-up ends in censoring before the horizon.
    pub fn calibration(&self, horizon: f64, level: f64) -> Result<Calibration, StatsError> {
        let all = self.tables.iter().fold(RiskTable::default(), |all, table| all.merge(table));
        check_reached(&all, horizon)?;
        let predicted = self.predicted.iter().sum::<f64>();
        if predicted == 0.0 {
            return Err(StatsError::Setting { what: "mean predicted risk", expected: "above 0" });
        }
        let filled = self.tables.iter().zip(&self.predicted).filter(|(table, _)| table.cases() > 0);
        let groups = filled.map(|(table, sum)| group_at(table, *sum, horizon, level)).collect::<Result<_, _>>()?;
        let overall = group_at(&all, predicted, horizon, level)?;
        let curve = KaplanMeier::new(&all);
        let observed = 1.0 - curve.survival_at(horizon);
        let ratio = observed / overall.expected;
        let z = two_sided(level)?;
        let spread = curve.std_err_at(horizon).filter(|_| observed > 0.0).map(|std_err| (z * std_err / observed).exp());
        let ratio_interval = spread.map(|factor| (ratio / factor, ratio * factor));
        Ok(Calibration { horizon, groups, overall, ratio, ratio_interval })
    }
}

fn group_at(table: &RiskTable, predicted: f64, horizon: f64, level: f64) -> Result<CalibrationGroup, StatsError> {
    let (cases, events, curve) = (table.cases(), table.events_by(horizon), KaplanMeier::new(table));
    let reached = table.reaches(horizon);
    let interval = if reached { curve.interval_at(horizon, level, IntervalForm::LogLog)? } else { None };
    Ok(CalibrationGroup {
        cases,
        events,
        expected: predicted / cases as f64,
        observed: reached.then(|| 1.0 - curve.survival_at(horizon)),
        interval: interval.map(|of| Interval { lower: 1.0 - of.upper, upper: 1.0 - of.lower }),
    })
}
