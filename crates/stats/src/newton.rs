//! Newton-Raphson with step halving for concave log-likelihoods, and what to say when there is no maximum.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use serde::{Deserialize, Serialize};

use crate::StatsError;

const ITERATIONS: usize = 100;
/// Halvings of one step at most.
const HALVINGS: i32 = 30;
/// Larger than any step, and a number that JSON can store.
const MAX_SIZE: f64 = f64::MAX;
/// Gain still to be had (in log-likelihood) below which the last step is taken unseen: 1e-9 standard errors.
const SETTLED: f64 = 1e-18;
/// Relative change of the log-likelihood below which R's `coxph` stops; steps that do not shrink from here on never end.
const FLAT: f64 = 1e-9;
/// Share of its variance that a predictor must keep once those before it are known.
const OWN_SHARE: f64 = 1e-10;

/// A log-likelihood with its derivatives at one point. Evaluations of parts of a cohort at the same point [`merge`](Self::merge)
/// into that of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The log-likelihood.
    pub value: f64,
    /// Its gradient.
    pub gradient: DVector<f64>,
    /// The negative Hessian.
    pub information: DMatrix<f64>,
}

impl Evaluation {
    /// The evaluation of nobody.
    pub fn zero(parameters: usize) -> Self {
        let information = DMatrix::zeros(parameters, parameters);
        Self { value: 0.0, gradient: DVector::zeros(parameters), information }
    }

    /// The evaluation of both parts.
    ///
    /// # Errors
    /// `Length` when they differ in parameters.
    pub fn merge(mut self, other: &Self) -> Result<Self, StatsError> {
        if self.gradient.len() != other.gradient.len() {
            let (expected, found) = (self.gradient.len(), other.gradient.len());
            return Err(StatsError::Length { what: "evaluation (parameters)", expected, found });
        }
        self.value += other.value;
        self.gradient += &other.gradient;
        self.information += &other.information;
        Ok(self)
    }
}

/// The maximum.
#[derive(Debug)]
pub struct Maximum {
    /// Where it is: one Newton step, which gains less than can be seen, beyond the last evaluation.
    pub at: DVector<f64>,
    /// The log-likelihood.
    pub value: f64,
    /// The inverse of the information.
    pub covariance: DMatrix<f64>,
    /// Newton steps.
    pub iterations: usize,
}

/// Why there is none. Parameters count from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Failure {
    /// The likelihood does not depend on this parameter.
    Flat {
        /// Which.
        parameter: usize,
    },
    /// This parameter is a combination of those before it.
    Dependent {
        /// Which.
        parameter: usize,
    },
    /// The likelihood rises towards `value` as the parameter runs away.
    Infinite {
        /// Which.
        parameter: usize,
        /// Log-likelihood reached.
        value: f64,
    },
    /// No rise along the step, or too many iterations.
    Stalled {
        /// Newton steps spent.
        iterations: usize,
    },
}

/// A Cholesky factor of an information matrix, scaled to unit diagonal first.
pub(crate) struct Factor {
    scale: DVector<f64>,
    factor: Cholesky<f64, Dyn>,
}

impl Factor {
    /// `floor` is the information below which a parameter counts as not measured at all.
    pub(crate) fn new(information: &DMatrix<f64>, floor: f64) -> Result<Self, Failure> {
        let diagonal = information.diagonal();
        // Written so that NaN counts as not measured.
        if let Some(parameter) = (0..diagonal.len()).find(|j| diagonal[*j] <= floor || !diagonal[*j].is_finite()) {
            return Err(Failure::Flat { parameter });
        }
        let scale = diagonal.map(|d| d.sqrt().recip());
        let scaled = DMatrix::from_fn(scale.len(), scale.len(), |i, j| information[(i, j)] * scale[i] * scale[j]);
        match scaled.clone().cholesky() {
            Some(factor) => match factor.l_dirty().diagonal().iter().position(|pivot| pivot * pivot < OWN_SHARE) {
                Some(parameter) => Err(Failure::Dependent { parameter }),
                None => Ok(Self { scale, factor }),
            },
            None => Err(Failure::Dependent { parameter: first_dependent(&scaled) }),
        }
    }

    pub(crate) fn solve(&self, right: &DVector<f64>) -> DVector<f64> {
        self.factor.solve(&right.component_mul(&self.scale)).component_mul(&self.scale)
    }

