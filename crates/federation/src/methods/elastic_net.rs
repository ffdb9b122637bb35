//! Elastic-net Cox regression (Breslow's ties): the log-likelihood's quadratic is formed anew from sums at every outer
//! iterate, and its penalised maximum found at the hub. One round an iterate, a few a penalty.

use nalgebra::DVector;
use renkei_stats::{Evaluation, Failure, cox::Ties, elastic_net::penalised_maximum};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Ask, Covariate, CoxBySite, CoxOnGrid, MethodError, NetPath, NetPoint, Outcome, Point, Sums, Table, Times,
    covariates,
    regression::{self, Regression},
};

/// Squared step, in standard errors, after which a quadratic leads to the maximum at once.
const SETTLED: f64 = 1e-18;
/// Rounds for one penalty at most, and halvings of one step.
const ROUNDS: u32 = 100;
const HALVINGS: u32 = 30;
/// How much a log-likelihood may be off by the rounding of 255 sites' reals to 2^-40.
const NOISE: f64 = 1.0 / (1_u64 << 32) as f64;

/// Where risk sets are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskSets {
    /// Inside each site: the model is stratified by site.
    BySite,
    /// Across all sites, at agreed times.
    OnGrid(Times),
}

/// The terms. Equal to pooled: `elastic_net::fit` with these lambdas and standardised predictors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticNet {
    /// What may enter.
    pub covariates: Vec<Covariate>,
    /// Where risk sets are.
    pub risk_sets: RiskSets,
    /// Share of the lasso in the penalty, from 0 (ridge) to 1 (lasso).
    pub alpha: f64,
    /// The penalties, descending, above 0.
    pub lambdas: Vec<f64>,
}

/// How far the hub is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Walk {
    Spread,
    Path(Box<Path>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    /// Where the total that is awaited is formed.
    point: Point,
    cases: u64,
    events: u64,
    largest: Option<f64>,
    points: Vec<NetPoint>,
    /// Coefficients of the last total that was accepted, and the penalised log-likelihood there.
    accepted: Option<(Vec<f64>, f64)>,
    rounds: u32,
    halvings: u32,
}

impl ElasticNet {
    pub(crate) const NAME: &'static str = "elastic_net";

