//! Leave one site out: the fits without each site side by side, each from totals to which the site left out adds zeros.
//!
//! The hub knows totals with and without a site only at the coefficients of either fit, but both start at 0: the difference of
//! the first totals is that site's own sums. Ask for it beside the whole fit only where a site's own sums may be known.

use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Broadcast, Hub, Method, MethodError, Outcome, Step, Sums, Table, Without};

/// Sites at most.
const MOST: usize = 255;

/// The terms. Equal to pooled: the method's own fit of the other sites' cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutEach {
    /// The sites by name, in one order for all.
    pub sites: Vec<String>,
    /// What is fitted.
    pub of: Box<Method>,
}

impl WithoutEach {
    pub(crate) const NAME: &'static str = "without_each";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        let mut names = self.sites.clone();
        names.sort();
        names.dedup();
        if names.len() != self.sites.len() || !(3..=MOST).contains(&names.len()) {
            return Err(MethodError::terms("sites", "3 to 255 are needed, each once"));
        }
        if !matches!(*self.of, Method::CoxBySite(_) | Method::CoxOnGrid(_) | Method::YearlyHazard(_)) {
            return Err(MethodError::terms("of", "a regression is needed"));
        }
        self.of.check()
    }

    pub(crate) fn begin(&self) -> Result<(Vec<Fit>, Ask), MethodError> {
        let fits = self.sites.iter().map(|_| Ok(Fit::Going(Box::new(Hub::start((*self.of).clone())?))));
        let fits = fits.collect::<Result<Vec<_>, MethodError>>()?;
        let ask = ask(&fits);
        Ok((fits, ask))
    }

    pub(crate) fn answer(&self, site: &str, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        let Ask::Each(asks) = ask else {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: ask.name() });
        };
        if asks.len() != self.sites.len() {
            return Err(MethodError::Unexpected { method: Self::NAME, asked: "more or fewer fits than sites" });
        }
        let nobody = Table::default();
        let mut answer = Answer::default();
        for (left_out, ask) in self.sites.iter().zip(asks) {
            let Some(ask) = ask else { continue };
            let rows = if left_out == site { &nobody } else { table };
            let mut own = self.of.answer(site, rows, &Broadcast { round: 0, ask: ask.clone() })?;
            let blocks = own.layout.counts.iter_mut().chain(&mut own.layout.reals);
            blocks.for_each(|block| block.name = format!("without {left_out}: {}", block.name));
            answer.append(own);
        }
        Ok(answer)
    }

    pub(crate) fn step(&self, fits: Vec<Fit>, total: &Sums) -> Result<Result<(Vec<Fit>, Ask), Outcome>, MethodError> {
        let (mut counts, mut reals) = (&total.counts[..], &total.reals[..]);
        let mut next = Vec::with_capacity(fits.len());
        for fit in fits {
            let Fit::Going(mut hub) = fit else {
                next.push(fit);
                continue;
            };
            let (count, real) = hub.layout()?.shape();
            let own = Sums { counts: counts[..count].to_vec(), reals: reals[..real].to_vec() };
            (counts, reals) = (&counts[count..], &reals[real..]);
            next.push(match hub.step(&own) {
                Ok(Step::Next(_)) => Fit::Going(hub),
                Ok(Step::Done(outcome)) => Fit::Done(outcome),
                Err(error) => Fit::Failed(error.to_string()),
            });
        }
        if next.iter().any(|fit| matches!(fit, Fit::Going(_))) {
            let ask = ask(&next);
            return Ok(Ok((next, ask)));
        }
        let end = |(site, fit): (&String, Fit)| match fit {
            Fit::Done(outcome) => Without { site: site.clone(), outcome: Some(outcome), problem: None },
            Fit::Failed(problem) => Without { site: site.clone(), outcome: None, problem: Some(problem) },
            Fit::Going(_) => Without { site: site.clone(), outcome: None, problem: None },
        };
        Ok(Err(Outcome::WithoutEach(self.sites.iter().zip(next).map(end).collect())))
    }
}

/// One of the fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fit {
    Going(Box<Hub>),
    Done(Box<Outcome>),
    Failed(String),
}

fn ask(fits: &[Fit]) -> Ask {
    let one = |fit: &Fit| match fit {
        Fit::Going(hub) => Some(hub.broadcast().ask),
        _ => None,
    };
    Ask::Each(fits.iter().map(one).collect())
}
