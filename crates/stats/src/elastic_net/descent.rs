//! Cyclic coordinate descent on the log-likelihood's quadratic, which is formed anew until it moves nothing.
//!
//! The quadratic leaves out that linear predictors share risk sets (Simon and others 2011), so it closes in by a constant factor
//! at a time. Once it moves little, Newton's method on the coefficients that are not 0, with their exact information and their
//! signs kept, does the rest; where it would turn a sign, descent goes on.

use nalgebra::DVector;
use pulp::{Arch, Simd, WithSimd};

use super::{
    design::Design,
    risk::{Risk, Slopes},
};
use crate::{StatsError, gram::dot, newton::Factor};

/// Quadratics formed for one lambda at most.
const QUADRATICS: usize = 500;
/// Rounds over the columns of one quadratic at most; the next quadratic goes on from there.
const ROUNDS: usize = 100;
/// Squared steps (in standard errors) from which on Newton's method takes over, and quadratics after which it is tried anyway.
const CLOSE: f64 = 1e-2;
const PATIENCE: usize = 3;
/// Newton steps at a time.
const STEPS: usize = 20;
/// Coefficients whose information matrix is worth forming.
const WIDEST: usize = 1000;
/// Share of its curvature at 0 below which a coefficient without penalty has run away.
const RUN_AWAY: f64 = 1e-8;

/// The penalty of every coefficient at one lambda, times the number of cases.
#[derive(Debug)]
pub(crate) struct Penalty {
    /// Weights of |b|.
    pub(crate) absolute: Vec<f64>,
    /// Weights of b^2 / 2.
    pub(crate) square: Vec<f64>,
}

impl Penalty {
    fn of(&self, columns: &[usize], coefficients: &[f64]) -> f64 {
        let one = |column: usize| {
            let b = coefficients[column];
            self.absolute[column] * b.abs() + 0.5 * self.square[column] * b * b
        };
        columns.iter().map(|column| one(*column)).sum()
    }
}

/// Coefficients of the standardised columns on their way along a path, with all that follows from them.
#[derive(Debug)]
pub(crate) struct State<'a> {
    design: &'a Design,
    risk: &'a Risk,
    pub(crate) coefficients: Vec<f64>,
    predictors: Vec<f64>,
    pub(crate) at: Slopes,
    curvature_at_zero: Vec<f64>,
    /// Columns that are descended on: all whose coefficient is or may become other than 0.
    pub(crate) working: Vec<usize>,
}

impl<'a> State<'a> {
    /// All coefficients at 0.
    pub(crate) fn new(design: &'a Design, risk: &'a Risk) -> Self {
        let predictors = vec![0.0; risk.order.len()];
        let mut at = Slopes::default();
        risk.evaluate(&predictors, &mut at);
        let (coefficients, curvature_at_zero) = (vec![0.0; design.columns()], at.curvature.clone());
        Self { design, risk, coefficients, predictors, at, curvature_at_zero, working: Vec::new() }
    }

    /// Slope of the log-likelihood along every coefficient.
    pub(crate) fn slopes(&self) -> Vec<f64> {
        (0..self.design.columns()).map(|column| self.design.slope(column, &self.at.slope)).collect()
    }

    /// Maximises over the working columns. `settled` is the squared step (in standard errors) from which on it is no step.
    pub(crate) fn descend(&mut self, penalty: &Penalty, settled: f64) -> Result<(), StatsError> {
        let mut value = self.at.log_likelihood - penalty.of(&self.working, &self.coefficients);
        let mut last = f64::INFINITY;
        for quadratic in 1..=QUADRATICS {
            let before = (self.coefficients.clone(), self.predictors.clone());
            let curvature: Vec<f64> = self.working.iter().map(|column| self.curvature(*column)).collect();
            self.solve_quadratic(penalty, &curvature, settled.max(1e-3 * last.min(CLOSE)));
            let moved = self.working.iter().zip(&curvature).map(|(column, curvature)| {
                let step = self.coefficients[*column] - before.0[*column];
                curvature * step * step
            });
            last = moved.fold(0.0, f64::max);
            value = self.rise(penalty, value, &before).unwrap_or(value);
            if last <= settled {
                return self.check_runaway(penalty);
            }
            if last <= CLOSE || quadratic % PATIENCE == 0 {
                value = self.polish(penalty, value, settled);
            }
        }
        Err(StatsError::NotConverged { what: "elastic net", iterations: QUADRATICS })
    }

    fn curvature(&self, column: usize) -> f64 {
        Arch::new().dispatch(SquareSum(self.design.column(column), &self.at.curvature))
    }

    /// A maximum of which a coefficient without penalty has no information left is none.
    fn check_runaway(&self, penalty: &Penalty) -> Result<(), StatsError> {
        let free = |column: &&usize| penalty.absolute[**column] == 0.0 && penalty.square[**column] == 0.0;
        let gone = |column: &&usize| {
            let at_zero = Arch::new().dispatch(SquareSum(self.design.column(**column), &self.curvature_at_zero));
            self.curvature(**column) <= RUN_AWAY * at_zero
        };
        match self.working.iter().filter(free).find(gone) {
            Some(column) => Err(StatsError::InfiniteCoefficient { column: *column }),
            None => Ok(()),
        }
    }

