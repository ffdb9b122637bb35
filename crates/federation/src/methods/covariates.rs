//! Covariates and their common centre and scale, found from sums in the first round.

use renkei_stats::{Standard, StatsError};
use serde::{Deserialize, Serialize};

use super::{Answer, MethodError, Sums, Table};
use crate::egress::{Kind, PersonSet};

/// Coefficients (per standard deviation) beyond which sums are refused: so far out, exp(linear predictor) singles persons out.
const LIMIT: f64 = 30.0;
/// Variance, as a share of the squared mean and on the agreed scale, that is not told from rounding.
const NONE: f64 = 1e-10;

/// A column that enters a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// Name of the column.
    pub name: String,
    /// A round number near its mean, agreed beforehand so that sums keep their digits (age: 60).
    #[serde(default)]
    pub centre: f64,
    /// A round number near its standard deviation (age: 10).
    #[serde(default = "one")]
    pub scale: f64,
}

fn one() -> f64 {
    1.0
}

impl Covariate {
    /// A column in its own unit.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self { name: name.into(), centre: 0.0, scale: 1.0 }
    }
}

/// A point at which sums are asked for: coefficients of columns less `centre` over `scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Means of the whole cohort.
    pub centre: Vec<f64>,
    /// Its standard deviations.
    pub scale: Vec<f64>,
    /// The parameters.
    pub at: Vec<f64>,
    /// For sums by time: each time's sums are divided by two to this power, so that early and late ones keep as many digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exponents: Vec<i32>,
}

impl Point {
    pub(crate) fn standard(&self) -> Result<Standard, MethodError> {
        Ok(Standard::given(self.centre.clone(), self.scale.clone())?)
    }

    /// Whether all effects (what stands after `intercepts`) are within the limit.
    pub(crate) fn check(&self, intercepts: usize) -> Result<(), MethodError> {
        let effects = self.at.iter().skip(intercepts);
        let sound = self.at.iter().all(|value| value.is_finite()) && effects.copied().all(within);
        if sound { Ok(()) } else { Err(MethodError::Coefficients { limit: LIMIT }) }
    }
}

/// Whether a coefficient is no NaN and not beyond the limit.
pub(crate) fn within(coefficient: f64) -> bool {
    coefficient.abs() <= LIMIT
}

pub(crate) fn names(covariates: &[Covariate]) -> Vec<String> {
    covariates.iter().map(|covariate| covariate.name.clone()).collect()
}

pub(crate) fn check(covariates: &[Covariate]) -> Result<(), MethodError> {
    let mut names = names(covariates);
    names.sort();
    names.dedup();
    if covariates.is_empty() || names.len() != covariates.len() {
        return Err(MethodError::terms("covariates", "one or more are needed, each once"));
    }
    let sound = |c: &Covariate| c.centre.is_finite() && c.scale.is_finite() && c.scale > 0.0;
    match covariates.iter().find(|covariate| !sound(covariate)) {
        Some(odd) => {
            Err(MethodError::terms("covariates", format!("'{}' needs a finite centre and a scale above 0", odd.name)))
        }
        None => Ok(()),
    }
}

/// Sums and sums of squares of every column, from its agreed centre, in its agreed scale. Of a column that only says who has a
/// property (1 or 0), both tell how many have it: they are counts of those persons.
pub(crate) fn add_spread(answer: &mut Answer, covariates: &[Covariate], table: &Table) -> Result<(), MethodError> {
    let everyone = table.everyone();
    for (name, power) in [("sum", 1), ("sum of squares", 2)] {
        let mut numbers = Vec::with_capacity(covariates.len());
        for covariate in covariates {
            let column = table.column(&covariate.name)?;
            let of = |x: &f64| ((x - covariate.centre) / covariate.scale).powi(power);
            let sum = column.iter().map(of).sum::<f64>();
            let kind = match having(column, table) {
                Some(having) => (Kind::Count, having, None),
                None => {
                    let shares = table.concentration(column.iter().map(of).enumerate());
                    (Kind::Sum, everyone.clone(), Some(shares))
                }
            };
            numbers.push((sum, kind));
        }
        let numbers = numbers.iter().map(|(sum, (kind, persons, shares))| (*kind, *sum, persons, *shares));
        answer.add_of_kinds(name, names(covariates), numbers);
    }
    Ok(())
}

/// Those with a 1 in a column of ones and zeros; none for another column, and where all have the same.
fn having(column: &[f64], table: &Table) -> Option<PersonSet> {
    let property = column.iter().all(|value| *value == 0.0 || *value == 1.0) && table.one_row_each().is_ok();
    let having = table.set_where(|row| property && column[row] == 1.0);
    (!having.is_empty() && having != table.everyone()).then_some(having)
}

/// Means and standard deviations (divisor n) of the whole cohort of `cases`.
pub(crate) fn standard(covariates: &[Covariate], cases: u64, reals: &[f64]) -> Result<Standard, MethodError> {
    let (sums, squares) = reals.split_at(covariates.len());
    let (mut centre, mut scale) = (Vec::new(), Vec::new());
    for (column, covariate) in covariates.iter().enumerate() {
        let mean = sums[column] / cases as f64;
        let variance = squares[column] / cases as f64 - mean * mean;
        if variance.is_nan() || variance <= NONE * (1.0 + mean * mean) {
            return Err(StatsError::Constant { column }.into());
        }
        centre.push(covariate.centre + covariate.scale * mean);
        scale.push(covariate.scale * variance.sqrt());
    }
    Ok(Standard::given(centre, scale)?)
}

/// Persons and events: the first two counts of every round of a regression.
pub(crate) fn add_cohort(answer: &mut Answer, table: &Table, with_event: PersonSet) {
    answer.count("persons", ["persons".into()], [table.everyone()]);
    answer.count("events", ["events".into()], [with_event]);
}

/// Splits off the first two counts: persons and events.
pub(crate) fn cohort(total: &Sums) -> Result<(u64, u64), MethodError> {
    match total.counts[..] {
        [persons, events, ..] if events <= persons => Ok((persons, events)),
        _ => Err(MethodError::Contradiction { block: "events" }),
    }
}
