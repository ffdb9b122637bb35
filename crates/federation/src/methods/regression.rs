//! What all regressions share: a round for the spread of the covariates, then one round a point of the climb.

use nalgebra::{DMatrix, DVector};
use renkei_stats::{Climb, Evaluation, Failure, Maximum, Move, Standard, StatsError};
use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Covariate, MethodError, Outcome, Point, Sums, Table, covariates, sums::triangle};
use crate::egress::PersonSet;

/// How much a log-likelihood may be off by the rounding of up to 255 sites' reals to 2^-40.
const NOISE: f64 = 1.0 / (1_u64 << 32) as f64;

/// A regression on sums.
pub(crate) trait Regression {
    fn name(&self) -> &'static str;
    fn covariates(&self) -> &[Covariate];
    /// The persons with an event at a site, as the method counts them.
    fn with_event(&self, table: &Table) -> Result<PersonSet, MethodError>;
    /// Free parameters.
    fn parameters(&self) -> usize {
        self.covariates().len()
    }
    /// Further counts of the first round.
    fn add_first(&self, _table: &Table, _answer: &mut Answer) -> Result<(), MethodError> {
        Ok(())
    }
    /// Where the climb starts, how many intercepts it has, and the least information of a parameter, from the first total.
    fn start(&self, total: &Sums) -> Result<(DVector<f64>, usize, f64), MethodError>;
    /// The sums at a point: log-likelihood and derivatives, or what they follow from.
    fn add_slopes(&self, table: &Table, point: &Point, answer: &mut Answer) -> Result<(), MethodError>;
    /// Log-likelihood and derivatives of the whole cohort.
    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError>;
    /// The same with the expected information, for a method that closes with a round for it.
    fn add_expected(&self, _table: &Table, _point: &Point, _answer: &mut Answer) -> Result<(), MethodError> {
        Err(MethodError::Unexpected { method: self.name(), asked: "the expected information" })
    }
    /// How the sums at the next point are scaled, from the total at this one.
    fn exponents(&self, _point: &Point, _total: &Sums) -> Result<Vec<i32>, MethodError> {
        Ok(Vec::new())
    }
    fn explain(&self, failure: Failure) -> StatsError;
    /// The result, or none where a round for the expected information has to follow.
    fn conclude(&self, end: &End<'_>) -> Result<Option<Outcome>, MethodError>;
}

/// The end of a climb.
pub(crate) struct End<'a> {
    pub(crate) maximum: &'a Maximum,
    pub(crate) standard: &'a Standard,
    /// Totals of the first round, of the first point, and of the last one, with these points.
    pub(crate) spread: &'a Sums,
    pub(crate) first: (&'a Point, &'a Sums),
    pub(crate) last: (&'a Point, &'a Sums),
    /// Total of the round for the expected information, once there was one.
    pub(crate) expected: Option<&'a Sums>,
}

/// How far the hub is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Stage {
    Spread,
    Climb { climb: Climb, point: Point, spread: Sums, first: Option<(Point, Sums)> },
    Expected { climb: Climb, point: Point, spread: Sums, first: (Point, Sums), last: Sums },
}

/// What the hub does next.
pub(crate) enum Next {
    Ask(Box<Stage>, Ask),
    Done(Box<Outcome>),
}

/// A site's answer.
pub(crate) fn answer(method: &impl Regression, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
    table.one_row_each()?;
    let mut answer = Answer::default();
    covariates::add_cohort(&mut answer, table, method.with_event(table)?);
    match ask {
        Ask::Spread => {
            covariates::add_spread(&mut answer, method.covariates(), table)?;
            method.add_first(table, &mut answer)?;
        }
        Ask::Slopes(point) => method.add_slopes(table, point, &mut answer)?,
        Ask::Expected(point) => method.add_expected(table, point, &mut answer)?,
        other => return Err(MethodError::Unexpected { method: method.name(), asked: other.name() }),
    }
    Ok(answer)
}

/// The question at coefficients 0, with centre and scale of the table's own rows: its answer holds every set of persons that
/// later rounds sum over.
pub(crate) fn trial(method: &impl Regression, table: &Table) -> Result<Ask, MethodError> {
    let (mut centre, mut scale) = (Vec::new(), Vec::new());
    for covariate in method.covariates() {
        let column = table.column(&covariate.name)?;
        let rows = column.len().max(1) as f64;
        let mean = column.iter().sum::<f64>() / rows;
        let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows).sqrt();
        centre.push(mean);
        scale.push(if deviation > 0.0 { deviation } else { covariate.scale });
    }
    Ok(Ask::Slopes(Point { centre, scale, at: vec![0.0; method.parameters()], exponents: Vec::new() }))
}