    /// Newton's method on the coefficients that are not 0; gives the penalised log-likelihood. It stops where it would turn a
    /// sign, and does nothing where their information has no inverse.
    fn polish(&mut self, penalty: &Penalty, mut value: f64, settled: f64) -> f64 {
        for _ in 0..STEPS {
            let active: Vec<usize> = self.working.iter().copied().filter(|j| self.coefficients[*j] != 0.0).collect();
            if active.is_empty() || active.len() > WIDEST {
                return value;
            }
            let mut information = self.risk.information(self.design, &active, &self.predictors);
            active.iter().enumerate().for_each(|(place, column)| {
                information[(place, place)] += penalty.square[*column];
            });
            let Ok(factor) = Factor::new(&information, 0.0) else { return value };
            let slope = |column: &usize| {
                let b = self.coefficients[*column];
                let likelihood = self.design.slope(*column, &self.at.slope);
                likelihood - penalty.absolute[*column] * b.signum() - penalty.square[*column] * b
            };
            let slopes = DVector::from_iterator(active.len(), active.iter().map(slope));
            let step = factor.solve(&slopes);
            let to_zero = active.iter().zip(&step).map(|(column, step)| -self.coefficients[*column] / step);
            let share = to_zero.filter(|share| *share > 0.0).fold(1.0, f64::min);
            let before = (self.coefficients.clone(), self.predictors.clone());
            for (column, step) in active.iter().zip(&step) {
                let (old, whole) = (self.coefficients[*column], share * step);
                // Exactly 0 where the step ends there.
                let new = if share < 1.0 && -old / step == share { 0.0 } else { old + whole };
                self.coefficients[*column] = new;
                let moves = self.predictors.iter_mut().zip(self.design.column(*column));
                moves.for_each(|(predictor, value)| *predictor += (new - old) * value);
            }
            let Some(next) = self.rise(penalty, value, &before) else { return value };
            value = next;
            if share < 1.0 || step.dot(&slopes) <= settled {
                return value;
            }
        }
        value
    }

    /// Cycles over the working columns, then over those that are not 0 until these stand still, and again.
    fn solve_quadratic(&mut self, penalty: &Penalty, curvature: &[f64], settled: f64) {
        // The quadratic's slope along each linear predictor.
        let mut residual = self.at.slope.clone();
        let all: Vec<usize> = (0..self.working.len()).collect();
        let mut rounds = 0;
        while rounds < ROUNDS && self.round(&all, penalty, curvature, &mut residual) > settled {
            let active: Vec<usize> =
                all.iter().copied().filter(|place| self.coefficients[self.working[*place]] != 0.0).collect();
            rounds += 1;
            while rounds < ROUNDS && self.round(&active, penalty, curvature, &mut residual) > settled {
                rounds += 1;
            }
        }
    }

    /// One step along each column; the largest gain.
    fn round(&mut self, places: &[usize], penalty: &Penalty, curvature: &[f64], residual: &mut [f64]) -> f64 {
        let mut largest = 0.0_f64;
        for place in places {
            let (column, curvature) = (self.working[*place], curvature[*place]);
            let old = self.coefficients[column];
            let divisor = curvature + penalty.square[column];
            if divisor <= 0.0 {
                continue;
            }
            let values = self.design.column(column);
            let slope = Arch::new().dispatch(Dot(values, residual)) + curvature * old;
            let shrunk = (slope.abs() - penalty.absolute[column]).max(0.0).copysign(slope);
            let step = shrunk / divisor - old;
            if step == 0.0 {
                continue;
            }
            self.coefficients[column] = old + step;
            let predictors = &mut self.predictors;
            Arch::new().dispatch(Step { step, values, weights: &self.at.curvature, residual, predictors });
            largest = largest.max(curvature * step * step);
        }
        largest
    }

    /// Evaluates where the quadratic led, or between there and `before` if the likelihood falls so far out.
    fn rise(&mut self, penalty: &Penalty, value: f64, before: &(Vec<f64>, Vec<f64>)) -> Option<f64> {
        let rounding = 1e-12 * (1.0 + value.abs());
        for _ in 0..30 {
            self.risk.evaluate(&self.predictors, &mut self.at);
            let next = self.at.log_likelihood - penalty.of(&self.working, &self.coefficients);
            if next.is_finite() && next >= value - rounding {
                return Some(next);
            }
            let halve = |to: &mut Vec<f64>, from: &Vec<f64>| {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = 0.5 * (*to + from));
            };
            halve(&mut self.coefficients, &before.0);
            halve(&mut self.predictors, &before.1);
        }
        None
    }
}

struct Dot<'a>(&'a [f64], &'a [f64]);

impl WithSimd for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        dot(self.0, self.1)
    }
}

struct SquareSum<'a>(&'a [f64], &'a [f64]);

impl WithSimd for SquareSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut lanes = [0.0; 8];
        let (values, weights) = (self.0.chunks_exact(8), self.1.chunks_exact(8));
        let rest = values.remainder().iter().zip(weights.remainder());
        let rest: f64 = rest.map(|(value, weight)| weight * value * value).sum();
        for (values, weights) in values.zip(weights) {
            for ((lane, value), weight) in lanes.iter_mut().zip(values).zip(weights) {
                *lane += weight * value * value;
            }
        }
        lanes.iter().sum::<f64>() + rest
    }
}

/// Moves the linear predictors along a column, and the quadratic's slopes with them.
struct Step<'a> {
    step: f64,
    values: &'a [f64],
    weights: &'a [f64],
    residual: &'a mut [f64],
    predictors: &'a mut [f64],
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let moves = self.residual.iter_mut().zip(self.predictors);
        for ((residual, predictor), (value, weight)) in moves.zip(self.values.iter().zip(self.weights)) {
            let moved = self.step * value;
            *residual -= weight * moved;
            *predictor += moved;
        }
    }
}
