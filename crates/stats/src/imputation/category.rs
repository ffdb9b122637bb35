//! Categories by Bayesian logistic regression, level by level (continuation ratios): is it level 0; if not, is it level 1; and
//! so on. Two levels are plain logistic regression, as R `mice.impute.logreg`.

use nalgebra::DVector;
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use super::{
    conditional::{Regressors, Scaling},
    draw::around,
};
use crate::{
    StatsError,
    gram::{Gram, dot},
    hazard::Link,
    newton::{Evaluation, Failure, maximise},
};

/// One question a level but the last.
#[derive(Debug, Clone)]
pub(super) struct Levels(Vec<Question>);

/// Whether it is this level, among the cases that are of no level before it.
#[derive(Debug, Clone)]
enum Question {
    /// No such case, or no other: the share is known.
    Certain(f64),
    /// A logistic regression with one draw of its parameters.
    Drawn { scaling: Scaling, drawn: DVector<f64> },
}

impl Levels {
    pub(super) fn learn(
        regressors: &Regressors,
        values: &[f64],
        levels: usize,
        generator: &mut ChaCha12Rng,
    ) -> Result<Self, StatsError> {
        let last = levels.saturating_sub(1);
        (0..last).map(|level| Question::learn(regressors, values, level, generator)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn draw(&self, row: &[f64], generator: &mut ChaCha12Rng) -> f64 {
        let is_level = |question: &Question| generator.random::<f64>() < question.share(row);
        self.0.iter().position(is_level).unwrap_or(self.0.len()) as f64
    }
}

impl Question {
    fn learn(
        regressors: &Regressors,
        values: &[f64],
        level: usize,
        generator: &mut ChaCha12Rng,
    ) -> Result<Self, StatsError> {
        let asked = || regressors.rows().zip(values).filter(|(_, value)| **value >= level as f64);
        let of_level: Vec<bool> = asked().map(|(_, value)| *value == level as f64).collect();
        let count = of_level.iter().filter(|own| **own).count();
        if count == 0 || count == of_level.len() {
            return Ok(Self::Certain(f64::from(count > 0)));
        }
        let asked = Regressors {
            columns: regressors.columns,
            values: asked().flat_map(|(row, _)| row.iter().copied()).collect(),
        };
        let scaling = Scaling::new(&asked, of_level.len());
        let rows: Vec<Vec<f64>> = asked.rows().zip(&of_level).map(|(row, _)| scaling.apply(row)).collect();
        let cases: Vec<Case> = rows
            .into_iter()
            .zip(of_level)
            .map(|(row, of_level)| Case { row, of_level, weight: 1.0 })
            .chain(augmentation(scaling.parameters()))
            .collect();
        let start = DVector::zeros(scaling.parameters());
        let maximum =
            maximise(start.clone(), evaluate(&cases, &start), 1, 1e-10, |at| evaluate(&cases, at)).map_err(explain)?;
        let factor = maximum.covariance.cholesky().ok_or(StatsError::NotConverged { what: WHAT, iterations: 1 })?;
        Ok(Self::Drawn { drawn: around(generator, &maximum.at, &factor.l()), scaling })
    }

    fn share(&self, row: &[f64]) -> f64 {
        match self {
            Self::Certain(share) => *share,
            Self::Drawn { scaling, drawn } => Link::Logit.hazard(dot(drawn.as_slice(), &scaling.apply(row))),
        }
    }
}

const WHAT: &str = "logistic regression of an imputation";

/// Augmented cases keep every coefficient finite, so that only rounding can fail.
fn explain(failure: Failure) -> StatsError {
    let iterations = if let Failure::Stalled { iterations } = failure { iterations } else { 1 };
    StatsError::NotConverged { what: WHAT, iterations }
}

struct Case {
    row: Vec<f64>,
    of_level: bool,
    weight: f64,
}

/// Cases half a standard deviation either side of the mean along every regressor, once with the level and once without, that
/// together weigh as much as there are parameters (White, Daniel and Royston 2010).
fn augmentation(parameters: usize) -> impl Iterator<Item = Case> {
    let regressors = parameters - 1;
    let weight = parameters as f64 / (4 * regressors.max(1)) as f64;
    let sides = (1..parameters).flat_map(|at| [(at, 0.5), (at, -0.5)]);
    sides.flat_map(move |(at, side)| {
        [true, false].map(|of_level| {
            let mut row = vec![0.0; parameters];
            (row[0], row[at]) = (1.0, side);
            Case { row, of_level, weight }
        })
    })
}

fn evaluate(cases: &[Case], at: &DVector<f64>) -> Evaluation {
    let (mut value, mut gradient, mut gram) = (0.0, DVector::zeros(at.len()), Gram::new(at.len()));
    for Case { row, of_level, weight } in cases {
        let own = Link::Logit.terms(dot(at.as_slice(), row), *of_level);
        value += weight * own.value;
        gradient.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * own.slope * x);
        gram.add((weight * own.observed).sqrt(), row.iter().copied());
    }
    Evaluation { value, gradient, information: gram.finish() }
}
