//! Cross-validation by differences of the partial likelihood (van Houwelingen and others 2006), as R `cv.glmnet`.

use serde::{Deserialize, Serialize};

use super::{
    ElasticNetPath, ElasticNetSettings, Lambdas,
    path::{check, fit_cases},
    risk::{Risk, Slopes},
};
use crate::{
    Predictors, StatsError,
    gram::dot,
    parallel,
    standard::Standard,
    survival::{Outcomes, check_labels},
};

/// A path with its deviance on cases left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// The path of all cases.
    pub path: ElasticNetPath,
    /// Mean deviance an event left out, by lambda (R `cvm`).
    pub mean: Vec<f64>,
    /// Its standard error over folds (R `cvsd`).
    pub std_err: Vec<f64>,
    /// Place of the lambda with the lowest mean.
    pub lowest: usize,
    /// Place of the largest lambda whose mean is within one standard error of the lowest.
    pub one_std_err: usize,
}

/// Fits the path, then the same lambdas without each fold (`fold` by case, labels from 0). The deviance of a fold is
/// that of all cases less that of the cases fitted on, both under the fold's coefficients, over its events: R
/// `cv.glmnet(lambda = those of the path, type.measure = "deviance", grouped = TRUE)`.
///
/// # Errors
/// As [`super::fit`]; `Setting` for fewer than three folds, or a label below the largest that no case has; `NoEvents`
/// for a fold without events, or with all.
pub fn cross_validate(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &ElasticNetSettings,
    fold: &[usize],
) -> Result<CrossValidation, StatsError> {
    let factors = check(outcomes, predictors, strata, settings)?;
    check_labels("fold", fold, outcomes.rows(), outcomes.rows())?;
    Standard::new(predictors)?;
    let folds = fold.iter().max().map_or(0, |last| last + 1);
    if folds < 3 || (0..folds).any(|label| !fold.contains(&label)) {
        return Err(StatsError::Setting { what: "folds", expected: "three or more, each with a case" });
    }
    let all = (0..outcomes.rows()).collect();
    let path = fit_cases(outcomes, predictors, strata, (settings, &factors), all, usize::MAX)?;
    let lambdas = path.points.iter().map(|point| point.lambda).collect();
    let given = ElasticNetSettings { lambdas: Lambdas::Given(lambdas), ..settings.clone() };
    let whole = Risk::new(outcomes, strata, 0..outcomes.rows());
    let parts = parallel::map(0..folds, |label| -> Result<(Vec<f64>, f64), StatsError> {
        let kept: Vec<usize> = (0..fold.len()).filter(|case| fold[*case] != label).collect();
        let part = Risk::new(outcomes, strata, kept.iter().copied());
        let events = whole.events() - part.events();
        if events == 0 || part.events() == 0 {
            return Err(StatsError::NoEvents { what: "a fold, or all others" });
        }
        let fitted = fit_cases(outcomes, predictors, strata, (&given, &factors), kept, usize::MAX)?;
        let left_out = |coefficients: &[f64]| {
            let [all, kept] = [&whole, &part].map(|risk| deviance(risk, predictors, coefficients));
            (all - kept) / events as f64
        };
        Ok((fitted.points.iter().map(|point| left_out(&point.coefficients)).collect(), events as f64))
    });
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (mean, std_err): (Vec<f64>, Vec<f64>) = (0..path.points.len()).map(|place| summarise(&parts, place)).unzip();
    let lowest = (0..mean.len()).fold(0, |best, place| if mean[place] < mean[best] { place } else { best });
    let limit = mean[lowest] + std_err[lowest];
    let one_std_err = mean.iter().position(|mean| *mean <= limit).unwrap_or(lowest);
    Ok(CrossValidation { path, mean, std_err, lowest, one_std_err })
}

fn deviance(risk: &Risk, predictors: &Predictors<'_>, coefficients: &[f64]) -> f64 {
    let linear: Vec<f64> = risk.order.iter().map(|case| dot(coefficients, predictors.row(*case))).collect();
    let mut slopes = Slopes::default();
    risk.evaluate(&linear, &mut slopes);
    risk.deviance(slopes.log_likelihood)
}

/// Mean over folds, weighted by events, and its standard error.
fn summarise(parts: &[(Vec<f64>, f64)], place: usize) -> (f64, f64) {
    let events: f64 = parts.iter().map(|(_, events)| events).sum();
    let mean = parts.iter().map(|(values, events)| values[place] * events).sum::<f64>() / events;
    let square = parts.iter().map(|(values, events)| (values[place] - mean).powi(2) * events).sum::<f64>() / events;
    (mean, (square / (parts.len() - 1) as f64).sqrt())
}
