//! The log-rank test of k groups (Mantel 1966, Peto and Peto 1972) and its weighted forms, also within strata: R
//! `survdiff`.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{Outcomes, RiskTable, outcomes::check_labels};
use crate::{StatsError, distribution::chi_square_upper_tail};

/// How much a difference counts at an event time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// The same at all times: the log-rank test, best against proportional hazards.
    #[default]
    Equal,
    /// The Kaplan-Meier estimate of the stratum just before the time, to the power `rho` (Harrington and Fleming 1982;
    /// R `survdiff(rho =)`). 1 is the Peto-Peto test; the higher, the more early differences count.
    FlemingHarrington {
        /// The power, 0 or above.
        rho: f64,
    },
    /// The number at risk in the stratum (Gehan 1965, Breslow 1970): counts early differences most, and depends on the
    /// censoring.
    Gehan,
}

/// Result of a log-rank test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// Events seen by group, over all strata (weighted, if the test is).
    pub observed: Vec<f64>,
    /// Events expected by group if all groups had one hazard (weighted, if the test is).
    pub expected: Vec<f64>,
    /// Covariance of observed less expected, row-major, groups by groups.
    pub variance: Vec<f64>,
    /// The statistic.
    pub chi_square: f64,
    /// Groups that expect an event, less one.
    pub degrees: usize,
    /// Upper tail of the chi-square distribution.
    pub p: f64,
}

/// One risk table a group, for [`log_rank`]. `group[row]` is below `groups`.
///
/// # Errors
/// `Length`, `Label`.
pub fn group_tables(outcomes: &Outcomes<'_>, group: &[usize], groups: usize) -> Result<Vec<RiskTable>, StatsError> {
    check_labels("group", group, outcomes.rows(), groups)?;
    let order = outcomes.ascending();
    Ok((0..groups)
        .map(|g| RiskTable::of_rows(outcomes, order.iter().copied().filter(|row| group[*row] == g)))
        .collect())
}

/// Compares the groups. `strata` holds one list of tables a stratum, each with one table a group ([`group_tables`]):
/// one list for the plain test. Tables of sites merge first, group by group, so the federated test equals the pooled
/// one.
///
/// # Errors
/// `Empty` without strata, `Length` when strata differ in groups, `NoEvents` when fewer than two groups expect an
/// event.
pub fn log_rank(strata: &[Vec<RiskTable>]) -> Result<LogRank, StatsError> {
    weighted_log_rank(strata, Weighting::Equal)
}

/// [`log_rank`] with a weight for every event time. Choose it before the curves are seen.
///
/// # Errors
/// As [`log_rank`]; `Setting` for a power that is negative or not finite.
pub fn weighted_log_rank(strata: &[Vec<RiskTable>], weighting: Weighting) -> Result<LogRank, StatsError> {
    if let Weighting::FlemingHarrington { rho } = weighting
        && !(rho.is_finite() && rho >= 0.0)
    {
        return Err(StatsError::Setting { what: "power of the log-rank weights", expected: "finite and not negative" });
    }
    let groups = strata.first().ok_or(StatsError::Empty { what: "strata" })?.len();
    if let Some(odd) = strata.iter().find(|tables| tables.len() != groups) {
        return Err(StatsError::Length { what: "groups of a stratum", expected: groups, found: odd.len() });
    }
    let mut sums = Sums::new(groups);
    strata.iter().for_each(|tables| sums.add_stratum(tables, weighting));
    sums.test()
}

struct Sums {
    observed: DVector<f64>,
    expected: DVector<f64>,
    variance: DMatrix<f64>,
}

impl Sums {
    fn new(groups: usize) -> Self {
        Self {
            observed: DVector::zeros(groups),
            expected: DVector::zeros(groups),
            variance: DMatrix::zeros(groups, groups),
        }
    }

    fn add_stratum(&mut self, tables: &[RiskTable], weighting: Weighting) {
        let pooled = tables.iter().fold(RiskTable::default(), |all, table| all.merge(table));
        let mut at_risk: Vec<u64> = tables.iter().map(RiskTable::cases).collect();
        let mut next = vec![0; tables.len()];
        let mut free = 1.0_f64;
        for (row, total) in pooled.with_at_risk() {
            let (events, total) = (row.events as f64, total as f64);
            let weight = match weighting {
                Weighting::Equal => 1.0,
                Weighting::FlemingHarrington { rho } => free.powf(rho),
                Weighting::Gehan => total,
            };
            free *= (total - events) / total;
            self.add_time(weight, events, total, &at_risk);
            for (group, table) in tables.iter().enumerate() {
                if let Some(own) = table.rows().get(next[group]).filter(|own| own.time == row.time) {
                    self.observed[group] += weight * own.events as f64;
                    at_risk[group] -= own.events + own.censored;
                    next[group] += 1;
                }
            }
        }
    }

    /// Expectation and hypergeometric covariance of the events by group at one time.
    fn add_time(&mut self, weight: f64, events: f64, total: f64, at_risk: &[u64]) {
        if events == 0.0 {
            return;
        }
        let spread = if total > 1.0 { weight * weight * events * (total - events) / (total - 1.0) } else { 0.0 };
        for (i, n_i) in at_risk.iter().enumerate() {
            let share = *n_i as f64 / total;
            self.expected[i] += weight * events * share;
            self.variance[(i, i)] += spread * share;
            for (j, n_j) in at_risk.iter().enumerate() {
                self.variance[(i, j)] -= spread * share * *n_j as f64 / total;
            }
        }
    }

    fn test(self) -> Result<LogRank, StatsError> {
        let mut used: Vec<usize> = (0..self.expected.len()).filter(|g| self.expected[*g] > 0.0).collect();
        used.pop();
        if used.is_empty() {
            return Err(StatsError::NoEvents { what: "at least two groups" });
        }
        let difference = DVector::from_iterator(used.len(), used.iter().map(|g| self.observed[*g] - self.expected[*g]));
        let variance = self.variance.select_rows(&used).select_columns(&used);
        let factor = variance.cholesky().ok_or(StatsError::NoEvents { what: "risk sets that hold two groups" })?;
        let chi_square = difference.dot(&factor.solve(&difference));
        Ok(LogRank {
            observed: self.observed.as_slice().to_vec(),
            expected: self.expected.as_slice().to_vec(),
            variance: self.variance.as_slice().to_vec(),
            chi_square,
            degrees: used.len(),
            p: chi_square_upper_tail(chi_square, used.len()),
        })
    }
}
