//! The path of penalties with warm starts.

use serde::{Deserialize, Serialize};

use super::{
    descent::{Penalty, State},
    design::Design,
    risk::Risk,
};
use crate::{
    Predictors, StatsError,
    gram::dot,
    standard::Standard,
    survival::{Outcomes, check_labels},
};

/// Squared step (in standard errors) that counts as none, as a share of the null deviance: glmnet's `thresh`, whose
/// default of 1e-7 leaves hundredths of a standard error open.
const SETTLED: f64 = 1e-25;
/// Predictors without a penalty at most; a model of more is a Cox regression.
const UNPENALISED: usize = 1000;
/// glmnet stops its own path where four steps explain less than this share more...
const FLAT: f64 = 1e-3;
/// ... or where this share of the deviance is explained.
const EXPLAINED: f64 = 0.999;

/// The penalties of a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lambdas {
    /// So many, in equal ratios from the smallest that leaves every penalised coefficient at 0, down to 1e-4 of it
    /// (1e-2 for fewer cases than predictors); the path ends before where it explains hardly more (glmnet's rule).
    Automatic(usize),
    /// These, descending, without an early end.
    Given(Vec<f64>),
}

/// Settings of a path; the default is glmnet's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetSettings {
    /// Share of the lasso in the penalty, from 0 (ridge) to 1 (lasso).
    pub alpha: f64,
    /// The penalties.
    pub lambdas: Lambdas,
    /// Factor of every predictor's penalty; 0 leaves it unpenalised. They are scaled to mean 1. All 1 if none.
    pub penalty_factors: Option<Vec<f64>>,
    /// Whether predictors are penalised in standard deviations (else in their own units).
    pub standardise: bool,
}

impl Default for ElasticNetSettings {
    fn default() -> Self {
        Self { alpha: 1.0, lambdas: Lambdas::Automatic(100), penalty_factors: None, standardise: true }
    }
}

/// The model at one penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// The penalty.
    pub lambda: f64,
    /// Log hazard ratios on the scale of the predictors as given.
    pub coefficients: Vec<f64>,
    /// Partial log-likelihood (Breslow), without the penalty.
    pub log_likelihood: f64,
    /// Share of the null deviance that is explained.
    pub deviance_ratio: f64,
}

impl PathPoint {
    /// Columns with a coefficient other than 0.
    pub fn chosen(&self) -> impl Iterator<Item = usize> {
        self.coefficients.iter().enumerate().filter(|(_, value)| **value != 0.0).map(|(column, _)| column)
    }

    /// Log hazard ratio of a case against one whose predictors are all 0.
    ///
    /// # Errors
    /// `Length` unless the row has one value a predictor.
    pub fn linear_predictor(&self, row: &[f64]) -> Result<f64, StatsError> {
        Predictors::check_row(row, self.coefficients.len())?;
        Ok(dot(&self.coefficients, row))
    }
}

/// A path, by descending penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetPath {
    /// The models.
    pub points: Vec<PathPoint>,
    /// Deviance of the model without predictors (R `nulldev`).
    pub null_deviance: f64,
    /// Cases.
    pub cases: usize,
    /// Events.
    pub events: usize,
}

/// Fits the path. `strata` gives every case a label; risk sets stay within a label.
///
/// # Errors
/// `Length`; `NoEvents`; `Setting` for alpha outside 0 to 1, a factor or lambda that is negative or not finite, lambdas
/// that do not descend, no predictor with a penalty, or more than 1000 without; `Constant` and (for a coefficient
/// without penalty) `InfiniteCoefficient` with the column; `NotConverged`.
pub fn fit(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &ElasticNetSettings,
) -> Result<ElasticNetPath, StatsError> {
    let factors = check(outcomes, predictors, strata, settings)?;
    Standard::new(predictors)?;
    fit_cases(outcomes, predictors, strata, (settings, &factors), (0..outcomes.rows()).collect(), usize::MAX)
}