    pub(crate) fn inverse(&self) -> DMatrix<f64> {
        let inverse = self.factor.inverse();
        DMatrix::from_fn(self.scale.len(), self.scale.len(), |i, j| inverse[(i, j)] * self.scale[i] * self.scale[j])
    }
}

/// The first column whose leading block has no Cholesky factor, or hardly one.
fn first_dependent(scaled: &DMatrix<f64>) -> usize {
    let sound = |size: usize| {
        let factor = scaled.view((0, 0), (size, size)).clone_owned().cholesky();
        factor.is_some_and(|f| f.l_dirty().diagonal().iter().all(|pivot| pivot * pivot >= OWN_SHARE))
    };
    (1..=scaled.nrows()).find(|size| !sound(*size)).unwrap_or(scaled.nrows()) - 1
}

/// A climb that asks for one evaluation after the other: the same steps whether they are formed in one process or come as
/// sums over hospitals. It can be stored between two evaluations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Climb {
    nuisance: usize,
    floor: f64,
    noise: f64,
    /// The point climbed from, and the log-likelihood there once it is known.
    at: Vec<f64>,
    value: Option<f64>,
    step: Vec<f64>,
    halvings: i32,
    iterations: usize,
    last_size: f64,
    flat: bool,
}

/// What a climb wants next.
#[derive(Debug)]
pub enum Move {
    /// The evaluation at this point.
    Evaluate(DVector<f64>),
    /// Nothing: this is the maximum.
    Done(Maximum),
}

impl Climb {
    /// A climb from `start`, which is to be evaluated first. Parameters before `nuisance` (intercepts) are never named as
    /// running away; `floor` is the information below which a parameter counts as not measured; `noise` is the error of the
    /// log-likelihoods given, beyond that of their last digits (0 unless they are rounded on their way).
    pub fn new(start: &DVector<f64>, nuisance: usize, floor: f64, noise: f64) -> Self {
        Self {
            nuisance,
            floor,
            noise,
            at: start.as_slice().to_vec(),
            value: None,
            step: vec![0.0; start.len()],
            halvings: 0,
            iterations: 0,
            last_size: MAX_SIZE,
            flat: false,
        }
    }

    /// The point whose evaluation is awaited.
    pub fn point(&self) -> DVector<f64> {
        let share = 0.5_f64.powi(self.halvings);
        DVector::from_iterator(self.at.len(), self.at.iter().zip(&self.step).map(|(at, step)| at + step * share))
    }

    /// Goes on with the evaluation at [`Self::point`].
    ///
    /// # Errors
    /// A [`Failure`]; the climb is over then.
    pub fn advance(&mut self, next: &Evaluation) -> Result<Move, Failure> {
        let point = self.point();
        let factor = match self.value {
            None => Factor::new(&next.information, self.floor)?,
            Some(value) => {
                let rounding = 1e-12 * (1.0 + value.abs()) + self.noise;
                if !(next.value.is_finite() && next.value >= value - rounding) {
                    return self.halve();
                }
                self.flat = next.value - value <= FLAT * (1.0 + next.value.abs());
                self.last_size = self.step.iter().fold(0.0, |size: f64, step| size.max(step.abs()));
                // Information that was there at the start and is gone now: the parameter has run away.
                Factor::new(&next.information, 0.0)
                    .map_err(|_| Failure::Infinite { parameter: farthest(&point, self.nuisance), value: next.value })?
            }
        };
        let step = factor.solve(&next.gradient);
        self.iterations += 1;
        let (size, gain) = (step.amax(), step.dot(&next.gradient));
        if gain <= SETTLED {
            let (covariance, iterations) = (factor.inverse(), self.iterations);
            return Ok(Move::Done(Maximum { at: point + step, value: next.value, covariance, iterations }));
        }
        if self.flat && size > 0.5 * self.last_size && size > 1e-3 {
            return Err(Failure::Infinite { parameter: farthest(&step, self.nuisance), value: next.value });
        }
        if self.iterations > ITERATIONS {
            return Err(Failure::Stalled { iterations: ITERATIONS });
        }
        (self.at, self.value, self.halvings) = (point.as_slice().to_vec(), Some(next.value), 0);
        self.step = step.as_slice().to_vec();
        Ok(Move::Evaluate(self.point()))
    }

