//! Cox regression stratified by site: each site's own log-likelihood, gradient and information add up. Risk sets stay inside
//! their hospital, so no sum by time leaves at all.

use nalgebra::DVector;
use renkei_stats::{
    Evaluation, Failure, StatsError,
    cox::{self, CoxSums, Ties},
};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Covariate, MethodError, Outcome, Point, Sums, Table, covariates,
    regression::{End, Regression, information, kept, kept_information},
};
use crate::egress::PersonSet;

/// The terms. Equal to pooled: `cox::fit` with the site as stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoxBySite {
    /// What enters, in order.
    pub covariates: Vec<Covariate>,
    /// Handling of ties.
    #[serde(default)]
    pub ties: Ties,
}

impl CoxBySite {
    fn places(&self) -> Vec<(usize, usize)> {
        kept(self.covariates.len(), |_, _| true)
    }
}

impl Regression for CoxBySite {
    fn name(&self) -> &'static str {
        "cox_by_site"
    }

    fn covariates(&self) -> &[Covariate] {
        &self.covariates
    }

    fn with_event(&self, table: &Table) -> Result<PersonSet, MethodError> {
        let (_, cause) = table.follow_up()?;
        Ok(table.set_where(|row| cause[row] == 1))
    }

    fn start(&self, total: &Sums) -> Result<(DVector<f64>, usize, f64), MethodError> {
        let (_, events) = covariates::cohort(total)?;
        // A standardised predictor brings about 1 of information an event.
        Ok((DVector::zeros(self.covariates.len()), 0, 1e-10 * events as f64))
    }

    fn add_slopes(&self, table: &Table, point: &Point, answer: &mut Answer) -> Result<(), MethodError> {
        point.check(0)?;
        let names = covariates::names(&self.covariates);
        let rows = table.survival(&names)?;
        let own = match rows.borrow()? {
            Some((outcomes, predictors)) => {
                CoxSums::new(&outcomes, &predictors, None, point.standard()?, self.ties)?.at(&point.at)?
            }
            None => Evaluation::zero(names.len()),
        };
        // Each term has the risk set in its denominator: no sums of single persons' contributions.
        let everyone = table.everyone();
        answer.add_not_linear("log-likelihood", ["log-likelihood".into()], [own.value], &everyone);
        answer.add_not_linear("gradient", names.clone(), own.gradient.iter().copied(), &everyone);
        let (labels, values) = kept_information(&names, &own.information, &self.places());
        answer.add_not_linear("information", labels, values, &everyone);
        Ok(())
    }

    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError> {
        let columns = point.at.len();
        Ok(Evaluation {
            value: total.reals[0],
            gradient: DVector::from_column_slice(&total.reals[1..=columns]),
            information: information(columns, &self.places(), &total.reals[1 + columns..]),
        })
    }

    fn explain(&self, failure: Failure) -> StatsError {
        cox::explain(failure)
    }

    fn conclude(&self, end: &End<'_>) -> Result<Option<Outcome>, MethodError> {
        let first = self.evaluation(end.first.0, end.first.1)?;
        let (persons, events) = covariates::cohort(end.spread)?;
        let fitted = cox::conclude(end.maximum, &first, end.standard, (persons as usize, events as usize))?;
        Ok(Some(Outcome::Cox(fitted)))
    }
}
