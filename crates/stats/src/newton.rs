//! Newton-Raphson with step halving for concave log-likelihoods, and what to say when there is no maximum.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

const ITERATIONS: usize = 100;
/// Gain still to be had (in log-likelihood) below which the last step is taken unseen: 1e-9 standard errors.
const SETTLED: f64 = 1e-18;
/// Relative change of the log-likelihood below which R's `coxph` stops; steps that do not shrink from here on never end.
const FLAT: f64 = 1e-9;
/// Share of its variance that a predictor must keep once those before it are known.
const OWN_SHARE: f64 = 1e-10;

/// A log-likelihood with its derivatives at one point.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub(crate) value: f64,
    pub(crate) gradient: DVector<f64>,
    /// The negative Hessian.
    pub(crate) information: DMatrix<f64>,
}

/// The maximum.
#[derive(Debug)]
pub(crate) struct Maximum {
    pub(crate) at: DVector<f64>,
    pub(crate) value: f64,
    pub(crate) covariance: DMatrix<f64>,
    pub(crate) iterations: usize,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Failure {
    /// The likelihood does not depend on this parameter.
    Flat { parameter: usize },
    /// This parameter is a combination of those before it.
    Dependent { parameter: usize },
    /// The likelihood rises towards `value` as the parameter runs away.
    Infinite { parameter: usize, value: f64 },
    /// No rise along the step, or too many iterations.
    Stalled { iterations: usize },
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

/// Climbs from `start`, whose evaluation is `first`. Parameters before `nuisance` (intercepts) are never named as running away.
pub(crate) fn maximise(
    start: DVector<f64>,
    first: Evaluation,
    nuisance: usize,
    floor: f64,
    mut evaluate: impl FnMut(&DVector<f64>) -> Evaluation,
) -> Result<Maximum, Failure> {
    let mut factor = Factor::new(&first.information, floor)?;
    let (mut at, mut current) = (start, first);
    let (mut last_size, mut flat) = (f64::INFINITY, false);
    for iterations in 1..=ITERATIONS {
        let step = factor.solve(&current.gradient);
        let (size, gain) = (step.amax(), step.dot(&current.gradient));
        if gain <= SETTLED {
            return Ok(Maximum { at: at + step, value: current.value, covariance: factor.inverse(), iterations });
        }
        if flat && size > 0.5 * last_size && size > 1e-3 {
            return Err(Failure::Infinite { parameter: farthest(&step, nuisance), value: current.value });
        }
        let (point, next) = climb(&at, &step, current.value, &mut evaluate).ok_or(Failure::Stalled { iterations })?;
        flat = next.value - current.value <= FLAT * (1.0 + next.value.abs());
        last_size = size;
        (at, current) = (point, next);
        // Information that was there at the start and is gone now: the parameter has run away.
        factor = Factor::new(&current.information, 0.0)
            .map_err(|_| Failure::Infinite { parameter: farthest(&at, nuisance), value: current.value })?;
    }
    Err(Failure::Stalled { iterations: ITERATIONS })
}

/// The largest parameter in size, from `nuisance` on.
fn farthest(of: &DVector<f64>, nuisance: usize) -> usize {
    nuisance + of.rows_range(nuisance..).icamax()
}

/// The first point along `step`, halved as often as needed, that does not lose likelihood.
fn climb(
    at: &DVector<f64>,
    step: &DVector<f64>,
    value: f64,
    evaluate: &mut impl FnMut(&DVector<f64>) -> Evaluation,
) -> Option<(DVector<f64>, Evaluation)> {
    let rounding = 1e-12 * (1.0 + value.abs());
    (0..30).find_map(|halvings| {
        let point = at + step * 0.5_f64.powi(halvings);
        let next = evaluate(&point);
        (next.value.is_finite() && next.value >= value - rounding).then_some((point, next))
    })
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
}
