//! Variance that does not rest on the model: the sandwich of Lin and Wei (1989), as R `coxph(robust = TRUE)` and its `cluster`.

use std::collections::BTreeMap;

use nalgebra::DMatrix;

use super::{CoxFit, CoxSettings, likelihood::Shares, order::Sorted};
use crate::{
    Predictors, StatsError,
    gram::{Gram, dot},
    survival::{Outcomes, check_labels},
};

/// Covariance of the coefficients (row-major) from the score residuals, summed by cluster (by case if none is given): R
/// `coxph(cluster = )`. `fitted` is the fit of the same cases under the same `settings` and `strata`.
///
/// # Errors
/// `Length`; `Setting` for a fit with a penalty, which has no such variance, or for fewer than two clusters.
pub fn robust_covariance(
    fitted: &CoxFit,
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &CoxSettings,
    clusters: Option<&[usize]>,
) -> Result<Vec<f64>, StatsError> {
    if settings.penalty.is_some() {
        return Err(StatsError::Setting { what: "robust variance", expected: "asked for without a penalty" });
    }
    let residuals = score_residuals(fitted, outcomes, predictors, strata, settings)?;
    let columns = predictors.columns();
    let mut sums: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    if let Some(labels) = clusters {
        check_labels("clusters", labels, outcomes.rows(), usize::MAX)?;
    }
    for (case, residual) in residuals.chunks_exact(columns).enumerate() {
        let sum = sums.entry(clusters.map_or(case, |labels| labels[case])).or_insert_with(|| vec![0.0; columns]);
        sum.iter_mut().zip(residual).for_each(|(sum, value)| *sum += value);
    }
    if sums.len() < 2 {
        return Err(StatsError::Setting { what: "number of clusters", expected: "at least 2" });
    }
    let mut gram = Gram::new(columns);
    sums.values().for_each(|sum| gram.add(1.0, sum.iter().copied()));
    let bread = DMatrix::from_row_slice(columns, columns, &fitted.covariance);
    Ok((&bread * gram.finish() * &bread).as_slice().to_vec())
}

/// What every case adds to the slope of the log-likelihood at the fit, cases by predictors, row-major: R
/// `residuals(type = "score")`. Under Efron's ties the dying leave the risk set one by one, as in R.
///
/// # Errors
/// `Length` where cases, predictors or strata do not go together.
pub fn score_residuals(
    fitted: &CoxFit,
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &CoxSettings,
) -> Result<Vec<f64>, StatsError> {
    predictors.matching(outcomes.rows())?;
    Predictors::check_row(predictors.row(0), fitted.coefficients.len())?;
    if let Some(labels) = strata {
        check_labels("strata", labels, outcomes.rows(), usize::MAX)?;
    }
    let sorted = Sorted::new(outcomes, strata, 0..outcomes.rows());
    let columns = predictors.columns();
    let centred: Vec<f64> = (sorted.order.iter())
        .flat_map(|case| predictors.row(*case).iter().zip(&fitted.means).map(|(value, mean)| value - mean))
        .collect();
    let row = |place: usize| &centred[place * columns..(place + 1) * columns];
    let mut residuals = vec![0.0; centred.len()];
    for segment in &sorted.segments {
        let weights: Vec<f64> = segment.rows().map(|place| dot(&fitted.coefficients, row(place))).collect();
        let shift = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = |place: usize| (weights[place - segment.rows().start] - shift).exp();
        let add = |sums: &mut [f64], place: usize| {
            sums.iter_mut().zip(row(place)).for_each(|(sum, value)| *sum += weight(place) * value);
            weight(place)
        };
        // Over the steps so far: the hazard, and the hazard times the means of the risk sets.
        let (mut hazard, mut means) = (0.0, vec![0.0; columns]);
        let (mut at_risk, mut sums) = (0.0, vec![0.0; columns]);
        for step in &segment.steps {
            // What a case escapes of the whole stratum's hazard: the steps at later times than its own.
            for place in step.entering.clone() {
                at_risk += add(&mut sums, place);
                let to = &mut residuals[sorted.order[place] * columns..][..columns];
                for ((to, value), mean) in to.iter_mut().zip(row(place)).zip(&means) {
                    *to += weight(place) * (hazard * value - mean);
                }
            }
            let mut dying_sums = vec![0.0; columns];
            let dying: f64 = step.deaths.clone().map(|place| add(&mut dying_sums, place)).sum();
            let shares = Shares::new(at_risk, dying, step.deaths.len(), settings.ties);
            let ([whole, spared], [square, mixed, rest]) = (shares.first, shares.second);
            let deaths = step.deaths.len() as f64;
            for place in step.deaths.clone() {
                let to = &mut residuals[sorted.order[place] * columns..][..columns];
                for (column, (to, value)) in to.iter_mut().zip(row(place)).enumerate() {
                    let (all, dead) = (sums[column], dying_sums[column]);
                    *to += value - (whole * all - spared * dead) / deaths;
                    *to += weight(place) * (spared * value - (mixed * all - rest * dead));
                }
            }
            hazard += whole;
            for (mean, (all, dead)) in means.iter_mut().zip(sums.iter().zip(&dying_sums)) {
                *mean += square * all - mixed * dead;
            }
        }
        for place in segment.rows() {
            let to = &mut residuals[sorted.order[place] * columns..][..columns];
            for ((to, value), mean) in to.iter_mut().zip(row(place)).zip(&means) {
                *to -= weight(place) * (hazard * value - mean);
            }
        }
    }
    Ok(residuals)
}