/// Checks the settings; gives the factors with mean 1.
pub(crate) fn check(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    settings: &ElasticNetSettings,
) -> Result<Vec<f64>, StatsError> {
    predictors.matching(outcomes.rows())?;
    if let Some(labels) = strata {
        check_labels("strata", labels, outcomes.rows(), usize::MAX)?;
    }
    if !(0.0..=1.0).contains(&settings.alpha) {
        return Err(StatsError::Setting { what: "alpha", expected: "from 0 (ridge) to 1 (lasso)" });
    }
    let sound = match &settings.lambdas {
        Lambdas::Automatic(count) => *count >= 2,
        Lambdas::Given(lambdas) => {
            let sound = lambdas.iter().all(|lambda| lambda.is_finite() && *lambda >= 0.0);
            sound && !lambdas.is_empty() && lambdas.windows(2).all(|pair| pair[1] < pair[0])
        }
    };
    if !sound {
        let expected = "two or more, or a descending list of finite penalties that are not negative";
        return Err(StatsError::Setting { what: "lambdas", expected });
    }
    let columns = predictors.columns();
    let factors = settings.penalty_factors.clone().unwrap_or_else(|| vec![1.0; columns]);
    if factors.len() != columns {
        return Err(StatsError::Length { what: "penalty factors", expected: columns, found: factors.len() });
    }
    let sum: f64 = factors.iter().sum();
    if factors.iter().any(|factor| !(factor.is_finite() && *factor >= 0.0)) || sum <= 0.0 {
        return Err(StatsError::Setting { what: "penalty factors", expected: "finite, not negative and not all 0" });
    }
    let none_at_all = matches!(&settings.lambdas, Lambdas::Given(lambdas) if lambdas.contains(&0.0));
    if factors.iter().filter(|factor| none_at_all || **factor == 0.0).count() > UNPENALISED {
        return Err(StatsError::Setting { what: "penalties", expected: "above 0 for all but 1000 predictors" });
    }
    Ok(factors.iter().map(|factor| factor * columns as f64 / sum).collect())
}

/// Fits the path on some cases, up to the first model of more than `most` penalised predictors; columns that do not
/// vary among the cases stay at 0.
pub(crate) fn fit_cases(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    strata: Option<&[usize]>,
    (settings, factors): (&ElasticNetSettings, &[f64]),
    cases: Vec<usize>,
    most: usize,
) -> Result<ElasticNetPath, StatsError> {
    let risk = Risk::new(outcomes, strata, cases.into_iter());
    if risk.events() == 0 {
        return Err(StatsError::NoEvents { what: "elastic net" });
    }
    let design = Design::new(predictors, &risk.order, settings.standardise);
    Path::new(&design, &risk, settings.alpha, factors).walk(&settings.lambdas, most)
}

struct Path<'a> {
    design: &'a Design,
    risk: &'a Risk,
    alpha: f64,
    factors: &'a [f64],
    state: State<'a>,
    null_deviance: f64,
}

impl<'a> Path<'a> {
    fn new(design: &'a Design, risk: &'a Risk, alpha: f64, factors: &'a [f64]) -> Self {
        let state = State::new(design, risk);
        let null_deviance = risk.deviance(state.at.log_likelihood);
        Self { design, risk, alpha, factors, state, null_deviance }
    }

    fn walk(mut self, lambdas: &Lambdas, most: usize) -> Result<ElasticNetPath, StatsError> {
        let largest = self.start()?;
        let (sequence, early) = match lambdas {
            Lambdas::Given(given) => (given.clone(), false),
            Lambdas::Automatic(count) => {
                let smallest: f64 = if self.risk.order.len() < self.design.columns() { 1e-2 } else { 1e-4 };
                let ratio = smallest.powf(1.0 / (count - 1) as f64);
                ((0..*count).map(|step| largest * ratio.powi(step as i32)).collect(), true)
            }
        };
        let mut points: Vec<PathPoint> = Vec::with_capacity(sequence.len());
        let mut last = largest;
        for lambda in sequence {
            self.solve(lambda, last.max(lambda))?;
            last = lambda;
            points.push(self.point(lambda));
            let penalised = |column: &usize| self.factors[*column] > 0.0;
            let chosen = points.last().map_or(0, |point| point.chosen().filter(penalised).count());
            if chosen > most || early && ends(&points) {
                break;
            }
        }
        let (cases, events) = (self.risk.order.len(), self.risk.events());
        Ok(ElasticNetPath { points, null_deviance: self.null_deviance, cases, events })
    }