    pub(crate) fn check(&self) -> Result<(), MethodError> {
        covariates::check(&self.covariates)?;
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err(MethodError::terms("alpha", "from 0 (ridge) to 1 (lasso)"));
        }
        let sound = self.lambdas.iter().all(|lambda| lambda.is_finite() && *lambda > 0.0);
        if self.lambdas.is_empty() || !sound || !self.lambdas.windows(2).all(|pair| pair[1] < pair[0]) {
            return Err(MethodError::terms("lambdas", "one or more, descending and above 0"));
        }
        Ok(())
    }

    /// What the Cox regression with the same risk sets does.
    fn with<T>(&self, act: impl FnOnce(&dyn Slopes) -> T) -> T {
        let (covariates, ties) = (self.covariates.clone(), Ties::Breslow);
        match &self.risk_sets {
            RiskSets::BySite => act(&CoxBySite { covariates, ties }),
            RiskSets::OnGrid(times) => act(&CoxOnGrid { covariates, ties, times: times.clone() }),
        }
    }

    pub(crate) fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        self.with(|cox| cox.answer(table, ask))
    }

    pub(crate) fn trial(&self, table: &Table) -> Result<Ask, MethodError> {
        self.with(|cox| cox.trial(table))
    }

    /// The next point, or the path.
    pub(crate) fn step(&self, walk: Walk, total: &Sums) -> Result<Result<(Walk, Ask), Outcome>, MethodError> {
        match walk {
            Walk::Spread => {
                let (cases, events) = covariates::cohort(total)?;
                let standard = regression::common_standard(&self.covariates, total)?;
                let [centre, scale] = [standard.centre(), standard.scale()].map(<[f64]>::to_vec);
                let at = vec![0.0; centre.len()];
                let path = Path {
                    point: Point { centre, scale, at, exponents: Vec::new() },
                    cases,
                    events,
                    largest: None,
                    points: Vec::new(),
                    accepted: None,
                    rounds: 0,
                    halvings: 0,
                };
                Ok(Ok(asking(path)))
            }
            Walk::Path(path) => self.walk(*path, total),
        }
    }

    fn walk(&self, mut path: Path, total: &Sums) -> Result<Result<(Walk, Ask), Outcome>, MethodError> {
        let found = self.with(|cox| cox.evaluation(&path.point, total))?;
        let exponents = self.with(|cox| cox.exponents(&path.point, total))?;
        let at = DVector::from_column_slice(&path.point.at);
        if path.largest.is_none() {
            path.largest = Some(found.gradient.amax() / (path.cases as f64 * self.alpha.max(1e-3)));
        }
        path.rounds += 1;
        if path.rounds > ROUNDS {
            return Err(stalled(path.rounds));
        }
        let value = found.value - self.penalty(&path, &at);
        if let Some((last, before)) = &path.accepted {
            let rounding = 1e-12 * (1.0 + before.abs()) + NOISE;
            if !(value.is_finite() && value >= before - rounding) {
                path.halvings += 1;
                if path.halvings > HALVINGS {
                    return Err(stalled(path.rounds));
                }
                let half = path.point.at.iter().zip(last).map(|(at, last)| 0.5 * (at + last)).collect();
                path.point = Point { at: half, exponents, ..path.point };
                return Ok(Ok(asking(path)));
            }
        }
        self.advance(path, &at, &found, exponents)
    }

    /// From an accepted point: to the quadratic's maximum, and past all penalties whose maximum it is already.
    fn advance(
        &self,
        mut path: Path,
        at: &DVector<f64>,
        found: &Evaluation,
        exponents: Vec<i32>,
    ) -> Result<Result<(Walk, Ask), Outcome>, MethodError> {
        loop {
            let (absolute, square) = self.weights(&path);
            let next = penalised_maximum(at, found, &absolute, &square)?;
            if let Some(column) = next.iter().position(|value| !covariates::within(*value)) {
                let failure = Failure::Infinite { parameter: column, value: found.value };
                return Err(renkei_stats::cox::explain(failure).into());
            }
            let own = found.information.diagonal();
            let moved = (0..next.len()).map(|j| own[j] * (next[j] - at[j]).powi(2)).fold(0.0, f64::max);
            if moved > SETTLED {
                path.accepted = Some((at.as_slice().to_vec(), found.value - self.penalty(&path, at)));
                path.halvings = 0;
                path.point = Point { at: next.as_slice().to_vec(), exponents, ..path.point };
                return Ok(Ok(asking(path)));
            }
            let scaled = next.iter().zip(&path.point.scale).map(|(value, scale)| value / scale);
            let lambda = self.lambdas[path.points.len()];
            // What the last step, unseen, adds.
            let log_likelihood = found.value + found.gradient.dot(&(&next - at));
            path.points.push(NetPoint { lambda, coefficients: scaled.collect(), log_likelihood });
            (path.rounds, path.halvings) = (0, 0);
            if path.points.len() == self.lambdas.len() {
                let largest = path.largest.unwrap_or(0.0);
                let (cases, events) = (path.cases, path.events);
                return Ok(Err(Outcome::Net(NetPath { points: path.points, largest, cases, events })));
            }
        }
    }

    /// Weights of |b| and b^2 / 2 at the penalty that is worked on.
    fn weights(&self, path: &Path) -> (Vec<f64>, Vec<f64>) {
        let lambda = self.lambdas[path.points.len()] * path.cases as f64;
        let of = |share: f64| vec![lambda * share; self.covariates.len()];
        (of(self.alpha), of(1.0 - self.alpha))
    }

    fn penalty(&self, path: &Path, at: &DVector<f64>) -> f64 {
        let (absolute, square) = self.weights(path);
        let one = |(b, (absolute, square)): (&f64, (&f64, &f64))| absolute * b.abs() + 0.5 * square * b * b;
        at.iter().zip(absolute.iter().zip(&square)).map(one).sum()
    }
}

fn asking(path: Path) -> (Walk, Ask) {
    let ask = Ask::Slopes(path.point.clone());
    (Walk::Path(Box::new(path)), ask)
}

fn stalled(iterations: u32) -> MethodError {
    renkei_stats::StatsError::NotConverged { what: "elastic net", iterations: iterations as usize }.into()
}

/// What either Cox regression gives.
trait Slopes {
    fn trial(&self, table: &Table) -> Result<Ask, MethodError>;
    fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError>;
    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError>;
    fn exponents(&self, point: &Point, total: &Sums) -> Result<Vec<i32>, MethodError>;
}

impl<R: Regression> Slopes for R {
    fn trial(&self, table: &Table) -> Result<Ask, MethodError> {
        regression::trial(self, table)
    }

    fn answer(&self, table: &Table, ask: &Ask) -> Result<Answer, MethodError> {
        regression::answer(self, table, ask)
    }

    fn evaluation(&self, point: &Point, total: &Sums) -> Result<Evaluation, MethodError> {
        Regression::evaluation(self, point, total)
    }

    fn exponents(&self, point: &Point, total: &Sums) -> Result<Vec<i32>, MethodError> {
        Regression::exponents(self, point, total)
    }
}
