//! The fit with its tests and predictions, as R `coxph`.

use nalgebra::DVector;
use serde::{Deserialize, Serialize};

use super::{Baseline, Ties, likelihood::Likelihood, order::Ordered};
use crate::{
    Predictors, StatsError,
    distribution::chi_square_upper_tail,
    gram::dot,
    newton::{Evaluation, Factor, Failure, Maximum, maximise},
    standard::Standard,
    survival::{Outcomes, check_labels},
};

/// Settings of a fit; the default is Efron without penalty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CoxSettings {
    /// Handling of ties.
    pub ties: Ties,
    /// Ridge weights, one a predictor: half of weight times coefficient squared is taken from the log-likelihood, on the scale
    /// of the predictors as given (R `ridge(theta, scale = FALSE)`).
    pub penalty: Option<Vec<f64>>,
}

/// One global chi-square test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GlobalTest {
    /// The statistic.
    pub chi_square: f64,
    /// Degrees of freedom.
    pub degrees: usize,
    /// Its upper tail.
    pub p: f64,
}

/// Three tests that all coefficients are 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GlobalTests {
    /// Twice the gain in log-likelihood.
    pub likelihood_ratio: GlobalTest,
    /// Coefficients over their covariance.
    pub wald: GlobalTest,
    /// Slope at 0 over its variance; the log-rank test for one group.
    pub score: GlobalTest,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoxFit {
    /// Log hazard ratios, one a predictor.
    pub coefficients: Vec<f64>,
    /// Their covariance, row-major: the inverse of the (penalised) information.
    pub covariance: Vec<f64>,
    /// Partial log-likelihood at the coefficients, without the penalty.
    pub log_likelihood: f64,
    /// Partial log-likelihood at 0.
    pub null_log_likelihood: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Cases.
    pub cases: usize,
    /// Events.
    pub events: usize,
    /// Tests of the whole model; none for a penalised fit, whose degrees of freedom are not those of its predictors.
    pub tests: Option<GlobalTests>,
    /// Means of the predictors: where the baseline stands.
    pub means: Vec<f64>,
    /// One baseline a stratum, by label.
    pub baselines: Vec<Baseline>,
}

impl CoxFit {
    /// Standard errors of the coefficients.
    pub fn std_errors(&self) -> Vec<f64> {
        let width = self.coefficients.len();
        (0..width).map(|column| self.covariance[column * width + column].sqrt()).collect()
    }

    /// Log hazard ratio of a case against the means (R `predict(type = "lp", reference = "sample")` without strata).
    ///
    /// # Errors
    /// `Length` unless the row has one value a predictor.
    pub fn linear_predictor(&self, row: &[f64]) -> Result<f64, StatsError> {
        Predictors::check_row(row, self.coefficients.len())?;
        Ok(dot(&self.coefficients, row) - dot(&self.coefficients, &self.means))
    }

    /// P(T > `time`) of a case in a stratum (0 without strata).
    ///
    /// # Errors
    /// `Length` as [`Self::linear_predictor`]; `Setting` for a stratum that was not fitted.
    pub fn survival(&self, row: &[f64], stratum: usize, time: f64) -> Result<f64, StatsError> {
        let unknown = StatsError::Setting { what: "stratum", expected: "one that the model was fitted on" };
        let baseline = self.baselines.iter().find(|baseline| baseline.stratum == stratum).ok_or(unknown)?;
        Ok((-baseline.at(time) * self.linear_predictor(row)?.exp()).exp())
    }
}

