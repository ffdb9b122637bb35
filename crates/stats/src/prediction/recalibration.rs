//! How predicted risks would have to be moved and stretched to fit: calibration in the large and calibration slope,
//! both on the complementary log-log scale log(-log(1 - risk)), on which a Cox model's linear predictor stands.
//!
//! 1 - exp(-H) rounds to 1 from a cumulative hazard H of 37 on, so for a risk of 1 the largest number below 1 is taken.
//! A risk of exactly 0 is refused.

use nalgebra::{DMatrix, DVector};

use super::{check_reached, check_risk};
use crate::{
    Estimate, Predictors, StatsError,
    cox::{CoxSettings, fit},
    hazard::Link,
    newton::{Evaluation, Failure, maximise},
    survival::{Censoring, Outcomes, RiskTable, std_err},
};

/// The calibration slope (van Houwelingen 2000, McLernon et al. 2023): the coefficient of log(-log(1 - risk)) in a Cox
/// model (Efron) of the follow-up up to `horizon`; R `coxph(Surv(pmin(time, t), event & time <= t) ~ log(-log(1 -
/// risk)))`. 1 is perfect; below 1 the predictions are too extreme (overfitted).
///
/// # Errors
/// `Length`, `Probability` and `ZeroRisk` with the row; `Setting` for a horizon that is not finite and above
/// 0; `NoControls` when all follow-up ends in censoring before it; `NoEvents` up to it; `Constant` when all predictions
/// are the same, `InfiniteCoefficient` when they separate the events perfectly (column 0).
pub fn calibration_slope(outcomes: &Outcomes<'_>, risk: &[f64], horizon: f64) -> Result<Estimate, StatsError> {
    let stretched = complementary_log_log(outcomes, risk)?;
    check_reached(&RiskTable::new(outcomes), horizon)?;
    // Later follow-up changes no risk set of an event up to the horizon, so the times may stay.
    let event: Vec<bool> = outcomes.time().iter().zip(outcomes.event()).map(|(t, e)| *e && *t <= horizon).collect();
    if !event.contains(&true) {
        return Err(StatsError::NoEvents { what: "the time up to the horizon" });
    }
    let (cut, predictors) = (Outcomes::new(outcomes.time(), &event)?, Predictors::new(&stretched, 1)?);
    let fitted = fit(&cut, &predictors, None, &CoxSettings::default())?;
    Ok(Estimate { estimate: fitted.coefficients[0], std_err: fitted.std_errors()[0] })
}

/// Calibration in the large at `horizon`: the intercept that has to be added to log(-log(1 - risk)), the log of the
/// factor by which the cumulative hazard is underestimated. 0 is perfect. It is the intercept of a binomial model of
/// the event by the horizon with complementary log-log link and the prediction as offset, each case with its inverse
/// probability of censoring weight: R `glm(event ~ offset(log(-log(1 - risk))), quasibinomial("cloglog"), weights =
/// w)`. The standard error is robust and counts the estimation of the weights.
///
/// # Errors
/// `Length`, `Probability` and `ZeroRisk` with the row; `Setting` for a horizon that is not finite and above
/// 0, or a single case; `NoEvents` up to the horizon; `NoControls` when nobody is followed beyond it.
pub fn calibration_in_the_large(outcomes: &Outcomes<'_>, risk: &[f64], horizon: f64) -> Result<Estimate, StatsError> {
    let offset = complementary_log_log(outcomes, risk)?;
    let censoring = Censoring::new(outcomes);
    let weights = censoring.weights(outcomes, horizon)?;
    let happened: Vec<bool> = outcomes.time().iter().map(|time| *time <= horizon).collect();
    if !happened.contains(&false) {
        return Err(StatsError::NoControls { what: "the horizon" });
    }
    if !happened.iter().zip(&weights).any(|(happened, weight)| *happened && *weight > 0.0) {
        return Err(StatsError::NoEvents { what: "the time up to the horizon" });
    }
    let terms = |row: usize, shift: f64| Link::ComplementaryLogLog.terms(offset[row] + shift, happened[row]);
    let evaluate = |at: &DVector<f64>| {
        let (mut value, mut slope, mut curvature) = (0.0, 0.0, 0.0);
        for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let own = terms(row, at[0]);
            (value, slope) = (value + weight * own.value, slope + weight * own.slope);
            curvature += weight * own.observed;
        }
        let information = DMatrix::from_element(1, 1, curvature);
        Evaluation { value, gradient: DVector::from_element(1, slope), information }
    };
    let start = DVector::zeros(1);
    let failed = |failure| match failure {
        Failure::Stalled { iterations } => StatsError::NotConverged { what: "calibration in the large", iterations },
        _ => StatsError::InfiniteCoefficient { column: 0 },
    };
    let maximum = maximise(start.clone(), evaluate(&start), 0, 0.0, evaluate).map_err(failed)?;
    let (estimate, per_slope) = (maximum.at[0], maximum.covariance[(0, 0)]);
    let part = |(row, weight): (usize, &f64)| {
        if *weight > 0.0 { weight * terms(row, estimate).slope * per_slope } else { 0.0 }
    };
    let parts: Vec<f64> = weights.iter().enumerate().map(part).collect();
    let mut influence = parts.clone();
    censoring.add_influence(outcomes, &parts, horizon, &mut influence);
    Ok(Estimate { estimate, std_err: std_err(&influence)? })
}

fn complementary_log_log(outcomes: &Outcomes<'_>, risk: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_risk(risk, outcomes.rows())?;
    let below_one = 1.0 - 0.5 * f64::EPSILON;
    match risk.iter().position(|value| *value == 0.0) {
        Some(row) => Err(StatsError::ZeroRisk { row }),
        None => Ok(risk.iter().map(|value| Link::ComplementaryLogLog.inverse(value.min(below_one))).collect()),
    }
}
