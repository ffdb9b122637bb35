//! Cyclic coordinate descent on the log-likelihood's quadratic, which is formed anew until it moves nothing.
//!
//! The quadratic leaves out that linear predictors share risk sets (Simon and others 2011), so it closes in by a
//! constant factor at a time. Once it moves little, Newton's method with the exact information of the coefficients that
//! are not 0 does the rest, and descent shows that nothing is left to do: its step on a coefficient is the slope left
//! over, by the curvature.

use nalgebra::DVector;
use pulp::{Arch, Simd, WithSimd};

use super::{
    design::Design,
    quadratic::{Quadratic, shrunk},
    risk::{Risk, Slopes},
    runaway::run_away,
};
use crate::{StatsError, gram::dot};

/// Quadratics formed for one lambda at most.
const QUADRATICS: usize = 500;
/// Rounds over the columns of one quadratic at most; the next quadratic goes on from there.
const ROUNDS: usize = 100;
/// Squared steps (in standard errors) from which on Newton's method takes over, and quadratics after which it is tried
/// anyway.
const CLOSE: f64 = 1e-2;
const PATIENCE: usize = 3;
/// Newton steps at a time.
const STEPS: usize = 20;
/// Coefficients whose information matrix is worth forming.
const WIDEST: usize = 1000;
/// How much larger the last step may be with more of them, where descent is on its own.
const WIDE: f64 = 1e9;

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
    /// Columns that are descended on: all whose coefficient is or may become other than 0.
    pub(crate) working: Vec<usize>,
}

impl<'a> State<'a> {
    /// All coefficients at 0.
    pub(crate) fn new(design: &'a Design, risk: &'a Risk) -> Self {
        let predictors = vec![0.0; risk.order.len()];
        let mut at = Slopes::default();
        risk.evaluate(&predictors, &mut at);
        Self { design, risk, coefficients: vec![0.0; design.columns()], predictors, at, working: Vec::new() }
    }

    /// Slope of the log-likelihood along every coefficient.
    pub(crate) fn slopes(&self) -> Vec<f64> {
        (0..self.design.columns()).map(|column| self.design.slope(column, &self.at.slope)).collect()
    }

    /// Maximises over the working columns. `settled` is the squared step (in standard errors) from which on it is no
    /// step.
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
            let active = self.working.iter().filter(|column| self.coefficients[**column] != 0.0).count();
            if last <= settled * if active > WIDEST { WIDE } else { 1.0 } {
                return self.check_runaway(penalty);
            }
            if last <= CLOSE || quadratic % PATIENCE == 0 {
                value = self.polish(penalty, value, settled);
            }
        }
        self.check_runaway(penalty)?;
        Err(StatsError::NotConverged { what: "elastic net", iterations: QUADRATICS })
    }

    fn curvature(&self, column: usize) -> f64 {
        Arch::new().dispatch(SquareSum(self.design.column(column), &self.at.curvature))
    }

    /// Where coefficients that no penalty holds have run away, the likelihood has no maximum.
    fn check_runaway(&self, penalty: &Penalty) -> Result<(), StatsError> {
        let free = |column: &usize| penalty.absolute[*column] == 0.0 && penalty.square[*column] == 0.0;
        let free: Vec<usize> = self.working.iter().copied().filter(free).collect();
        if free.is_empty() {
            return Ok(());
        }
        let zero = vec![0.0; self.predictors.len()];
        let [at_zero, now] = [&zero, &self.predictors].map(|at| self.risk.information(self.design, &free, at));
        run_away(&at_zero, &now).map_or(Ok(()), |place| Err(StatsError::InfiniteCoefficient { column: free[place] }))
    }

    /// Newton's method on the coefficients that are not 0, with the penalty as it is; gives the penalised
    /// log-likelihood.
    fn polish(&mut self, penalty: &Penalty, mut value: f64, settled: f64) -> f64 {
        for _ in 0..STEPS {
            let active: Vec<usize> = self.working.iter().copied().filter(|j| self.coefficients[*j] != 0.0).collect();
            if active.is_empty() || active.len() > WIDEST {
                return value;
            }
            let of = |value: &dyn Fn(usize) -> f64| {
                DVector::from_iterator(active.len(), active.iter().map(|column| value(*column)))
            };
            let quadratic = Quadratic {
                coefficients: of(&|column| self.coefficients[column]),
                slope: of(&|column| self.design.slope(column, &self.at.slope)),
                information: self.risk.information(self.design, &active, &self.predictors),
                absolute: of(&|column| penalty.absolute[column]),
                square: of(&|column| penalty.square[column]),
            };
            let own = quadratic.information.diagonal();
            let best = quadratic.maximise(settled);
            let before = (self.coefficients.clone(), self.predictors.clone());
            let mut largest = 0.0_f64;
            for ((column, new), own) in active.iter().zip(&best).zip(&own) {
                let step = new - self.coefficients[*column];
                self.coefficients[*column] = *new;
                let moves = self.predictors.iter_mut().zip(self.design.column(*column));
                moves.for_each(|(predictor, value)| *predictor += step * value);
                largest = largest.max(own * step * step);
            }
            let Some(next) = self.rise(penalty, value, &before) else { return value };
            value = next;
            if largest <= settled {
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
            let values = self.design.column(column);
            let slope = Arch::new().dispatch(Dot(values, residual)) + curvature * old;
            let new = shrunk(slope, curvature, penalty.absolute[column], penalty.square[column]).unwrap_or(old);
            let step = new - old;
            if step == 0.0 {
                continue;
            }
            self.coefficients[column] = new;
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
