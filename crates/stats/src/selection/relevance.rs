//! Minimum redundancy, maximum relevance (Peng, Long and Ding 2005) for censored outcomes.

use serde::{Deserialize, Serialize};

use crate::{
    Predictors, StatsError,
    elastic_net::{Risk, Slopes},
    gram::dot,
    standard::Standard,
    survival::{Outcomes, check_labels},
};

/// Squared correlation at most, so that a copy is very redundant, not infinitely so.
const SQUARE: f64 = 1.0 - 1e-12;

/// One place of the order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The predictor.
    pub column: usize,
    /// Its dependence on the outcome, in nats.
    pub relevance: f64,
    /// Its mean dependence on the predictors before it, in nats; 0 for the first.
    pub redundancy: f64,
}

/// The first `count` predictors in mRMR order: each is the one with the largest relevance less redundancy (Peng's
/// difference form); of equals the first column.
///
/// Dependence is the mutual information of two normal variables with the correlation r found, -ln(1 - r^2) / 2. Between
/// predictors r is Spearman's correlation. Between a predictor and the outcome it is the correlation of its ranks with
/// the martingale residuals of the model without predictors (event less cumulative hazard, by stratum): what the
/// log-rank test scores, so that censored cases count for the time they were seen.
///
/// # Errors
/// `Length`; `NoEvents`; `Constant` with the column; `Setting` unless `count` is from 1 to the number of predictors.
pub fn relevance_order(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    count: usize,
) -> Result<Vec<Ranked>, StatsError> {
    predictors.matching(outcomes.rows())?;
    if let Some(labels) = strata {
        check_labels("strata", labels, outcomes.rows(), usize::MAX)?;
    }
    if count == 0 || count > predictors.columns() {
        return Err(StatsError::Setting { what: "number of places", expected: "from 1 to the number of predictors" });
    }
    if outcomes.events() == 0 {
        return Err(StatsError::NoEvents { what: "relevance" });
    }
    Standard::new(predictors)?;
    let ranks: Vec<Vec<f64>> = (0..predictors.columns())
        .map(|column| unit(ranks(&predictors.iter().map(|row| row[column]).collect::<Vec<_>>())))
        .collect();
    let residuals = unit(residuals(outcomes, strata));
    let relevance: Vec<f64> = ranks.iter().map(|ranks| information(ranks, &residuals)).collect();
    let mut redundancy = vec![0.0; ranks.len()];
    let mut order: Vec<Ranked> = Vec::with_capacity(count);
    let mut left: Vec<usize> = (0..ranks.len()).collect();
    while order.len() < count {
        let mean = |column: usize| if order.is_empty() { 0.0 } else { redundancy[column] / order.len() as f64 };
        let score = |place: usize| relevance[left[place]] - mean(left[place]);
        let best = (1..left.len()).fold(0, |best, place| if score(place) > score(best) { place } else { best });
        let column = left[best];
        order.push(Ranked { column, relevance: relevance[column], redundancy: mean(column) });
        left.remove(best);
        left.iter().for_each(|other| redundancy[*other] += information(&ranks[*other], &ranks[column]));
    }
    Ok(order)
}

/// Martingale residuals without predictors, by case.
fn residuals(outcomes: &Outcomes<'_>, strata: Option<&[usize]>) -> Vec<f64> {
    let risk = Risk::new(outcomes, strata, 0..outcomes.rows());
    let mut slopes = Slopes::default();
    risk.evaluate(&vec![0.0; outcomes.rows()], &mut slopes);
    let mut residuals = vec![0.0; outcomes.rows()];
    risk.order.iter().zip(&slopes.slope).for_each(|(case, slope)| residuals[*case] = *slope);
    residuals
}

/// Mean ranks of tied values.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut ranks, mut first) = (vec![0.0; values.len()], 0);
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        tied.iter().for_each(|row| ranks[*row] = first as f64 + (tied.len() - 1) as f64 / 2.0);
        first += tied.len();
    }
    ranks
}

/// Centred, with length 1 (0 if all are equal).
fn unit(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = dot(&values, &values).sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}

fn information(a: &[f64], b: &[f64]) -> f64 {
    -0.5 * (1.0 - dot(a, b).powi(2).min(SQUARE)).ln()
}
