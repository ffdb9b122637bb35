//! Pooled Cox regression from risk set sums at agreed times (WebDISCO, Lu and others 2015; here with Efron's ties too).

use nalgebra::DVector;
use renkei_stats::{
    Evaluation, Failure, StatsError,
    cox::{self, RiskSums, Ties},
};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Covariate, MethodError, Outcome, Point, Sums, Table, Times, covariates,
    regression::{End, Regression},
    sums::triangle,
};
use crate::egress::{Concentration, PersonSet};

/// Bits before the point that a risk set's weight has when it leaves a site: 40 more follow, and 29 are left for its growth.
const KEPT: i32 = 10;
/// Largest exponent.
const FARTHEST: i32 = 500;

/// The terms. Equal to pooled: `cox::fit` of all cases with times on the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoxOnGrid {
    /// What enters, in order.
    pub covariates: Vec<Covariate>,
    /// Handling of ties, of which a grid makes many: Efron's is much less moved by it.
    #[serde(default)]
    pub ties: Ties,
    /// The agreed times.
    pub times: Times,
}

impl CoxOnGrid {
    /// Step and event of every row, on the grid.
    fn ends(&self, table: &Table) -> Result<Vec<(usize, bool)>, MethodError> {
        let (time, cause) = table.follow_up()?;
        let end = |(time, cause): (&f64, &usize)| {
            let (step, cause) = self.times.coarsen(*time, *cause);
            (step, cause == 1)
        };
        Ok(time.iter().zip(cause).map(end).collect())
    }

    /// Factors of the times: two to the power of `sign` times each exponent.
    fn factors(&self, point: &Point, sign: i32) -> Result<Vec<f64>, MethodError> {
        if point.exponents.is_empty() {
            return Ok(vec![1.0; self.times.count()]);
        }
        if point.exponents.len() != self.times.count() || point.exponents.iter().any(|e| e.abs() > FARTHEST) {
            return Err(MethodError::Unexpected {
                method: self.name(),
                asked: "exponents beyond the grid or all bounds",
            });
        }
        Ok(point.exponents.iter().map(|exponent| 2.0_f64.powi(sign * exponent)).collect())
    }

    fn sums(&self, point: &Point, total: &Sums) -> Result<RiskSums, MethodError> {
        let (_, events) = covariates::cohort(total)?;
        let deaths = total.counts[2..].to_vec();
        if deaths.iter().try_fold(0, |sum: u64, count| sum.checked_add(*count)) != Some(events) {
            return Err(MethodError::Contradiction { block: "deaths by time" });
        }
        let sums = RiskSums::from_values(self.covariates.len(), self.ties, total.reals.clone(), deaths)?;
        Ok(sums.scaled(&self.factors(point, 1)?)?)
    }
}

impl Regression for CoxOnGrid {
    fn name(&self) -> &'static str {
        "cox_on_grid"
    }

    fn covariates(&self) -> &[Covariate] {
        &self.covariates
    }

    fn with_event(&self, table: &Table) -> Result<PersonSet, MethodError> {
        let ends = self.ends(table)?;
        Ok(table.set_where(|row| ends[row].1))
    }

    fn start(&self, total: &Sums) -> Result<(DVector<f64>, usize, f64), MethodError> {
        let (_, events) = covariates::cohort(total)?;
        Ok((DVector::zeros(self.covariates.len()), 0, 1e-10 * events as f64))
    }

    fn add_slopes(&self, table: &Table, point: &Point, answer: &mut Answer) -> Result<(), MethodError> {
        point.check(0)?;
        let names = covariates::names(&self.covariates);
        let (ends, rows) = (self.ends(table)?, table.survival(&names)?);
        let mut sums = RiskSums::empty(self.times.count(), names.len(), self.ties);
        if let Some((_, predictors)) = rows.borrow()? {
            sums.add(&ends, &predictors, &point.standard()?, &point.at)?;
        }
        let sums = sums.scaled(&self.factors(point, -1)?)?;
        let contributions = contributions(&rows.values, point);
        let mut by_step = vec![[Vec::new(), Vec::new()]; self.times.count()];
        for (row, (step, event)) in ends.iter().enumerate() {
            by_step[*step][0].push(row);
            if *event {
                by_step[*step][1].push(row);
            }
        }
        let dying = by_step.iter().map(|[_, dying]| table.set(dying.iter().copied()));
        answer.count("deaths by time", self.times.labels(), dying);
        let mut labels = vec!["weight".to_owned()];
        labels.extend(names.iter().cloned());
        labels.extend(triangle(&names));
        let mut values = sums.values().iter().copied();
        for (step, time) in self.times.labels().enumerate() {
            let sets = ["those leaving", "those dying"].into_iter().zip(&by_step[step]);
            for (who, rows) in sets.take(if self.ties == Ties::Efron { 2 } else { 1 }) {
                let (persons, shares) = (table.set(rows.iter().copied()), shares(&contributions, rows, labels.len()));
                let own = values.by_ref().take(labels.len()).zip(shares);
                let own = own.map(|(value, share)| (value, &persons, Some(share)));
                answer.add(&format!("{who} {time}"), labels.clone(), own);
            }
        }
        let dead = table.set_where(|row| ends[row].1);
        answer.add("rows of the dead", names.clone(), values.map(|value| (value, &dead, None)));
        Ok(())
    }

    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError> {
        Ok(self.sums(point, total)?.evaluation(&point.at)?)
    }

    fn exponents(&self, point: &Point, total: &Sums) -> Result<Vec<i32>, MethodError> {
        let of = |weight: f64| if weight > 0.0 { (weight.log2() as i32 - KEPT).clamp(-FARTHEST, FARTHEST) } else { 0 };
        Ok(self.sums(point, total)?.at_risk().into_iter().map(of).collect())
    }

    fn explain(&self, failure: Failure) -> StatsError {
        cox::explain(failure)
    }

    fn conclude(&self, end: &End<'_>) -> Result<Option<Outcome>, MethodError> {
        let first = self.evaluation(end.first.0, end.first.1)?;
        let (persons, events) = covariates::cohort(end.spread)?;
        let mut fitted = cox::conclude(end.maximum, &first, end.standard, (persons as usize, events as usize))?;
        fitted.baselines = vec![self.sums(end.last.0, end.last.1)?.baseline(self.times.ends())?];
        Ok(Some(Outcome::Cox(fitted)))
    }
}

/// What each row adds to the sums of its step: its weight, and the weight times its covariates and their products.
fn contributions(values: &[f64], point: &Point) -> Vec<Vec<f64>> {
    let of = |row: &[f64]| {
        let scaled = row.iter().zip(point.centre.iter().zip(&point.scale));
        let row: Vec<f64> = scaled.map(|(x, (centre, scale))| (x - centre) / scale).collect();
        let weight = row.iter().zip(&point.at).map(|(x, b)| x * b).sum::<f64>().exp();
        let products = row.iter().enumerate().flat_map(|(i, a)| row[i..].iter().map(move |b| a * b));
        std::iter::once(1.0).chain(row.iter().copied()).chain(products).map(|x| weight * x).collect()
    };
    values.chunks_exact(point.centre.len().max(1)).map(of).collect()
}

/// How concentrated each sum over `rows` is.
fn shares(contributions: &[Vec<f64>], rows: &[usize], numbers: usize) -> Vec<Concentration> {
    (0..numbers).map(|number| Concentration::of(rows.iter().map(|row| contributions[*row][number]))).collect()
}