    /// Fits the unpenalised columns; gives the smallest lambda that leaves the others at 0.
    fn start(&mut self) -> Result<f64, StatsError> {
        let varies = |column: &usize| self.design.scale[*column] > 0.0;
        self.state.working =
            (0..self.factors.len()).filter(|column| self.factors[*column] == 0.0).filter(varies).collect();
        let penalty = self.penalty(0.0);
        self.state.descend(&penalty, SETTLED * self.null_deviance)?;
        let slopes = self.state.slopes();
        let penalised = slopes.iter().zip(self.factors).filter(|(_, factor)| **factor > 0.0);
        let steepest = penalised.map(|(slope, factor)| slope.abs() / factor).fold(0.0, f64::max);
        Ok(steepest / (self.risk.order.len() as f64 * self.alpha.max(1e-3)))
    }

    fn penalty(&self, lambda: f64) -> Penalty {
        let lambda = lambda * self.risk.order.len() as f64;
        let of = |share: f64| self.factors.iter().map(|factor| lambda * share * factor).collect();
        Penalty { absolute: of(self.alpha), square: of(1.0 - self.alpha) }
    }

    /// Moves to `lambda` from `last`. Columns are worked on that the strong rule (Tibshirani and others 2012) cannot
    /// rule out; whatever it ruled out wrongly is taken in afterwards.
    fn solve(&mut self, lambda: f64, last: f64) -> Result<(), StatsError> {
        let penalty = self.penalty(lambda);
        let strong = self.penalty(2.0 * lambda - last).absolute;
        self.take_in(|column, slope| slope.abs() >= strong[column]);
        loop {
            self.state.descend(&penalty, SETTLED * self.null_deviance)?;
            if !self.take_in(|column, slope| slope.abs() > penalty.absolute[column] * (1.0 + 1e-10)) {
                return Ok(());
            }
        }
    }

    /// Takes in columns by their slope; whether there were any.
    fn take_in(&mut self, wanted: impl Fn(usize, f64) -> bool) -> bool {
        let slopes = self.state.slopes();
        let mut out = vec![true; slopes.len()];
        self.state.working.iter().for_each(|column| out[*column] = false);
        let varies = |column: usize| self.design.scale[column] > 0.0;
        let more: Vec<usize> = (0..out.len()).filter(|j| out[*j] && varies(*j) && wanted(*j, slopes[*j])).collect();
        self.state.working.extend(&more);
        !more.is_empty()
    }

    fn point(&self, lambda: f64) -> PathPoint {
        let scaled = self.state.coefficients.iter().zip(&self.design.scale);
        let coefficients = scaled.map(|(value, scale)| if *value == 0.0 { 0.0 } else { value / scale }).collect();
        let log_likelihood = self.state.at.log_likelihood;
        let deviance_ratio = 1.0 - self.risk.deviance(log_likelihood) / self.null_deviance;
        PathPoint { lambda, coefficients, log_likelihood, deviance_ratio }
    }
}

/// glmnet's rule for the end of its own path.
fn ends(points: &[PathPoint]) -> bool {
    let ratio = |back: usize| points.get(points.len().wrapping_sub(back)).map(|point| point.deviance_ratio);
    let (Some(now), Some(before)) = (ratio(1), ratio(5)) else { return false };
    now - before < FLAT * now || now > EXPLAINED
}