/// Fits the model. `strata` gives every case a label (any numbers); risk sets stay within a label.
///
/// # Errors
/// `Length`; `NoEvents`; `Setting` for a penalty that is negative, not finite or not one a predictor; `Constant`, `Collinear`
/// and `InfiniteCoefficient` with the column; `NotConverged`.
pub fn fit(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &CoxSettings,
) -> Result<CoxFit, StatsError> {
    predictors.matching(outcomes.rows())?;
    if let Some(labels) = strata {
        check_labels("strata", labels, outcomes.rows(), usize::MAX)?;
    }
    if outcomes.events() == 0 {
        return Err(StatsError::NoEvents { what: "the cohort" });
    }
    let data = Ordered::new(outcomes, predictors, strata, Standard::new(predictors)?);
    let penalty = standard_penalty(settings.penalty.as_deref(), &data.standard)?;
    let mut likelihood = Likelihood::new(&data, settings.ties, &penalty);
    let start = DVector::zeros(data.columns);
    let first = likelihood.evaluate(&start);
    // A standardised predictor brings about 1 of information an event.
    let floor = 1e-10 * outcomes.events() as f64;
    let maximum = maximise(start, first.clone(), 0, floor, |at| likelihood.evaluate(at)).map_err(explain)?;
    let ridge = 0.5 * penalty.iter().zip(&maximum.at).map(|(weight, at)| weight * at * at).sum::<f64>();
    let tests = if settings.penalty.is_none() { Some(global_tests(&maximum, &first)?) } else { None };
    let mut fitted = describe(&maximum, &first, &data.standard, (outcomes.rows(), outcomes.events()), tests);
    fitted.log_likelihood += ridge;
    let baselines = (0..data.strata.len()).map(|stratum| {
        let increments = likelihood.baseline(stratum).map(|(step, hazard)| (step.time, hazard)).collect();
        Baseline::new(data.strata[stratum], increments)
    });
    fitted.baselines = baselines.collect();
    Ok(fitted)
}

/// The fit at the maximum of a [`Climb`](crate::Climb) over standardised coefficients, which began at 0 with `first`, of
/// `cases` with `events`. It has no baselines: those of strata stay where the strata are.
///
/// # Errors
/// As [`explain`], for information that cannot be inverted.
pub fn conclude(
    maximum: &Maximum,
    first: &Evaluation,
    standard: &Standard,
    (cases, events): (usize, usize),
) -> Result<CoxFit, StatsError> {
    let tests = global_tests(maximum, first)?;
    Ok(describe(maximum, first, standard, (cases, events), Some(tests)))
}

fn describe(
    maximum: &Maximum,
    first: &Evaluation,
    standard: &Standard,
    (cases, events): (usize, usize),
    tests: Option<GlobalTests>,
) -> CoxFit {
    let scale = DVector::from_column_slice(&standard.scale);
    CoxFit {
        coefficients: maximum.at.component_div(&scale).as_slice().to_vec(),
        covariance: maximum.covariance.component_div(&(&scale * scale.transpose())).as_slice().to_vec(),
        log_likelihood: maximum.value,
        null_log_likelihood: first.value,
        iterations: maximum.iterations,
        cases,
        events,
        tests,
        means: standard.centre.clone(),
        baselines: Vec::new(),
    }
}

/// Ridge weights for standardised coefficients.
fn standard_penalty(penalty: Option<&[f64]>, standard: &Standard) -> Result<Vec<f64>, StatsError> {
    let columns = standard.scale.len();
    let Some(weights) = penalty else { return Ok(vec![0.0; columns]) };
    if weights.len() != columns {
        return Err(StatsError::Length { what: "penalty", expected: columns, found: weights.len() });
    }
    if weights.iter().any(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(StatsError::Setting { what: "penalty", expected: "finite and not negative" });
    }
    Ok(weights.iter().zip(&standard.scale).map(|(weight, scale)| weight / (scale * scale)).collect())
}

/// A failure of the climb in words: `Constant`, `Collinear` or `InfiniteCoefficient` with the column, or `NotConverged`.
pub fn explain(failure: Failure) -> StatsError {
    match failure {
        Failure::Flat { parameter } => StatsError::Constant { column: parameter },
        Failure::Dependent { parameter } => StatsError::Collinear { column: parameter },
        Failure::Infinite { parameter, .. } => StatsError::InfiniteCoefficient { column: parameter },
        Failure::Stalled { iterations } => StatsError::NotConverged { what: "cox regression", iterations },
    }
}

fn global_tests(maximum: &Maximum, first: &Evaluation) -> Result<GlobalTests, StatsError> {
    let at_zero = Factor::new(&first.information, 0.0).map_err(explain)?;
    let at_fit = Factor::new(&maximum.covariance, 0.0).map_err(explain)?;
    let degrees = maximum.at.len();
    let test = |chi_square: f64| GlobalTest { chi_square, degrees, p: chi_square_upper_tail(chi_square, degrees) };
    Ok(GlobalTests {
        likelihood_ratio: test(2.0 * (maximum.value - first.value)),
        wald: test(maximum.at.dot(&at_fit.solve(&maximum.at))),
        score: test(first.gradient.dot(&at_zero.solve(&first.gradient))),
    })
}
