//! Log-likelihood, gradient and information of a yearly hazard, summed by interval.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{Effects, Link, YearRows};
use crate::{
    Predictors, StatsError,
    gram::{Gram, dot},
    newton::{Evaluation, Failure},
    standard::Standard,
};

/// Where the parameters stand: first the intercepts of all intervals, then the effects (one row an interval if by year).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) intervals: usize,
    pub(crate) columns: usize,
    pub(crate) effects: Effects,
}

impl Layout {
    pub(crate) fn parameters(&self) -> usize {
        self.intervals + self.effect_rows() * self.columns
    }

    pub(crate) fn effect_rows(&self) -> usize {
        if self.effects == Effects::ByYear { self.intervals } else { 1 }
    }

    /// Place of the effect of a column in an interval.
    pub(crate) fn effect(&self, interval: usize, column: usize) -> usize {
        let row = if self.effects == Effects::ByYear { interval } else { 0 };
        self.intervals + row * self.columns + column
    }

    /// Place of slot 0 (the intercept) or slot 1 + column of an interval.
    fn slot(&self, interval: usize, slot: usize) -> usize {
        if slot == 0 { interval } else { self.effect(interval, slot - 1) }
    }

    /// Puts a failure of the climb into words.
    pub(crate) fn explain(&self, failure: Failure) -> StatsError {
        let (parameter, infinite) = match failure {
            Failure::Flat { parameter } | Failure::Dependent { parameter } => (parameter, false),
            Failure::Infinite { parameter, .. } => (parameter, true),
            Failure::Stalled { iterations } => return StatsError::NotConverged { what: "yearly hazard", iterations },
        };
        let Some(effect) = parameter.checked_sub(self.intervals) else {
            return StatsError::YearWithoutContrast { interval: parameter };
        };
        let (interval, column) = (effect / self.columns, effect % self.columns);
        match (self.effects, infinite) {
            (Effects::Common, false) => StatsError::Collinear { column },
            (Effects::Common, true) => StatsError::InfiniteCoefficient { column },
            (Effects::ByYear, false) => StatsError::YearNotIdentified { interval, column },
            (Effects::ByYear, true) => StatsError::InfiniteYearEffect { interval, column },
        }
    }
}

/// Predictors of all cases, standardised.
#[derive(Debug)]
pub(crate) struct Cases {
    pub(crate) standard: Standard,
    columns: usize,
    values: Vec<f64>,
}

impl Cases {
    pub(crate) fn new(predictors: &Predictors<'_>, standard: Standard) -> Self {
        let values = predictors.iter().flat_map(|row| standard.apply(row)).collect();
        Self { standard, columns: predictors.columns(), values }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn row(&self, case: usize) -> &[f64] {
        &self.values[case * self.columns..(case + 1) * self.columns]
    }
}

/// Which second derivative: the observed one climbs fastest, the expected one is R's covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curvature {
    /// That of the outcomes seen.
    Observed,
    /// Its expectation under the model.
    Expected,
}

/// Start of the climb: every interval at its own hazard, no effects. `years` holds rows and events by interval.
pub(crate) fn start(layout: &Layout, link: Link, years: impl Iterator<Item = (usize, usize)>) -> DVector<f64> {
    let mut start = DVector::zeros(layout.parameters());
    for (interval, (rows, events)) in years.enumerate() {
        start[interval] = link.inverse(events as f64 / rows as f64);
    }
    start
}

/// Evaluates the model at standardised parameters; `years` holds one list of rows an interval of `layout`.
pub(crate) fn evaluate(
    (cases, years): (&Cases, &[YearRows]),
    layout: &Layout,
    link: Link,
    curvature: Curvature,
    at: &DVector<f64>,
) -> Evaluation {
    let size = layout.parameters();
    let mut sum = Evaluation { value: 0.0, gradient: DVector::zeros(size), information: DMatrix::zeros(size, size) };
    for (interval, rows) in years.iter().enumerate() {
        let first = layout.effect(interval, 0);
        let own = evaluate_interval(cases, rows, link, curvature, (at[interval], &at.as_slice()[first..]));
        sum.value += own.value;
        for a in 0..=layout.columns {
            let row = layout.slot(interval, a);
            sum.gradient[row] += own.gradient[a];
            for b in 0..=layout.columns {
                sum.information[(row, layout.slot(interval, b))] += own.information[(a, b)];
            }
        }
    }
    sum
}

/// The sums of one interval, intercept first.
fn evaluate_interval(
    cases: &Cases,
    rows: &YearRows,
    link: Link,
    curvature: Curvature,
    (intercept, effects): (f64, &[f64]),
) -> Evaluation {
    let effects = &effects[..cases.columns()];
    let (mut value, mut gradient) = (0.0, DVector::zeros(cases.columns() + 1));
    let mut gram = Gram::new(cases.columns() + 1);
    for (case, event) in rows.case.iter().zip(&rows.event) {
        let row = cases.row(*case);
        let terms = link.terms(intercept + dot(effects, row), *event);
        value += terms.value;
        gradient[0] += terms.slope;
        gradient.iter_mut().skip(1).zip(row).for_each(|(slope, x)| *slope += terms.slope * x);
        let weight = if curvature == Curvature::Observed { terms.observed } else { terms.expected };
        gram.add(weight.sqrt(), std::iter::once(1.0).chain(row.iter().copied()));
    }
    Evaluation { value, gradient, information: gram.finish() }
}
