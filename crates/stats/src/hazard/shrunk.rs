//! Year-specific effects with a ridge and a fused ridge, for the picture of effects by year.

use nalgebra::DVector;
use serde::{Deserialize, Serialize};

use super::{
    Effects, HazardFit, Link, YearRows, Years,
    fit::{describe, prepare},
    likelihood::{Curvature, Layout, evaluate, start},
};
use crate::{Predictors, StatsError, newton::Evaluation, newton::maximise, standard::Standard, survival::Outcomes};

/// Weights of the penalty, on the scale of the predictors as given: standardise them first if they differ in unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// Half of it times the square of every effect is taken from the log-likelihood.
    pub ridge: f64,
    /// Half of it times the square of every difference of neighbouring years (a fused ridge).
    pub fused: f64,
}

/// Year-specific effects, drawn towards 0 and towards their neighbours. The covariance is the inverse of the penalised
/// information, so the intervals are those of a Gaussian prior (Gray 1992, Wood 2006): fit for a heat map, not for a test.
///
/// # Errors
/// As [`super::fit`]; `Setting` for a weight that is negative or not finite.
pub fn fit_shrunk(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    years: &Years,
    link: Link,
    shrinkage: &Shrinkage,
) -> Result<HazardFit, StatsError> {
    if [shrinkage.ridge, shrinkage.fused].iter().any(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(StatsError::Setting { what: "shrinkage", expected: "finite and not negative" });
    }
    let (cases, rows) = prepare(outcomes, predictors, years)?;
    let layout = Layout { intervals: rows.years.len(), columns: cases.columns(), effects: Effects::ByYear };
    let model = |at: &DVector<f64>| {
        let plain = evaluate((&cases, &rows.years), &layout, link, Curvature::Observed, at);
        penalised(plain, at, &layout, shrinkage, &cases.standard)
    };
    let start = start(&layout, link, rows.years.iter().map(YearRows::counts));
    let maximum = maximise(start.clone(), model(&start), layout.intervals, 1e-10, model)
        .map_err(|failure| layout.explain(failure))?;
    let plain = evaluate((&cases, &rows.years), &layout, link, Curvature::Observed, &maximum.at).value;
    Ok(describe(&maximum, plain, &cases.standard, (rows.rows(), rows.events()), &layout, years, link))
}

fn penalised(
    mut sum: Evaluation,
    at: &DVector<f64>,
    layout: &Layout,
    shrinkage: &Shrinkage,
    standard: &Standard,
) -> Evaluation {
    for (column, scale) in standard.scale.iter().enumerate() {
        let (ridge, fused) = (shrinkage.ridge / (scale * scale), shrinkage.fused / (scale * scale));
        for interval in 0..layout.intervals {
            let own = layout.effect(interval, column);
            sum.value -= 0.5 * ridge * at[own] * at[own];
            sum.gradient[own] -= ridge * at[own];
            sum.information[(own, own)] += ridge;
            if interval == 0 {
                continue;
            }
            let before = layout.effect(interval - 1, column);
            let rise = at[own] - at[before];
            sum.value -= 0.5 * fused * rise * rise;
            sum.gradient[own] -= fused * rise;
            sum.gradient[before] += fused * rise;
            for (row, other, sign) in [(own, own, 1.0), (before, before, 1.0), (own, before, -1.0), (before, own, -1.0)]
            {
                sum.information[(row, other)] += sign * fused;
            }
        }
    }
    sum
}
