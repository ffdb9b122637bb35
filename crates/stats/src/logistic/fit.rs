//! Weighted maximum likelihood with a robust covariance.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::{
    Predictors, StatsError,
    gram::{Gram, dot},
    hazard::Link,
    newton::{Evaluation, Failure, maximise},
    standard::Standard,
    survival::{Censoring, Outcomes},
};

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HorizonLogistic {
    /// The horizon.
    pub horizon: f64,
    /// Log-odds of the event by the horizon for a case whose predictors are all 0.
    pub intercept: f64,
    /// Log odds ratios, one a predictor.
    pub coefficients: Vec<f64>,
    /// Covariance of the intercept followed by the coefficients, row-major: robust (sandwich), with the estimation of
    /// the weights.
    pub covariance: Vec<f64>,
    /// Events up to the horizon.
    pub cases: usize,
    /// Cases followed beyond it.
    pub controls: usize,
    /// Newton steps.
    pub iterations: usize,
}

impl HorizonLogistic {
    /// Standard errors of the intercept followed by the coefficients.
    pub fn std_errors(&self) -> Vec<f64> {
        let width = self.coefficients.len() + 1;
        (0..width).map(|place| self.covariance[place * width + place].sqrt()).collect()
    }

    /// P(event up to the horizon) of a case.
    ///
    /// # Errors
    /// `Length` unless the row has one value a predictor.
    pub fn risk(&self, row: &[f64]) -> Result<f64, StatsError> {
        Predictors::check_row(row, self.coefficients.len())?;
        Ok(Link::Logit.hazard(self.intercept + dot(&self.coefficients, row)))
    }
}

/// Fits the event up to `horizon`. The coefficients are those of R `glm(event, quasibinomial, weights = w)`, where w is
/// 1 / G(T-) for an event up to the horizon, 1 / G(horizon) for a case followed beyond it and 0 for a case censored
/// before, G being the Kaplan-Meier estimate of being uncensored (at a tie events come first).
///
/// # Errors
/// `Length`; `Setting` for a horizon that is not finite and above 0; `NoEvents` up to it and `NoControls` beyond it;
/// `Constant`, `Collinear` and `InfiniteCoefficient` (separation) with the column; `NotConverged`.
pub fn fit(outcomes: &Outcomes<'_>, predictors: &Predictors<'_>, horizon: f64) -> Result<HorizonLogistic, StatsError> {
    predictors.matching(outcomes.rows())?;
    let censoring = Censoring::new(outcomes);
    let data = Weighted::new(outcomes, predictors, censoring.weights(outcomes, horizon)?, horizon)?;
    let start = DVector::zeros(data.columns + 1);
    let maximum = maximise(start.clone(), data.evaluate(&start), 1, 1e-10, |at| data.evaluate(at)).map_err(explain)?;
    let scores = data.scores(&maximum.at);
    let mut influence = DMatrix::zeros(scores.nrows(), scores.ncols());
    for (own, mut total) in scores.column_iter().zip(influence.column_iter_mut()) {
        let parts: Vec<f64> = own.iter().copied().collect();
        let mut whole = parts.clone();
        censoring.add_influence(outcomes, &parts, horizon, &mut whole);
        total.copy_from_slice(&whole);
    }
    let rows = outcomes.rows() as f64;
    let middle = influence.tr_mul(&influence) * (rows / (rows - 1.0));
    let back = data.unstandardise();
    let at = &back * &maximum.at;
    let bread = &back * &maximum.covariance;
    let covariance = &bread * middle * bread.transpose();
    Ok(HorizonLogistic {
        horizon,
        intercept: at[0],
        coefficients: at.as_slice()[1..].to_vec(),
        covariance: covariance.as_slice().to_vec(),
        cases: data.count(true),
        controls: data.count(false),
        iterations: maximum.iterations,
    })
}

