//! Discrete-time yearly hazard (complementary log-log or logit link), from gradients and information matrices. With one
//! interval and the logit link it is the logistic regression of the event by a horizon, among those whose state then is known.

use nalgebra::DVector;
use renkei_stats::{
    Evaluation, Failure, StatsError,
    hazard::{Curvature, Effects, HazardModel, HazardSums, Link, PersonYears, YearRows, Years},
};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Covariate, MethodError, Outcome, Point, Sums, Table, covariates,
    regression::{End, Regression, information, kept, kept_information},
};
use crate::egress::PersonSet;

/// The terms. Equal to pooled: `hazard::fit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearlyHazard {
    /// What enters, in order.
    pub covariates: Vec<Covariate>,
    /// Ends of the intervals.
    pub years: Years,
    /// The link.
    #[serde(default)]
    pub link: Link,
    /// Common or year-specific effects.
    pub effects: Effects,
}

impl YearlyHazard {
    fn model(&self) -> HazardModel {
        HazardModel {
            years: self.years.clone(),
            link: self.link,
            effects: self.effects,
            columns: self.covariates.len(),
        }
    }

    fn intervals(&self) -> usize {
        self.years.ends().len()
    }

    /// The interval that a parameter belongs to; none for a common effect.
    fn interval(&self, parameter: usize) -> Option<usize> {
        match parameter.checked_sub(self.intervals()) {
            None => Some(parameter),
            Some(effect) if self.effects == Effects::ByYear => Some(effect / self.covariates.len()),
            Some(_) => None,
        }
    }

    /// Pairs of parameters that share a person-year.
    fn places(&self) -> Vec<(usize, usize)> {
        kept(self.model().parameters(), |i, j| match (self.interval(i), self.interval(j)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        })
    }

    fn labels(&self) -> Vec<String> {
        let years: Vec<String> = self.years.ends().iter().map(|end| format!("year to {end}")).collect();
        let names = covariates::names(&self.covariates);
        let effects: Vec<String> = match self.effects {
            Effects::Common => names,
            Effects::ByYear => {
                years.iter().flat_map(|y| names.iter().map(move |name| format!("{name}, {y}"))).collect()
            }
        };
        years.into_iter().chain(effects).collect()
    }

    fn at(&self, table: &Table, point: &Point, curvature: Curvature) -> Result<Evaluation, MethodError> {
        point.check(self.intervals())?;
        let rows = table.survival(&covariates::names(&self.covariates))?;
        match rows.borrow()? {
            Some((outcomes, predictors)) => {
                let sums = HazardSums::new(&self.model(), &outcomes, &predictors, point.standard()?)?;
                Ok(sums.at(&point.at, curvature)?)
            }
            None => Ok(Evaluation::zero(self.model().parameters())),
        }
    }

    /// Persons seen in every interval, and those with the event there; both of nobody for a table without rows.
    fn sets(&self, table: &Table) -> Result<Vec<[PersonSet; 2]>, MethodError> {
        let rows = table.survival(&[])?;
        if rows.time.is_empty() {
            return Ok(vec![Default::default(); self.intervals()]);
        }
        let outcomes = renkei_stats::survival::Outcomes::new(&rows.time, &rows.event)?;
        let set = |year: &YearRows| {
            let events = year.case.iter().zip(&year.event).filter(|(_, event)| **event).map(|(case, _)| *case);
            [table.set(year.case.iter().copied()), table.set(events)]
        };
        Ok(PersonYears::new(&outcomes, &self.years).years.iter().map(set).collect())
    }

    /// Persons behind a parameter: those of its interval, or all who are seen, each of them in the first interval.
    fn behind<'s>(&self, sets: &'s [[PersonSet; 2]], interval: Option<usize>) -> &'s PersonSet {
        &sets[interval.unwrap_or(0)][0]
    }

    fn add_information(&self, answer: &mut Answer, own: &Evaluation, sets: &[[PersonSet; 2]]) {
        let places = self.places();
        let (labels, values) = kept_information(&self.labels(), &own.information, &places);
        let both = |(value, (i, j)): (f64, &(usize, usize))| {
            (value, self.behind(sets, self.interval(*i).or(self.interval(*j))), None)
        };
        answer.add("information", labels, values.into_iter().zip(&places).map(both));
    }
}

impl Regression for YearlyHazard {
    fn name(&self) -> &'static str {
        "yearly_hazard"
    }

    fn covariates(&self) -> &[Covariate] {
        &self.covariates
    }

    fn parameters(&self) -> usize {
        self.model().parameters()
    }

    fn with_event(&self, table: &Table) -> Result<PersonSet, MethodError> {
        let sets = self.sets(table)?;
        Ok(sets.iter().flat_map(|[_, events]| events.iter()).collect())
    }

    fn add_first(&self, table: &Table, answer: &mut Answer) -> Result<(), MethodError> {
        let (rows, events): (Vec<_>, Vec<_>) =
            self.sets(table)?.into_iter().map(|[rows, events]| (rows, events)).unzip();
        let years = || self.labels().into_iter().take(self.intervals());
        answer.count("persons by year", years(), rows);
        answer.count("events by year", years(), events);
        Ok(())
    }

    fn start(&self, total: &Sums) -> Result<(DVector<f64>, usize, f64), MethodError> {
        let (rows, events) = total.counts[2..].split_at(self.intervals());
        let counts: Vec<(usize, usize)> = rows.iter().zip(events).map(|(r, e)| (*r as usize, *e as usize)).collect();
        Ok((self.model().start(&counts)?, self.intervals(), 1e-10))
    }

    fn add_slopes(&self, table: &Table, point: &Point, answer: &mut Answer) -> Result<(), MethodError> {
        let (own, labels) = (self.at(table, point, Curvature::Observed)?, self.labels());
        let sets = self.sets(table)?;
        answer.add("log-likelihood", ["log-likelihood".into()], [(own.value, self.behind(&sets, None), None)]);
        let gradient = own.gradient.iter().enumerate();
        let gradient = gradient.map(|(at, value)| (*value, self.behind(&sets, self.interval(at)), None));
        answer.add("gradient", labels, gradient);
        self.add_information(answer, &own, &sets);
        Ok(())
    }

    fn add_expected(&self, table: &Table, point: &Point, answer: &mut Answer) -> Result<(), MethodError> {
        let own = self.at(table, point, Curvature::Expected)?;
        self.add_information(answer, &own, &self.sets(table)?);
        Ok(())
    }

    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError> {
        let parameters = point.at.len();
        Ok(Evaluation {
            value: total.reals[0],
            gradient: DVector::from_column_slice(&total.reals[1..=parameters]),
            information: information(parameters, &self.places(), &total.reals[1 + parameters..]),
        })
    }

    fn explain(&self, failure: Failure) -> StatsError {
        self.model().explain(failure)
    }

    fn conclude(&self, end: &End<'_>) -> Result<Option<Outcome>, MethodError> {
        let Some(total) = end.expected else { return Ok(None) };
        let expected = information(self.model().parameters(), &self.places(), &total.reals);
        let (rows, events) = end.spread.counts[2..].split_at(self.intervals());
        let counts = [rows, events].map(|counts| counts.iter().sum::<u64>() as usize);
        let fitted = self.model().conclude(end.maximum, &expected, end.standard, (counts[0], counts[1]))?;
        Ok(Some(Outcome::Hazard(fitted)))
    }
}
