//! The sums of one part of a cohort, and the fit from the sums of the whole.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{
    Curvature, Effects, HazardFit, Link, PersonYears, Years,
    fit::describe,
    likelihood::{Cases, Layout, evaluate, start},
};
use crate::{Evaluation, Failure, Maximum, Predictors, Standard, StatsError, newton::Factor, survival::Outcomes};

/// A yearly hazard as it is agreed before anybody looks at the cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HazardModel {
    /// The intervals.
    pub years: Years,
    /// The link.
    pub link: Link,
    /// Common or year-specific effects.
    pub effects: Effects,
    /// Number of predictors.
    pub columns: usize,
}

impl HazardModel {
    fn layout(&self) -> Layout {
        Layout { intervals: self.years.ends().len(), columns: self.columns, effects: self.effects }
    }

    /// Intercepts and effects.
    pub fn parameters(&self) -> usize {
        self.layout().parameters()
    }

    /// Where the climb of the whole cohort starts, from its rows and events by interval.
    ///
    /// # Errors
    /// `Length` unless there is one pair an interval; `YearWithoutContrast` for an interval without events, or with nothing
    /// else.
    pub fn start(&self, counts: &[(usize, usize)]) -> Result<DVector<f64>, StatsError> {
        let expected = self.years.ends().len();
        if counts.len() != expected {
            return Err(StatsError::Length { what: "counts by interval", expected, found: counts.len() });
        }
        if let Some(interval) = counts.iter().position(|(rows, events)| !(1..*rows).contains(events)) {
            return Err(StatsError::YearWithoutContrast { interval });
        }
        Ok(start(&self.layout(), self.link, counts.iter().copied()))
    }

    /// A failure of the climb in words.
    pub fn explain(&self, failure: Failure) -> StatsError {
        self.layout().explain(failure)
    }

    /// The fit at the maximum of a [`Climb`](crate::Climb) over standardised parameters, with the expected information there
    /// and the rows and events of all intervals.
    ///
    /// # Errors
    /// As [`Self::explain`], for information that cannot be inverted.
    pub fn conclude(
        &self,
        maximum: &Maximum,
        expected: &DMatrix<f64>,
        standard: &Standard,
        (rows, events): (usize, usize),
    ) -> Result<HazardFit, StatsError> {
        let covariance = Factor::new(expected, 0.0).map_err(|failure| self.explain(failure))?.inverse();
        let maximum = Maximum { at: maximum.at.clone(), covariance, ..*maximum };
        Ok(describe(&maximum, maximum.value, standard, (rows, events), &self.layout(), &self.years, self.link))
    }
}

/// The person-years of a part of a cohort. Evaluations of parts at the same parameters [`merge`](Evaluation::merge) into that of
/// the whole.
#[derive(Debug)]
pub struct HazardSums {
    model: HazardModel,
    cases: Cases,
    rows: PersonYears,
}

impl HazardSums {
    /// Cuts the follow-up of the part; `standard` is that of the whole cohort. Intervals without events are fine.
    ///
    /// # Errors
    /// `Length` where cases, predictors or `standard` do not go together.
    pub fn new(
        model: &HazardModel,
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        standard: Standard,
    ) -> Result<Self, StatsError> {
        predictors.matching(outcomes.rows())?;
        Predictors::check_row(predictors.row(0), model.columns)?;
        Predictors::check_row(standard.centre(), model.columns)?;
        let rows = PersonYears::new(outcomes, &model.years);
        Ok(Self { model: model.clone(), cases: Cases::new(predictors, standard), rows })
    }

    /// Log-likelihood with its derivatives at standardised parameters: intercepts, then effects.
    ///
    /// # Errors
    /// `Length` unless there is one value a parameter.
    pub fn at(&self, parameters: &[f64], curvature: Curvature) -> Result<Evaluation, StatsError> {
        Predictors::check_row(parameters, self.model.parameters())?;
        let at = DVector::from_column_slice(parameters);
        Ok(evaluate((&self.cases, &self.rows.years), &self.model.layout(), self.model.link, curvature, &at))
    }
}