fn explain(failure: Failure) -> StatsError {
    let column = |parameter: usize| parameter.saturating_sub(1);
    match failure {
        Failure::Flat { parameter } => StatsError::Constant { column: column(parameter) },
        Failure::Dependent { parameter } => StatsError::Collinear { column: column(parameter) },
        Failure::Infinite { parameter, .. } => StatsError::InfiniteCoefficient { column: column(parameter) },
        Failure::Stalled { iterations } => StatsError::NotConverged { what: "logistic regression", iterations },
    }
}

/// Cases with their weights; the predictors are standardised over those of known state.
struct Weighted {
    standard: Standard,
    columns: usize,
    /// Row-major, all cases.
    values: Vec<f64>,
    weights: Vec<f64>,
    happened: Vec<bool>,
}

impl Weighted {
    fn new(
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        weights: Vec<f64>,
        horizon: f64,
    ) -> Result<Self, StatsError> {
        let happened: Vec<bool> = outcomes.time().iter().map(|time| *time <= horizon).collect();
        let columns = predictors.columns();
        let known: Vec<f64> =
            (0..weights.len()).filter(|row| weights[*row] > 0.0).flat_map(|row| predictors.row(row)).copied().collect();
        let seen = |of: bool| happened.iter().zip(&weights).any(|(happened, weight)| *happened == of && *weight > 0.0);
        if !seen(true) {
            return Err(StatsError::NoEvents { what: "the time up to the horizon" });
        }
        if !seen(false) {
            return Err(StatsError::NoControls { what: "the horizon" });
        }
        let standard = Standard::new(&Predictors::new(&known, columns)?)?;
        let values = predictors.iter().flat_map(|row| standard.apply(row)).collect();
        Ok(Self { standard, columns, values, weights, happened })
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Rows of known state with their weights.
    fn known(&self) -> impl Iterator<Item = (usize, f64)> {
        self.weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0)
    }

    fn count(&self, happened: bool) -> usize {
        self.known().filter(|(row, _)| self.happened[*row] == happened).count()
    }

    fn linear_predictor(&self, row: usize, at: &DVector<f64>) -> f64 {
        at[0] + dot(&at.as_slice()[1..], self.row(row))
    }

    fn evaluate(&self, at: &DVector<f64>) -> Evaluation {
        let (mut value, mut gradient, mut gram) = (0.0, DVector::zeros(self.columns + 1), Gram::new(self.columns + 1));
        for (row, weight) in self.known() {
            let own = Link::Logit.terms(self.linear_predictor(row, at), self.happened[row]);
            value += weight * own.value;
            gradient[0] += weight * own.slope;
            gradient.iter_mut().skip(1).zip(self.row(row)).for_each(|(sum, x)| *sum += weight * own.slope * x);
            gram.add((weight * own.observed).sqrt(), std::iter::once(1.0).chain(self.row(row).iter().copied()));
        }
        Evaluation { value, gradient, information: gram.finish() }
    }

    /// The gradient by case, cases by parameters.
    fn scores(&self, at: &DVector<f64>) -> DMatrix<f64> {
        let mut scores = DMatrix::zeros(self.weights.len(), self.columns + 1);
        for (row, weight) in self.known() {
            let slope = weight * Link::Logit.terms(self.linear_predictor(row, at), self.happened[row]).slope;
            scores[(row, 0)] = slope;
            self.row(row).iter().enumerate().for_each(|(column, x)| scores[(row, column + 1)] = slope * x);
        }
        scores
    }

    /// The linear map from parameters of standardised predictors to those of the predictors as given.
    fn unstandardise(&self) -> DMatrix<f64> {
        let mut map = DMatrix::identity(self.columns + 1, self.columns + 1);
        for (column, (centre, scale)) in self.standard.centre.iter().zip(&self.standard.scale).enumerate() {
            map[(column + 1, column + 1)] = scale.recip();
            map[(0, column + 1)] = -centre / scale;
        }
        map
    }
}
