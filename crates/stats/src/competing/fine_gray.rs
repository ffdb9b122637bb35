//! Proportional subdistribution hazards (Fine and Gray 1999), as R `cmprsk::crr`, in linear time an iteration (the sums
//! of Kawaguchi et al. 2021).
//!
//! `crr` is followed, not `finegray` + `coxph` of survival: ties are Breslow's, the censoring distribution counts the
//! events of a time as at risk of being censored then, and the covariance is the sandwich of the paper, with the
//! estimation of that distribution. The two differ by about 1e-5 in the coefficients.

use nalgebra::DVector;
use serde::{Deserialize, Serialize};

use super::{CompetingOutcomes, outcomes::check_cause, subdistribution::Subdistribution};
use crate::{
    Predictors, StatsError,
    cox::Baseline,
    gram::dot,
    newton::{Failure, maximise},
};

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FineGray {
    /// The cause.
    pub cause: usize,
    /// Log subdistribution hazard ratios, one a predictor.
    pub coefficients: Vec<f64>,
    /// Their robust covariance, row-major.
    pub covariance: Vec<f64>,
    /// Log-likelihood at the coefficients.
    pub log_likelihood: f64,
    /// Log-likelihood at 0.
    pub null_log_likelihood: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Cases.
    pub cases: usize,
    /// Events of the cause.
    pub events: usize,
    /// Means of the predictors: where the baseline stands.
    pub means: Vec<f64>,
    /// Cumulative subdistribution hazard of a case at the means.
    pub baseline: Baseline,
}

impl FineGray {
    /// Standard errors of the coefficients.
    pub fn std_errors(&self) -> Vec<f64> {
        let width = self.coefficients.len();
        (0..width).map(|column| self.covariance[column * width + column].sqrt()).collect()
    }

    /// P(event of the cause up to `time`) of a case.
    ///
    /// # Errors
    /// `Length` unless the row has one value a predictor.
    pub fn incidence(&self, row: &[f64], time: f64) -> Result<f64, StatsError> {
        Predictors::check_row(row, self.coefficients.len())?;
        let distance = dot(&self.coefficients, row) - dot(&self.coefficients, &self.means);
        Ok(-(-self.baseline.at(time) * distance.exp()).exp_m1())
    }
}

/// Fits the incidence of `cause`.
///
/// # Errors
/// `Length`; `Setting` for a cause that is not one of the outcomes; `NoEvents` of the cause; `Constant`, `Collinear`
/// and `InfiniteCoefficient` with the column; `NotConverged`.
pub fn fine_gray(
    outcomes: &CompetingOutcomes<'_>,
    predictors: &Predictors<'_>,
    cause: usize,
) -> Result<FineGray, StatsError> {
    predictors.matching(outcomes.rows())?;
    check_cause(cause, outcomes.causes())?;
    let events = outcomes.cause().iter().filter(|of| **of == cause).count();
    if events == 0 {
        return Err(StatsError::NoEvents { what: "the cause of interest" });
    }
    let mut model = Subdistribution::new(outcomes, predictors, cause)?;
    let start = DVector::zeros(predictors.columns());
    let first = model.evaluate(&start);
    // A standardised predictor brings about 1 of information an event.
    let floor = 1e-10 * events as f64;
    let maximum = maximise(start, first.clone(), 0, floor, |at| model.evaluate(at)).map_err(explain)?;
    let log_likelihood = model.evaluate(&maximum.at).value;
    let influence = model.influence() * &maximum.covariance;
    let scale = DVector::from_column_slice(&model.standard.scale);
    let covariance = influence.tr_mul(&influence).component_div(&(&scale * scale.transpose()));
    Ok(FineGray {
        cause,
        coefficients: maximum.at.component_div(&scale).as_slice().to_vec(),
        covariance: covariance.as_slice().to_vec(),
        log_likelihood,
        null_log_likelihood: first.value,
        iterations: maximum.iterations,
        cases: outcomes.rows(),
        events,
        means: model.standard.centre.clone(),
        baseline: Baseline::new(0, model.hazards()),
    })
}

fn explain(failure: Failure) -> StatsError {
    match failure {
        Failure::Flat { parameter } => StatsError::Constant { column: parameter },
        Failure::Dependent { parameter } => StatsError::Collinear { column: parameter },
        Failure::Infinite { parameter, .. } => StatsError::InfiniteCoefficient { column: parameter },
        Failure::Stalled { iterations } => StatsError::NotConverged { what: "subdistribution regression", iterations },
    }
}