    /// Half the step, where the whole lost likelihood.
    fn halve(&mut self) -> Result<Move, Failure> {
        self.halvings += 1;
        if self.halvings == HALVINGS {
            return Err(Failure::Stalled { iterations: self.iterations });
        }
        Ok(Move::Evaluate(self.point()))
    }
}

/// Climbs from `start`, whose evaluation is `first`. Parameters before `nuisance` (intercepts) are never named as running away.
pub(crate) fn maximise(
    start: DVector<f64>,
    first: Evaluation,
    nuisance: usize,
    floor: f64,
    mut evaluate: impl FnMut(&DVector<f64>) -> Evaluation,
) -> Result<Maximum, Failure> {
    let mut climb = Climb::new(&start, nuisance, floor, 0.0);
    let mut next = first;
    loop {
        match climb.advance(&next)? {
            Move::Evaluate(point) => next = evaluate(&point),
            Move::Done(maximum) => return Ok(maximum),
        }
    }
}

/// The largest parameter in size, from `nuisance` on.
fn farthest(of: &DVector<f64>, nuisance: usize) -> usize {
    nuisance + of.rows_range(nuisance..).icamax()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn climb_from_zero(evaluate: impl Fn(&DVector<f64>) -> Evaluation) -> Result<Maximum, Failure> {
        let start = DVector::zeros(2);
        maximise(start.clone(), evaluate(&start), 0, 1e-10, evaluate)
    }

    #[test]
    fn names_the_parameter_without_a_maximum() {
        // log-likelihood -exp(-b1) - b0^2: rises for ever in b1.
        let failure = climb_from_zero(|b| Evaluation {
            value: -(-b[1]).exp() - b[0] * b[0],
            gradient: DVector::from_vec(vec![-2.0 * b[0], (-b[1]).exp()]),
            information: DMatrix::from_diagonal(&DVector::from_vec(vec![2.0, (-b[1]).exp()])),
        });
        assert!(matches!(failure, Err(Failure::Infinite { parameter: 1, value }) if value.abs() < 1e-6));
    }

    #[test]
    fn names_flat_and_dependent_parameters() {
        let quadratic = |information: [f64; 4]| {
            climb_from_zero(move |b| {
                let information = DMatrix::from_row_slice(2, 2, &information);
                let gradient = DVector::from_vec(vec![1.0, 1.0]) - &information * b;
                Evaluation { value: b.sum() - 0.5 * b.dot(&(&information * b)), gradient, information }
            })
        };
        assert_eq!(quadratic([1.0, 0.0, 0.0, 0.0]).unwrap_err(), Failure::Flat { parameter: 1 });
        assert_eq!(quadratic([1.0, 2.0, 2.0, 4.0]).unwrap_err(), Failure::Dependent { parameter: 1 });
        let nearly = 1.0 - 1e-12;
        assert_eq!(quadratic([1.0, nearly, nearly, 1.0]).unwrap_err(), Failure::Dependent { parameter: 1 });
        let maximum = quadratic([2.0, 1.0, 1.0, 2.0]).unwrap();
        assert!((maximum.at[0] - 1.0 / 3.0).abs() < 1e-15);
        assert!((maximum.covariance[(0, 1)] + 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_stored_climb_goes_on_where_it_was() {
        // -cosh(b0 - 1) - cosh(2 b1): far enough out for several steps.
        let evaluate = |b: &DVector<f64>| Evaluation {
            value: -(b[0] - 1.0).cosh() - (2.0 * b[1]).cosh(),
            gradient: DVector::from_vec(vec![-(b[0] - 1.0).sinh(), -2.0 * (2.0 * b[1]).sinh()]),
            information: DMatrix::from_diagonal(&DVector::from_vec(vec![
                (b[0] - 1.0).cosh(),
                4.0 * (2.0 * b[1]).cosh(),
            ])),
        };
        let start = DVector::from_vec(vec![3.0, 1.5]);
        let mut climb = Climb::new(&start, 0, 0.0, 0.0);
        let whole = maximise(start.clone(), evaluate(&start), 0, 0.0, evaluate).unwrap();
        for _ in 0..50 {
            climb = serde_json::from_str(&serde_json::to_string(&climb).unwrap()).unwrap();
            if let Move::Done(maximum) = climb.advance(&evaluate(&climb.point())).unwrap() {
                assert_eq!((maximum.at, maximum.iterations), (whole.at, whole.iterations));
                assert!(maximum.iterations > 3);
                return;
            }
        }
        panic!("no end");
    }
}