/// The hub's step from a total.
pub(crate) fn step(method: &impl Regression, stage: Stage, total: &Sums) -> Result<Next, MethodError> {
    match stage {
        Stage::Spread => begin(method, total),
        Stage::Climb { mut climb, point, spread, first } => {
            let before = climb.clone();
            let next = method.evaluation(&point, total)?;
            let first = first.unwrap_or_else(|| (point.clone(), total.clone()));
            match climb.advance(&next).map_err(|failure| method.explain(failure))? {
                Move::Evaluate(at) => {
                    let intercepts = climb_intercepts(method, &spread)?;
                    let exponents = method.exponents(&point, total)?;
                    let point = Point { at: at.as_slice().to_vec(), exponents, ..point };
                    if point.check(intercepts).is_err() {
                        return Err(runaway(method, &point, intercepts, next.value).into());
                    }
                    let ask = Ask::Slopes(point.clone());
                    let stage = Stage::Climb { climb, point, spread, first: Some(first) };
                    Ok(Next::Ask(Box::new(stage), ask))
                }
                // The climb before this total gives the same maximum again once the last round is in.
                Move::Done(maximum) => {
                    let standard = point.standard()?;
                    let end = End {
                        maximum: &maximum,
                        standard: &standard,
                        spread: &spread,
                        first: (&first.0, &first.1),
                        last: (&point, total),
                        expected: None,
                    };
                    match method.conclude(&end)? {
                        Some(outcome) => Ok(Next::Done(Box::new(outcome))),
                        None => {
                            let ask = Ask::Expected(Point { at: maximum.at.as_slice().to_vec(), ..point.clone() });
                            let last = total.clone();
                            let stage = Stage::Expected { climb: before, point, spread, first, last };
                            Ok(Next::Ask(Box::new(stage), ask))
                        }
                    }
                }
            }
        }
        Stage::Expected { mut climb, point, spread, first, last } => {
            let next = method.evaluation(&point, &last)?;
            let Move::Done(maximum) = climb.advance(&next).map_err(|failure| method.explain(failure))? else {
                return Err(MethodError::Done);
            };
            let standard = point.standard()?;
            let end = End {
                maximum: &maximum,
                standard: &standard,
                spread: &spread,
                first: (&first.0, &first.1),
                last: (&point, &last),
                expected: Some(total),
            };
            let outcome = method.conclude(&end)?.ok_or(MethodError::Done)?;
            Ok(Next::Done(Box::new(outcome)))
        }
    }
}

/// Means and standard deviations of a cohort that has events.
pub(crate) fn common_standard(covariates: &[Covariate], total: &Sums) -> Result<Standard, MethodError> {
    let (persons, events) = covariates::cohort(total)?;
    if persons == 0 {
        return Err(StatsError::Empty { what: "the cohort of all sites" }.into());
    }
    if events == 0 {
        return Err(StatsError::NoEvents { what: "the cohort of all sites" }.into());
    }
    covariates::standard(covariates, persons, &total.reals)
}

fn begin(method: &impl Regression, total: &Sums) -> Result<Next, MethodError> {
    let standard = common_standard(method.covariates(), total)?;
    let (start, nuisance, floor) = method.start(total)?;
    let climb = Climb::new(&start, nuisance, floor, NOISE);
    let [centre, scale] = [standard.centre(), standard.scale()].map(<[f64]>::to_vec);
    let point = Point { centre, scale, at: start.as_slice().to_vec(), exponents: Vec::new() };
    let ask = Ask::Slopes(point.clone());
    let stage = Stage::Climb { climb, point, spread: total.clone(), first: None };
    Ok(Next::Ask(Box::new(stage), ask))
}

fn climb_intercepts(method: &impl Regression, spread: &Sums) -> Result<usize, MethodError> {
    Ok(method.start(spread)?.1)
}

/// A parameter beyond the limit has run away.
fn runaway(method: &impl Regression, point: &Point, intercepts: usize, value: f64) -> StatsError {
    let beyond = point.at.iter().skip(intercepts).position(|at| !covariates::within(*at));
    method.explain(Failure::Infinite { parameter: intercepts + beyond.unwrap_or(0), value })
}

/// The person number of every real of a symmetric matrix's upper triangle that is kept, with its label.
pub(crate) fn kept(parameters: usize, keep: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    (0..parameters).flat_map(|i| (i..parameters).map(move |j| (i, j))).filter(|(i, j)| keep(*i, *j)).collect()
}

/// The kept part of an information matrix, with labels.
pub(crate) fn kept_information(
    labels: &[String],
    information: &DMatrix<f64>,
    places: &[(usize, usize)],
) -> (Vec<String>, Vec<f64>) {
    let all: Vec<String> = triangle(labels).collect();
    let place = |i: usize, j: usize| i * labels.len() - i * (i + 1) / 2 + j;
    places.iter().map(|(i, j)| (all[place(*i, *j)].clone(), information[(*i, *j)])).unzip()
}

/// The matrix from what was kept of it.
pub(crate) fn information(parameters: usize, places: &[(usize, usize)], reals: &[f64]) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(parameters, parameters);
    for ((i, j), value) in places.iter().zip(reals) {
        matrix[(*i, *j)] = *value;
        matrix[(*j, *i)] = *value;
    }
    matrix
}
