//! The error of the survival that a fit predicts.

use serde::{Deserialize, Serialize};

use super::{CoxFit, Ties};
use crate::{Predictors, StatsError, gram::dot, survival::Outcomes};

/// How the cumulative baseline hazard at one time moves with chance (Tsiatis 1981; R `survfit(coxph)`).
///
/// A case `x` with linear predictor `l` has the cumulative hazard `exp(l) H`, `H` being [`super::Baseline::at`] the time. Its
/// variance is `exp(2 l) (variance + d' V d)` with `d = (x - means) H - slope` and `V` the covariance of the coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardError {
    /// The variance of `H` were the coefficients known.
    pub variance: f64,
    /// Sum over the events up to the time of the risk set's means, as distances from the means, times the hazard there.
    pub slope: Vec<f64>,
}

impl CoxFit {
    /// The error of the baseline of a fit without strata at `time`, from the data and the ties that it was fitted with. Takes
    /// time of rows times columns.
    ///
    /// # Errors
    /// `Length` for predictors of other rows or columns; `Setting` for a fit with strata.
    pub fn hazard_error(
        &self,
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        ties: Ties,
        time: f64,
    ) -> Result<HazardError, StatsError> {
        predictors.matching(outcomes.rows())?;
        if self.baselines.len() != 1 {
            return Err(StatsError::Setting { what: "fit", expected: "without strata" });
        }
        let weight = (0..outcomes.rows()).map(|row| Ok(self.linear_predictor(predictors.row(row))?.exp()));
        let weight = weight.collect::<Result<Vec<f64>, StatsError>>()?;
        let mut order: Vec<usize> = (0..outcomes.rows()).collect();
        order.sort_by(|a, b| outcomes.time()[*b].total_cmp(&outcomes.time()[*a]));
        let columns = self.means.len();
        let mut error = HazardError { variance: 0.0, slope: vec![0.0; columns] };
        let mut risk_set = Sums::new(columns);
        for tied in order.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
            let mut deaths = Sums::new(columns);
            for row in tied {
                let distances = predictors.row(*row).iter().zip(&self.means).map(|(value, mean)| value - mean);
                if outcomes.event()[*row] {
                    deaths.add(weight[*row], distances.clone());
                }
                risk_set.add(weight[*row], distances);
            }
            if outcomes.time()[tied[0]] <= time {
                error.step(&risk_set, &deaths, ties);
            }
        }
        Ok(error)
    }
}

impl HazardError {
    /// The variance of a case's cumulative hazard over `exp(2 l)`, from its distances to the means, the baseline's
    /// `cumulative_hazard` and the coefficients' `covariance` (row-major).
    ///
    /// # Errors
    /// `Length` unless distances and covariance are of the columns of the fit.
    pub fn relative_variance(
        &self,
        distances: &[f64],
        cumulative_hazard: f64,
        covariance: &[f64],
    ) -> Result<f64, StatsError> {
        Predictors::check_row(distances, self.slope.len())?;
        let columns = distances.len();
        if covariance.len() != columns * columns {
            let (expected, found) = (columns * columns, covariance.len());
            return Err(StatsError::Length { what: "covariance", expected, found });
        }
        let shift: Vec<f64> =
            distances.iter().zip(&self.slope).map(|(x, slope)| x * cumulative_hazard - slope).collect();
        let spread: f64 = covariance.chunks_exact(columns).zip(&shift).map(|(row, d)| d * dot(row, &shift)).sum();
        Ok(self.variance + spread)
    }

    fn step(&mut self, risk_set: &Sums, deaths: &Sums, ties: Ties) {
        for death in 0..deaths.rows {
            let gone = if ties == Ties::Efron { death as f64 / deaths.rows as f64 } else { 0.0 };
            let share = (risk_set.weight - gone * deaths.weight).recip();
            self.variance += share * share;
            for (slope, (all, dead)) in self.slope.iter_mut().zip(risk_set.weighted.iter().zip(&deaths.weighted)) {
                *slope += (all - gone * dead) * share * share;
            }
        }
    }
}

/// Sums over a set of rows.
struct Sums {
    rows: usize,
    weight: f64,
    weighted: Vec<f64>,
}

impl Sums {
    fn new(columns: usize) -> Self {
        Self { rows: 0, weight: 0.0, weighted: vec![0.0; columns] }
    }

    fn add(&mut self, weight: f64, values: impl Iterator<Item = f64>) {
        self.rows += 1;
        self.weight += weight;
        self.weighted.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
    }
}
