//! Do the effects of the predictors differ by year?

use serde::{Deserialize, Serialize};

use super::{
    Effects, Link, PersonYears, YearRows, Years,
    bootstrap::NullModel,
    fit::{climb, fit_rows, prepare},
    likelihood::{Cases, Layout},
};
use crate::{Predictors, StatsError, distribution::chi_square_upper_tail, newton::Failure, survival::Outcomes};

/// Likelihood-ratio test of year-specific against common effects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct YearEffectsTest {
    /// Twice the gain in log-likelihood.
    pub statistic: f64,
    /// (Intervals - 1) times predictors.
    pub degrees: usize,
    /// Upper tail of the chi-square distribution: right for many events only.
    pub p_asymptotic: f64,
    /// (1 + replicates at or above the statistic) / (1 + replicates): the p value to report.
    pub p_bootstrap: f64,
    /// Replicates drawn.
    pub replicates: usize,
    /// Replicates without a fit; they count as being above the statistic, so that failure never favours a finding.
    pub failed: usize,
    /// Log-likelihood with common effects.
    pub log_likelihood_common: f64,
    /// Log-likelihood with year-specific effects.
    pub log_likelihood_by_year: f64,
}

/// Tests the null hypothesis that every predictor has the same effect in every interval, on unpenalised fits.
///
/// The chi-square distribution is a poor guide with a handful of events a parameter, so the p value is calibrated by a
/// parametric bootstrap: cohorts are drawn from the null fit, both models are fitted again, and the statistics compared.
///
/// - Each case keeps its censoring, as in the conditional bootstrap (Davison and Hinkley 1997, algorithm 3.3; R
///   `censboot(sim = "cond")`): a censored case stays observable for exactly the intervals for which it was observed; a case
///   with an event was observable at least through that interval, and from there on its loss is drawn from the share of the
///   cohort that was lost in each later interval.
/// - Where a drawn cohort separates, the likelihood has a limit although a coefficient has none, and that limit enters.
/// - A drawn interval without events adds 0 to both likelihoods.
///
/// Replicate `r` depends on `seed` and `r` only.
///
/// # Errors
/// As [`super::fit`] on the cohort itself; `Setting` for fewer than 2 intervals or no replicate.
pub fn test_year_effects(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    years: &Years,
    link: Link,
    replicates: usize,
    seed: u64,
) -> Result<YearEffectsTest, StatsError> {
    if years.ends().len() < 2 || replicates == 0 {
        return Err(StatsError::Setting {
            what: "number of intervals or replicates",
            expected: "2 intervals and 1 replicate at least",
        });
    }
    let (cases, rows) = prepare(outcomes, predictors, years)?;
    let layout = |effects| Layout { intervals: rows.years.len(), columns: cases.columns(), effects };
    let common = fit_rows(&cases, &rows, &layout(Effects::Common), years, link)?;
    let by_year = fit_rows(&cases, &rows, &layout(Effects::ByYear), years, link)?;
    let statistic = 2.0 * (by_year.log_likelihood - common.log_likelihood);
    let degrees = (rows.years.len() - 1) * cases.columns();
    let hazards = predictors.iter().map(|row| common.hazards(row)).collect::<Result<_, _>>()?;
    let drawn = draw_statistics(&cases, &rows, hazards, link, (replicates, seed));
    let failed = drawn.iter().filter(|drawn| drawn.is_none()).count();
    let above = drawn.iter().flatten().filter(|drawn| **drawn >= statistic).count();
    Ok(YearEffectsTest {
        statistic,
        degrees,
        p_asymptotic: chi_square_upper_tail(statistic, degrees),
        p_bootstrap: (1 + above + failed) as f64 / (1 + replicates) as f64,
        replicates,
        failed,
        log_likelihood_common: common.log_likelihood,
        log_likelihood_by_year: by_year.log_likelihood,
    })
}

fn draw_statistics(
    cases: &Cases,
    rows: &PersonYears,
    hazards: Vec<Vec<f64>>,
    link: Link,
    (replicates, seed): (usize, u64),
) -> Vec<Option<f64>> {
    let null = NullModel::new(rows, hazards);
    (0..replicates as u64).map(|replicate| drawn_statistic(cases, null.draw(seed, replicate), link)).collect()
}

fn drawn_statistic(cases: &Cases, years: Vec<YearRows>, link: Link) -> Option<f64> {
    let years: Vec<YearRows> = years.into_iter().filter(YearRows::has_contrast).collect();
    if years.is_empty() {
        return Some(0.0);
    }
    let limit = |effects| {
        let layout = Layout { intervals: years.len(), columns: cases.columns(), effects };
        match climb(cases, &years, &layout, link) {
            Ok(maximum) => Some(maximum.value),
            Err(Failure::Infinite { value, .. }) => Some(value),
            Err(_) => None,
        }
    };
    Some(2.0 * (limit(Effects::ByYear)? - limit(Effects::Common)?))
}
