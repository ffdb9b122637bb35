//! The weighted partial likelihood of the subdistribution, with its derivatives and the influence of every case.
//!
//! A case with another cause at T stays in the risk set of the cause at every later t, with weight G(t-) / G(T-), where
//! G is the Kaplan-Meier estimate of being uncensored. The weight is a product, so all sums are running sums over time.

use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use super::CompetingOutcomes;
use crate::{
    Predictors, StatsError,
    gram::{Gram, dot},
    newton::Evaluation,
    standard::Standard,
};

/// All cases of one time, by their places in the order of ascending time.
#[derive(Debug)]
struct Step {
    time: f64,
    places: Range<usize>,
    /// Events of the cause.
    events: f64,
    censored: f64,
    /// G just before the time.
    uncensored: f64,
    /// Weight of the risk set for events of the cause, and the mean of its predictors (set by an evaluation).
    weight: f64,
    mean: Vec<f64>,
}

impl Step {
    /// Hazard of the cause at this time for a weight of 1.
    fn hazard(&self) -> f64 {
        if self.events > 0.0 { self.events / self.weight } else { 0.0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Censored,
    Event,
    Competing,
}

/// The cohort sorted once, with the work space of one fit.
#[derive(Debug)]
pub(crate) struct Subdistribution {
    pub(crate) standard: Standard,
    columns: usize,
    /// Standardised predictors by place, row-major.
    values: Vec<f64>,
    state: Vec<State>,
    steps: Vec<Step>,
    /// exp(linear predictor - shift) by place.
    weight: Vec<f64>,
    shift: f64,
}

/// A sum of weights and of weighted rows.
#[derive(Debug, Clone)]
struct Sum {
    weight: f64,
    rows: Vec<f64>,
}

impl Sum {
    fn new(columns: usize) -> Self {
        Self { weight: 0.0, rows: vec![0.0; columns] }
    }

    fn add(&mut self, weight: f64, row: &[f64]) {
        self.weight += weight;
        self.rows.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    }
}

impl Subdistribution {
    pub(crate) fn new(
        outcomes: &CompetingOutcomes<'_>,
        predictors: &Predictors<'_>,
        cause: usize,
    ) -> Result<Self, StatsError> {
        let standard = Standard::new(predictors)?;
        let order = outcomes.ascending();
        let values = order.iter().flat_map(|row| standard.apply(predictors.row(*row))).collect();
        let state: Vec<State> = order
            .iter()
            .map(|row| match outcomes.cause()[*row] {
                0 => State::Censored,
                own if own == cause => State::Event,
                _ => State::Competing,
            })
            .collect();
        let (mut steps, mut first, mut uncensored) = (Vec::new(), 0, 1.0);
        for tied in order.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
            let places = first..first + tied.len();
            let count = |of: State| state[places.clone()].iter().filter(|state| **state == of).count() as f64;
            let (events, censored, time) = (count(State::Event), count(State::Censored), outcomes.time()[tied[0]]);
            let at_risk = (order.len() - first) as f64;
            first = places.end;
            steps.push(Step { time, places, events, censored, uncensored, weight: 0.0, mean: Vec::new() });
            uncensored *= 1.0 - censored / at_risk;
        }
        let (columns, weight) = (predictors.columns(), vec![0.0; order.len()]);
        Ok(Self { standard, columns, values, state, steps, weight, shift: 0.0 })
    }

    fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.columns..(place + 1) * self.columns]
    }

    fn places_of(&self, step: &Step, state: State) -> impl Iterator<Item = usize> {
        step.places.clone().filter(move |place| self.state[*place] == state)
    }

    /// Log-likelihood, gradient and information at standardised coefficients.
    pub(crate) fn evaluate(&mut self, at: &DVector<f64>) -> Evaluation {
        let mut value = self.weigh(at.as_slice());
        self.fill_risk_sets();
        let (mut gradient, mut means) = (DVector::zeros(self.columns), Gram::new(self.columns));
        for step in self.steps.iter().filter(|step| step.events > 0.0) {
            value -= step.events * step.weight.ln();
            for place in self.places_of(step, State::Event) {
                let row = self.row(place).iter().zip(&step.mean);
                gradient.iter_mut().zip(row).for_each(|(slope, (x, mean))| *slope += x - mean);
            }
            means.add(step.events.sqrt(), step.mean.iter().copied());
        }
        Evaluation { value, gradient, information: self.cross_product() - means.finish() }
    }

    /// Event times with the hazard of a case at the means of all predictors, by descending time.
    pub(crate) fn hazards(&self) -> Vec<(f64, f64)> {
        let steps = self.steps.iter().rev().filter(|step| step.events > 0.0);
        steps.map(|step| (step.time, step.hazard() * (-self.shift).exp())).collect()
    }

    /// Sets the weights; returns the summed (shifted) linear predictors of the events.
    fn weigh(&mut self, coefficients: &[f64]) -> f64 {
        for (weight, row) in self.weight.iter_mut().zip(self.values.chunks_exact(self.columns)) {
            *weight = dot(coefficients, row);
        }
        self.shift = self.weight.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut events = 0.0;
        for (weight, state) in self.weight.iter_mut().zip(&self.state) {
            *weight -= self.shift;
            if *state == State::Event {
                events += *weight;
            }
            *weight = weight.exp();
        }
        events
    }

    /// Sets the risk set of every step with an event: those followed so far, then those who had another cause before.
    fn fill_risk_sets(&mut self) {
        let mut steps = std::mem::take(&mut self.steps);
        let mut followed = Sum::new(self.columns);
        for step in steps.iter_mut().rev() {
            step.places.clone().for_each(|place| followed.add(self.weight[place], self.row(place)));
            if step.events > 0.0 {
                step.weight = followed.weight;
                step.mean.clone_from(&followed.rows);
            }
        }
        let mut kept = Sum::new(self.columns);
        for step in &mut steps {
            if step.events > 0.0 {
                step.weight += step.uncensored * kept.weight;
                for (sum, row) in step.mean.iter_mut().zip(&kept.rows) {
                    *sum = (*sum + step.uncensored * row) / step.weight;
                }
            }
            for place in self.places_of(step, State::Competing) {
                kept.add(self.weight[place] / step.uncensored, self.row(place));
            }
        }
        self.steps = steps;
    }

    /// Hazard after each step, times G: what a case that had another cause then lives through with weight 1 / G.
    fn hazard_to_come(&self) -> Vec<f64> {
        let mut to_come = vec![0.0; self.steps.len()];
        for place in (1..self.steps.len()).rev() {
            let next = &self.steps[place];
            to_come[place - 1] = to_come[place] + next.uncensored * next.hazard();
        }
        to_come
    }

    /// The cross product of all rows, each weighted by the cumulative hazard that it lived through.
    fn cross_product(&self) -> DMatrix<f64> {
        let (mut gram, mut so_far) = (Gram::new(self.columns), 0.0);
        for (step, to_come) in self.steps.iter().zip(self.hazard_to_come()) {
            so_far += step.hazard();
            for place in step.places.clone() {
                let kept = if self.state[place] == State::Competing { to_come / step.uncensored } else { 0.0 };
                gram.add((self.weight[place] * (so_far + kept)).sqrt(), self.row(place).iter().copied());
            }
        }
        gram.finish()
    }

    /// What every case (by place) adds to the gradient: its own residual, and what its censoring does to G.
    pub(crate) fn influence(&self) -> DMatrix<f64> {
        let mut influence = DMatrix::zeros(self.state.len(), self.columns);
        // Hazard times (1, mean), so far; G times hazard times (1, mean), from this step on.
        let (mut so_far, mut to_come) = (Sum::new(self.columns), Sum::new(self.columns));
        self.steps.iter().for_each(|step| to_come.add(step.uncensored * step.hazard(), &step.mean));
        // Weight / G times (1, row) of those who had another cause before.
        let mut kept = Sum::new(self.columns);
        let mut compensator = vec![0.0; self.columns];
        for step in &self.steps {
            let at_risk = (self.state.len() - step.places.start) as f64;
            // Change of the gradient with the log of G from this time on.
            let shift =
                |column: usize| (kept.rows[column] * to_come.weight - kept.weight * to_come.rows[column]) / at_risk;
            let lost: Vec<f64> = (0..self.columns).map(shift).collect();
            for (sum, own) in compensator.iter_mut().zip(&lost) {
                *sum += own * step.censored / at_risk;
            }
            so_far.add(step.hazard(), &step.mean);
            to_come.add(-step.uncensored * step.hazard(), &step.mean);
            for place in step.places.clone() {
                let (row, weight, state) = (self.row(place), self.weight[place], self.state[place]);
                for (column, x) in row.iter().enumerate() {
                    let mut part = -weight * (x * so_far.weight - so_far.rows[column]) - compensator[column];
                    match state {
                        State::Censored => part += lost[column],
                        State::Event => part += x - step.mean[column],
                        State::Competing => {
                            let kept = x * to_come.weight - to_come.rows[column];
                            part -= weight / step.uncensored * kept;
                        }
                    }
                    influence[(place, column)] = part;
                }
            }
            for place in self.places_of(step, State::Competing) {
                kept.add(self.weight[place] / step.uncensored, self.row(place));
            }
        }
        influence
    }
}
