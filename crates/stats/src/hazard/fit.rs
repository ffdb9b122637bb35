//! Maximum likelihood for common or year-specific effects.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{
    Link, PersonYears, YearRows, Years,
    likelihood::{Cases, Curvature, Layout, evaluate, start},
};
use crate::{
    Predictors, StatsError,
    gram::dot,
    newton::{Factor, Failure, Maximum, maximise},
    standard::Standard,
    survival::Outcomes,
};

/// Whether a predictor has one effect, or one in every interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// The same effect in every interval.
    Common,
    /// An effect of its own in every interval.
    ByYear,
}

/// A fitted yearly hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardFit {
    /// The link.
    pub link: Link,
    /// Common or year-specific effects.
    pub effects: Effects,
    /// The intervals.
    pub years: Years,
    /// One intercept an interval: linear predictor of a case whose predictors are all 0.
    pub intercepts: Vec<f64>,
    /// Effects: one row of predictors (common), or one row an interval (by year), row-major.
    pub coefficients: Vec<f64>,
    /// Covariance of the intercepts followed by the coefficients, row-major: the inverse of the expected information.
    pub covariance: Vec<f64>,
    /// Log-likelihood, without any penalty.
    pub log_likelihood: f64,
    /// Newton steps.
    pub iterations: usize,
    /// Person-years.
    pub person_years: usize,
    /// Events.
    pub events: usize,
}

impl HazardFit {
    /// Standard errors of the intercepts followed by the coefficients.
    pub fn std_errors(&self) -> Vec<f64> {
        let width = self.intercepts.len() + self.coefficients.len();
        (0..width).map(|place| self.covariance[place * width + place].sqrt()).collect()
    }

    /// The effects of one interval.
    pub fn effects_in(&self, interval: usize) -> &[f64] {
        match self.effects {
            Effects::Common => &self.coefficients,
            Effects::ByYear => {
                let columns = self.coefficients.len() / self.intercepts.len();
                &self.coefficients[interval * columns..(interval + 1) * columns]
            }
        }
    }

    /// The hazard of a case in every interval.
    ///
    /// # Errors
    /// `Length` unless the row has one value a predictor.
    pub fn hazards(&self, row: &[f64]) -> Result<Vec<f64>, StatsError> {
        Predictors::check_row(row, self.effects_in(0).len())?;
        let eta = |interval: usize| self.intercepts[interval] + dot(self.effects_in(interval), row);
        Ok((0..self.intercepts.len()).map(|interval| self.link.hazard(eta(interval))).collect())
    }

    /// P(no event up to and with the end of the interval) of a case, by interval.
    ///
    /// # Errors
    /// As [`Self::hazards`].
    pub fn survival(&self, row: &[f64]) -> Result<Vec<f64>, StatsError> {
        let alive = |alive: &mut f64, hazard: f64| {
            *alive *= 1.0 - hazard;
            Some(*alive)
        };
        Ok(self.hazards(row)?.into_iter().scan(1.0, alive).collect())
    }
}

/// Fits by unpenalised maximum likelihood; times are in the unit of `years`.
///
/// # Errors
/// `Length`; `Constant`, `Collinear` and `InfiniteCoefficient` with the column; for year-specific effects `YearNotIdentified`
/// and `InfiniteYearEffect` (separation) with interval and column; `YearWithoutContrast` for an interval without events, or
/// with nothing else; `NotConverged`.
pub fn fit(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    years: &Years,
    link: Link,
    effects: Effects,
) -> Result<HazardFit, StatsError> {
    let (cases, rows) = prepare(outcomes, predictors, years)?;
    let layout = Layout { intervals: rows.years.len(), columns: cases.columns(), effects };
    fit_rows(&cases, &rows, &layout, years, link)
}

/// Person-years of a cohort, every interval with and without events.
pub(crate) fn prepare(
    outcomes: &Outcomes<'_>,
    predictors: &Predictors<'_>,
    years: &Years,
) -> Result<(Cases, PersonYears), StatsError> {
    predictors.matching(outcomes.rows())?;
    let rows = PersonYears::new(outcomes, years);
    if let Some(interval) = rows.years.iter().position(|year| !year.has_contrast()) {
        return Err(StatsError::YearWithoutContrast { interval });
    }
    Ok((Cases::new(predictors, Standard::new(predictors)?), rows))
}

pub(crate) fn fit_rows(
    cases: &Cases,
    rows: &PersonYears,
    layout: &Layout,
    years: &Years,
    link: Link,
) -> Result<HazardFit, StatsError> {
    let mut maximum = climb(cases, &rows.years, layout, link).map_err(|failure| layout.explain(failure))?;
    let expected = evaluate((cases, &rows.years), layout, link, Curvature::Expected, &maximum.at);
    let factor = Factor::new(&expected.information, 0.0).map_err(|failure| layout.explain(failure))?;
    maximum.covariance = factor.inverse();
    Ok(describe(&maximum, maximum.value, &cases.standard, (rows.rows(), rows.events()), layout, years, link))
}

/// The unpenalised maximum on standardised predictors.
pub(crate) fn climb(cases: &Cases, years: &[YearRows], layout: &Layout, link: Link) -> Result<Maximum, Failure> {
    let model = |at: &DVector<f64>| evaluate((cases, years), layout, link, Curvature::Observed, at);
    let start = start(layout, link, years.iter().map(YearRows::counts));
    maximise(start.clone(), model(&start), layout.intervals, 1e-10, model)
}

/// The maximum on the scale of the predictors as given.
pub(crate) fn describe(
    maximum: &Maximum,
    log_likelihood: f64,
    standard: &Standard,
    (person_years, events): (usize, usize),
    layout: &Layout,
    years: &Years,
    link: Link,
) -> HazardFit {
    let back = unstandardise(standard, layout);
    let at = &back * &maximum.at;
    let covariance = &back * &maximum.covariance * back.transpose();
    HazardFit {
        link,
        effects: layout.effects,
        years: years.clone(),
        intercepts: at.as_slice()[..layout.intervals].to_vec(),
        coefficients: at.as_slice()[layout.intervals..].to_vec(),
        covariance: covariance.as_slice().to_vec(),
        log_likelihood,
        iterations: maximum.iterations,
        person_years,
        events,
    }
}

/// The linear map from parameters of standardised predictors to those of the predictors as given.
fn unstandardise(standard: &Standard, layout: &Layout) -> DMatrix<f64> {
    let mut map = DMatrix::identity(layout.parameters(), layout.parameters());
    for interval in 0..layout.intervals {
        for (column, (centre, scale)) in standard.centre.iter().zip(&standard.scale).enumerate() {
            let effect = layout.effect(interval, column);
            map[(effect, effect)] = scale.recip();
            map[(interval, effect)] = -centre / scale;
        }
    }
    map
}
