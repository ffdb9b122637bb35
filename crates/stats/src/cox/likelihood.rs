//! The partial log-likelihood with its derivatives, in three passes over the rows.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::order::{Ordered, Step};
use crate::{
    gram::{Gram, dot},
    newton::Evaluation,
};

/// How events at one time share their risk set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// Efron (1977): the tied leave the risk set one by one, on average. R's default.
    #[default]
    Efron,
    /// Breslow (1974): all the tied see the whole risk set.
    Breslow,
}

/// Work space of one fit.
#[derive(Debug)]
pub(crate) struct Likelihood<'a> {
    data: &'a Ordered,
    ties: Ties,
    /// Ridge weight of every standardised coefficient.
    penalty: &'a [f64],
    /// exp(linear predictor - shift of the stratum), by sorted row.
    weight: Vec<f64>,
    /// Largest linear predictor of every stratum, so that no weight overflows.
    shift: Vec<f64>,
    /// Hazard increment by stratum and step, for a weight of 1.
    hazard: Vec<Vec<Increment>>,
}

/// The estimated hazard at one event time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Increment {
    /// For those who survive the time.
    pub(crate) whole: f64,
    /// By how much less for those who die there (0 under Breslow).
    spared: f64,
}

/// Sums over the risk set of one stratum.
struct RiskSet {
    weight: f64,
    rows: Vec<f64>,
    death_weight: f64,
    death_rows: Vec<f64>,
}

/// Sums over the deaths k = 0.. of one step of 1 / (S0 - f_k D0) to the first and second power, times powers of f_k.
#[derive(Default)]
struct Shares {
    first: [f64; 2],
    second: [f64; 3],
    log: f64,
}

impl<'a> Likelihood<'a> {
    pub(crate) fn new(data: &'a Ordered, ties: Ties, penalty: &'a [f64]) -> Self {
        let (weight, strata) = (vec![0.0; data.rows().len()], data.strata.len());
        Self { data, ties, penalty, weight, shift: vec![0.0; strata], hazard: vec![Vec::new(); strata] }
    }

    /// Penalised log-likelihood, gradient and information at standardised coefficients.
    pub(crate) fn evaluate(&mut self, at: &DVector<f64>) -> Evaluation {
        let mut value = self.weigh(at.as_slice());
        let mut gradient = DVector::from_column_slice(&self.data.death_sum);
        let mut means = Gram::new(self.data.columns);
        for stratum in 0..self.data.strata.len() {
            value -= self.pass_risk_sets(stratum, &mut gradient, &mut means);
        }
        let mut information = self.cross_product() - means.finish();
        for (column, penalty) in self.penalty.iter().enumerate() {
            value -= 0.5 * penalty * at[column] * at[column];
            gradient[column] -= penalty * at[column];
            information[(column, column)] += penalty;
        }
        Evaluation { value, gradient, information }
    }

    /// Hazard increments of the last evaluation, by step of a stratum, for a case at the means of all predictors.
    pub(crate) fn baseline(&self, stratum: usize) -> impl Iterator<Item = (&Step, f64)> {
        let factor = (-self.shift[stratum]).exp();
        let increments = self.hazard[stratum].iter().map(move |increment| increment.whole * factor);
        self.data.strata[stratum].steps.iter().zip(increments)
    }

    /// Sets the weights; returns the summed (shifted) linear predictors of the deaths.
    fn weigh(&mut self, coefficients: &[f64]) -> f64 {
        for (weight, row) in self.weight.iter_mut().zip(self.data.rows()) {
            *weight = dot(coefficients, row);
        }
        let mut deaths = 0.0;
        for (stratum, shift) in self.data.strata.iter().zip(&mut self.shift) {
            let predictors = &mut self.weight[stratum.rows.clone()];
            *shift = predictors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            predictors.iter_mut().for_each(|value| *value -= *shift);
            deaths += stratum.steps.iter().flat_map(|step| &self.weight[step.deaths.clone()]).sum::<f64>();
            self.weight[stratum.rows.clone()].iter_mut().for_each(|value| *value = value.exp());
        }
        deaths
    }

    /// Adds a stratum to the gradient and to the cross product of the means; returns the log of its denominators.
    fn pass_risk_sets(&mut self, stratum: usize, gradient: &mut DVector<f64>, means: &mut Gram) -> f64 {
        let mut set = RiskSet::new(self.data.columns);
        let mut log = 0.0;
        self.hazard[stratum].clear();
        for step in &self.data.strata[stratum].steps {
            set.enter(self.data, &self.weight, step);
            let shares = set.shares(step.deaths.len(), self.ties);
            let [whole, spared] = shares.first;
            for (column, slope) in gradient.iter_mut().enumerate() {
                *slope -= whole * set.rows[column] - spared * set.death_rows[column];
            }
            set.add_means(&shares, means);
            log += shares.log;
            self.hazard[stratum].push(Increment { whole, spared });
        }
        log
    }

    /// The cross product of all rows, each weighted by the cumulative hazard that it lived through.
    fn cross_product(&self) -> DMatrix<f64> {
        let mut gram = Gram::new(self.data.columns);
        for (stratum, hazard) in self.data.strata.iter().zip(&self.hazard) {
            let mut cumulative = 0.0;
            for (step, increment) in stratum.steps.iter().zip(hazard).rev() {
                cumulative += increment.whole;
                for row in step.entering.clone() {
                    let spared = if step.deaths.contains(&row) { increment.spared } else { 0.0 };
                    let lived = self.weight[row] * (cumulative - spared);
                    gram.add(lived.sqrt(), self.data.row(row).iter().copied());
                }
            }
        }
        gram.finish()
    }
}

impl RiskSet {
    fn new(columns: usize) -> Self {
        Self { weight: 0.0, rows: vec![0.0; columns], death_weight: 0.0, death_rows: vec![0.0; columns] }
    }

    fn enter(&mut self, data: &Ordered, weight: &[f64], step: &Step) {
        for row in step.entering.clone() {
            self.weight += weight[row];
            add(&mut self.rows, weight[row], data.row(row));
        }
        self.death_weight = 0.0;
        self.death_rows.fill(0.0);
        for row in step.deaths.clone() {
            self.death_weight += weight[row];
            add(&mut self.death_rows, weight[row], data.row(row));
        }
    }

    fn shares(&self, deaths: usize, ties: Ties) -> Shares {
        let mut shares = Shares::default();
        for death in 0..deaths {
            let gone = if ties == Ties::Efron { death as f64 / deaths as f64 } else { 0.0 };
            let denominator = self.weight - gone * self.death_weight;
            let share = denominator.recip();
            shares.log += denominator.ln();
            for (power, factor) in [1.0, gone, gone * gone].into_iter().enumerate() {
                if power < 2 {
                    shares.first[power] += factor * share;
                }
                shares.second[power] += factor * share * share;
            }
        }
        shares
    }

    /// Adds the outer products of the means of all deaths of a step. They are combinations of two vectors, so a factor of the
    /// two-by-two matrix of their weights gives two rows instead of one a death.
    fn add_means(&self, shares: &Shares, means: &mut Gram) {
        let [square, mixed, spared] = shares.second;
        let whole = square.sqrt();
        let lean = -mixed / whole;
        let combined = self.rows.iter().zip(&self.death_rows).map(|(all, dead)| whole * all + lean * dead);
        means.add(1.0, combined);
        let rest = spared - lean * lean;
        if rest > 0.0 {
            means.add(rest.sqrt(), self.death_rows.iter().copied());
        }
    }
}

fn add(sums: &mut [f64], weight: f64, row: &[f64]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
}
