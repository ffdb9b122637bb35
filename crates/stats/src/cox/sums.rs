//! The sums of one part of a cohort whose strata it holds whole: a site, in a model stratified by site.

use nalgebra::DVector;

use super::{Ties, likelihood::Likelihood, order::Ordered};
use crate::{
    Evaluation, Predictors, Standard, StatsError,
    survival::{Outcomes, check_labels},
};

/// A part of a cohort, sorted once. Evaluations of parts at the same coefficients
/// [`merge`](Evaluation::merge) into that of the whole.
#[derive(Debug)]
pub struct CoxSums {
    data: Ordered,
    ties: Ties,
}

impl CoxSums {
    /// Sorts the part; `standard` is that of the whole cohort. A part without events, or with columns that do not vary, is
    /// fine.
    ///
    /// # Errors
    /// `Length` where cases, predictors, strata or `standard` do not go together.
    pub fn new(
        outcomes: &Outcomes<'_>,
        predictors: &Predictors<'_>,
        strata: Option<&[usize]>,
        standard: Standard,
        ties: Ties,
    ) -> Result<Self, StatsError> {
        predictors.matching(outcomes.rows())?;
        Predictors::check_row(standard.centre(), predictors.columns())?;
        if let Some(labels) = strata {
            check_labels("strata", labels, outcomes.rows(), usize::MAX)?;
        }
        Ok(Self { data: Ordered::new(outcomes, predictors, strata, standard), ties })
    }

    /// Partial log-likelihood with its derivatives at standardised coefficients.
    ///
    /// # Errors
    /// `Length` unless there is one coefficient a predictor.
    pub fn at(&self, coefficients: &[f64]) -> Result<Evaluation, StatsError> {
        Predictors::check_row(coefficients, self.data.columns)?;
        let unpenalised = vec![0.0; self.data.columns];
        let mut likelihood = Likelihood::new(&self.data, self.ties, &unpenalised);
        Ok(likelihood.evaluate(&DVector::from_column_slice(coefficients)))
    }
}
