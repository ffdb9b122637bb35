//! The partial log-likelihood with its derivatives, in two passes over the rows.
//!
//! The rows are cut into parts that threads take one by one; what runs along the risk sets (their weight, the cumulative hazard,
//! the sum of their rows) is carried from part to part afterwards, in order, so that the result does not depend on the threads.

use nalgebra::{DMatrix, DVector};
use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::order::{Ordered, Segment, Step};
use crate::{
    gram::{Gram, dot},
    newton::Evaluation,
    parallel,
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
    /// By part and segment.
    states: Vec<Vec<State>>,
    /// Largest linear predictor of every stratum, so that no weight overflows.
    shift: Vec<f64>,
}

/// One segment at the coefficients of the last evaluation.
#[derive(Debug, Default)]
struct State {
    /// Largest linear predictor among its rows.
    shift: f64,
    /// exp(linear predictor - `shift`), by row.
    weight: Vec<f64>,
    /// Sum of linear predictor - `shift` over the deaths.
    deaths: f64,
    /// Weights that enter and that die, by step.
    entering: Vec<[f64; 2]>,
    /// exp(`shift` - shift of the stratum): makes a weight one of the stratum.
    factor: f64,
    /// Weight of the rows of the stratum before the segment.
    ahead: f64,
    shares: Vec<Shares>,
    /// Hazard of the stratum at the times after the segment's rows, which are the earlier times.
    earlier: f64,
}

/// Sums over the deaths k = 0.. of one step of 1 / (S0 - f_k D0) to the first and second power, times powers of f_k.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shares {
    /// Hazard increment for those who survive the time, and by how much less for those who die there (0 under Breslow).
    pub(super) first: [f64; 2],
    pub(super) second: [f64; 3],
    pub(super) log: f64,
    /// Hazard of this step and of all steps after it in its segment.
    cumulative: f64,
}

impl<'a> Likelihood<'a> {
    pub(crate) fn new(data: &'a Ordered, ties: Ties, penalty: &'a [f64]) -> Self {
        let states = data.parts.iter().map(|part| part.iter().map(|_| State::default()).collect()).collect();
        Self { data, ties, penalty, states, shift: Vec::new() }
    }

    /// Penalised log-likelihood, gradient and information at standardised coefficients.
    pub(crate) fn evaluate(&mut self, at: &DVector<f64>) -> Evaluation {
        let (data, ties) = (self.data, self.ties);
        self.each_segment(|segment, state| state.weigh(data, segment, at.as_slice()));
        self.carry_weights();
        self.each_segment(|segment, state| state.share(segment, ties));
        self.carry_hazard();
        let parts = data.parts.iter().zip(&self.states);
        let slopes = parallel::map(parts, |(part, states)| Arch::new().dispatch(SlopesOf(data, part, states)));
        let mut sum = self.add_up(slopes);
        for (column, penalty) in self.penalty.iter().enumerate() {
            sum.value -= 0.5 * penalty * at[column] * at[column];
            sum.gradient[column] -= penalty * at[column];
            sum.information[(column, column)] += penalty;
        }
        sum
    }

    /// Hazard increments of the last evaluation, by step of a stratum, for a case at the means of all predictors.
    pub(crate) fn baseline(&self, stratum: usize) -> impl Iterator<Item = (&Step, f64)> {
        let factor = (-self.shift[stratum]).exp();
        let segments = self.data.parts.iter().flatten().zip(self.states.iter().flatten());
        segments
            .filter(move |(segment, _)| segment.stratum == stratum)
            .flat_map(|(segment, state)| segment.steps.iter().zip(&state.shares))
            .map(move |(step, shares)| (step, shares.first[0] * factor))
    }

    fn each_segment(&mut self, work: impl Fn(&Segment, &mut State) + Sync) {
        let parts = self.data.parts.iter().zip(&mut self.states);
        parallel::map(parts, |(part, states)| {
            part.iter().zip(states).for_each(|(segment, state)| work(segment, state));
        });
    }

    /// Brings all segments of a stratum to one shift, and tells each what weight is ahead of it.
    fn carry_weights(&mut self) {
        self.shift.clear();
        self.shift.resize(self.data.strata.len(), f64::NEG_INFINITY);
        for (segment, state) in self.data.parts.iter().flatten().zip(self.states.iter().flatten()) {
            self.shift[segment.stratum] = self.shift[segment.stratum].max(state.shift);
        }
        let (mut stratum, mut ahead) = (0, 0.0);
        for (segment, state) in self.data.parts.iter().flatten().zip(self.states.iter_mut().flatten()) {
            if segment.stratum != stratum {
                (stratum, ahead) = (segment.stratum, 0.0);
            }
            state.factor = (state.shift - self.shift[stratum]).exp();
            state.ahead = ahead;
            ahead += state.factor * state.entering.iter().map(|[all, _]| all).sum::<f64>();
        }
    }

    /// Tells each segment the hazard of the segments behind it.
    fn carry_hazard(&mut self) {
        let (mut stratum, mut hazard) = (0, 0.0);
        for (part, states) in self.data.parts.iter().zip(&mut self.states).rev() {
            for (segment, state) in part.iter().zip(states).rev() {
                if segment.stratum != stratum {
                    (stratum, hazard) = (segment.stratum, 0.0);
                }
                state.earlier = hazard;
                hazard += state.shares.first().map_or(0.0, |shares| shares.cumulative);
            }
        }
    }

    fn add_up(&self, slopes: Vec<Slopes>) -> Evaluation {
        let columns = self.data.columns;
        let mut gradient = DVector::from_column_slice(&self.data.death_sum);
        let (mut cross, mut means) = (Gram::new(columns), Gram::new(columns));
        let mut carried = DMatrix::zeros(columns, columns);
        let (mut stratum, mut ahead) = (None, DVector::zeros(columns));
        for (part, slopes) in self.data.parts.iter().zip(slopes) {
            let ends = [part.first(), part.last()].map(|segment| segment.map(|segment| segment.stratum));
            if ends[0] != stratum {
                ahead.fill(0.0);
            }
            gradient += DVector::from_vec(slopes.gradient) - &ahead * slopes.hazard;
            cross.merge(slopes.cross);
            means.merge(slopes.means);
            if ahead.iter().any(|sum| *sum != 0.0) {
                let mixed = &ahead * DVector::from_vec(slopes.mixed).transpose();
                carried += &ahead * ahead.transpose() * slopes.square + &mixed + mixed.transpose();
            }
            if part.len() > 1 {
                ahead.fill(0.0);
            }
            ahead += DVector::from_vec(slopes.rows);
            stratum = ends[1];
        }
        let mut value = 0.0;
        for (segment, state) in self.data.parts.iter().flatten().zip(self.states.iter().flatten()) {
            let deaths: usize = segment.steps.iter().map(|step| step.deaths.len()).sum();
            let below = deaths as f64 * (state.shift - self.shift[segment.stratum]);
            value += state.deaths + below - state.shares.iter().map(|shares| shares.log).sum::<f64>();
        }
        Evaluation { value, gradient, information: cross.finish() - means.finish() - carried }
    }
}

impl State {
    fn weigh(&mut self, data: &Ordered, segment: &Segment, coefficients: &[f64]) {
        let first = segment.rows().start;
        self.weight.resize(segment.rows().len(), 0.0);
        Arch::new().dispatch(Predict { coefficients, rows: data.rows(segment.rows()), to: &mut self.weight });
        self.shift = self.weight.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.deaths = 0.0;
        self.entering.clear();
        for step in &segment.steps {
            let [all, dying] = [&step.entering, &step.deaths].map(|rows| rows.start - first..rows.end - first);
            self.deaths += self.weight[dying.clone()].iter().map(|value| value - self.shift).sum::<f64>();
            self.weight[all.clone()].iter_mut().for_each(|value| *value = (*value - self.shift).exp());
            self.entering.push([all, dying].map(|rows| self.weight[rows].iter().sum()));
        }
    }

    fn share(&mut self, segment: &Segment, ties: Ties) {
        self.shares.clear();
        let mut weight = self.ahead;
        for (step, [all, dying]) in segment.steps.iter().zip(&self.entering) {
            weight += self.factor * all;
            self.shares.push(Shares::new(weight, self.factor * dying, step.deaths.len(), ties));
        }
        let mut cumulative = 0.0;
        for shares in self.shares.iter_mut().rev() {
            cumulative += shares.first[0];
            shares.cumulative = cumulative;
        }
    }
}

impl Shares {
    /// Whether the dying are in the risk set in part only: Efron's ties.
    #[inline(always)]
    fn spares(&self) -> bool {
        self.first[1] > 0.0
    }

    pub(super) fn new(weight: f64, death_weight: f64, deaths: usize, ties: Ties) -> Self {
        let mut shares = Self::default();
        for death in 0..deaths {
            let gone = if ties == Ties::Efron { death as f64 / deaths as f64 } else { 0.0 };
            let denominator = weight - gone * death_weight;
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
}

/// What one part adds to the derivatives. `ahead`, the weighted sum of the rows that its first segment finds in the risk set, is
/// known only when the parts before are done: what it is multiplied with is summed apart.
struct Slopes {
    gradient: Vec<f64>,
    /// The cross product of all rows, each weighted by the cumulative hazard that it lived through.
    cross: Gram,
    /// The cross product of the risk set means.
    means: Gram,
    /// Weighted sum of the rows of the last segment.
    rows: Vec<f64>,
    /// Weighted sum of the rows of those who die at the last step.
    dying: Vec<f64>,
    /// `ahead` in the gradient.
    hazard: f64,
    /// `ahead ahead^T` in the cross product of the means.
    square: f64,
    /// `ahead mixed^T` and its transpose there.
    mixed: Vec<f64>,
}

/// Forms the slopes of one part, compiled for the vector units at hand.
struct SlopesOf<'a>(&'a Ordered, &'a [Segment], &'a [State]);

impl WithSimd for SlopesOf<'_> {
    type Output = Slopes;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Slopes {
        let Self(data, part, states) = self;
        let mut slopes = Slopes::new(data.columns);
        for (place, (segment, state)) in part.iter().zip(states).enumerate() {
            slopes.rows.fill(0.0);
            let mut left = state.weight.as_slice();
            for (step, shares) in segment.steps.iter().zip(&state.shares) {
                let (entering, rest) = left.split_at(step.entering.len());
                left = rest;
                slopes.enter(data, state, step, shares, entering);
                slopes.add_means(state.factor, shares, place == 0);
            }
            slopes.rows.iter_mut().for_each(|sum| *sum *= state.factor);
        }
        slopes
    }
}

impl Slopes {
    fn new(columns: usize) -> Self {
        let zero = vec![0.0; columns];
        Self {
            gradient: zero.clone(),
            cross: Gram::new(columns),
            means: Gram::new(columns),
            rows: zero.clone(),
            dying: zero.clone(),
            hazard: 0.0,
            square: 0.0,
            mixed: zero,
        }
    }

    /// Lets the rows of a step with their weights into the risk set. Sums are in weights of the segment.
    #[inline(always)]
    fn enter(&mut self, data: &Ordered, state: &State, step: &Step, shares: &Shares, weight: &[f64]) {
        let hazard = state.factor * (state.earlier + shares.cumulative);
        let rows = data.rows(step.entering.clone());
        let Self { cross, rows: sums, dying, .. } = self;
        if !shares.spares() {
            return add_rows(sums, cross, rows, weight, hazard);
        }
        let [from, to] = [step.deaths.start, step.deaths.end].map(|row| row - step.entering.start);
        add_rows(sums, cross, &rows[..from * data.columns], &weight[..from], hazard);
        add_rows(sums, cross, &rows[to * data.columns..], &weight[to..], hazard);
        dying.fill(0.0);
        let spared = state.factor * shares.first[1];
        add_rows(dying, cross, &rows[from * data.columns..to * data.columns], &weight[from..to], hazard - spared);
        sums.iter_mut().zip(dying).for_each(|(sum, dying)| *sum += *dying);
    }

    /// Adds the outer products of the means of all deaths of a step. They are combinations of two vectors, so a factor of the
    /// two-by-two matrix of their weights gives two rows instead of one a death.
    #[inline(always)]
    fn add_means(&mut self, factor: f64, shares: &Shares, first: bool) {
        let [whole, spared] = shares.first;
        let [square, mixed, rest] = shares.second;
        let root = square.sqrt();
        let (all, lean, rest) = (factor * root, -factor * mixed / root, rest - mixed * mixed / square);
        if first {
            self.hazard += whole;
            self.square += square;
            add_row(&mut self.mixed, root * all, &self.rows);
        }
        add_row(&mut self.gradient, -factor * whole, &self.rows);
        if !shares.spares() {
            return self.means.add(all, self.rows.iter().copied());
        }
        if first {
            add_row(&mut self.mixed, root * lean, &self.dying);
        }
        add_row(&mut self.gradient, factor * spared, &self.dying);
        self.means.add(1.0, self.rows.iter().zip(&self.dying).map(|(row, dead)| all * row + lean * dead));
        if rest > 0.0 {
            self.means.add(factor * rest.sqrt(), self.dying.iter().copied());
        }
    }
}

/// Adds weighted rows to sums, and their outer products weighted by the hazard that they lived through.
#[inline(always)]
fn add_rows(sums: &mut [f64], cross: &mut Gram, rows: &[f64], weight: &[f64], hazard: f64) {
    for (row, weight) in rows.chunks_exact(sums.len()).zip(weight) {
        add_row(sums, *weight, row);
        cross.add((weight * hazard).sqrt(), row.iter().copied());
    }
}

#[inline(always)]
fn add_row(sums: &mut [f64], weight: f64, row: &[f64]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
}

/// Linear predictors of rows, compiled for the vector units at hand.
struct Predict<'a> {
    coefficients: &'a [f64],
    rows: &'a [f64],
    to: &'a mut [f64],
}

impl WithSimd for Predict<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (to, row) in self.to.iter_mut().zip(self.rows.chunks_exact(self.coefficients.len())) {
            *to = dot(self.coefficients, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Predictors, Standard, survival::Outcomes};

    /// Ties, three strata (one without events), and linear predictors that differ by hundreds between the strata.
    fn evaluation(chunk: usize, ties: Ties) -> (usize, Evaluation, Vec<f64>) {
        let stratum: Vec<usize> = (0..240).map(|row| row * 7 % 240 / 80).collect();
        let time: Vec<f64> = (0..240).map(|row| (row * 37 % 29 + 1) as f64).collect();
        let event: Vec<bool> = (0..240).map(|row| row % 3 != 0 && stratum[row] != 2).collect();
        let values: Vec<f64> = (0..240)
            .flat_map(|row| [(row * 31 % 101) as f64, (row * 17 % 13) as f64 + 9000.0 * stratum[row] as f64])
            .collect();
        let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 2).unwrap());
        let standard = Standard::new(&predictors).unwrap();
        let data = Ordered::in_parts(&outcomes, &predictors, Some(&stratum), (standard, chunk));
        let mut likelihood = Likelihood::new(&data, ties, &[0.5, 0.0]);
        let evaluation = likelihood.evaluate(&DVector::from_vec(vec![0.7, 300.0]));
        let hazard = (0..3).flat_map(|stratum| likelihood.baseline(stratum).map(|(_, hazard)| hazard)).collect();
        (data.parts.len(), evaluation, hazard)
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        for ties in [Ties::Efron, Ties::Breslow] {
            let (one, whole, hazards) = evaluation(1000, ties);
            let (many, parts, hazards_of_parts) = evaluation(10, ties);
            assert!(one == 1 && many > 5, "{one} {many}");
            let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-11 * b.abs().max(1.0), "{a} is not {b}");
            near(parts.value, whole.value);
            parts.gradient.iter().zip(&whole.gradient).for_each(|(a, b)| near(*a, *b));
            parts.information.iter().zip(&whole.information).for_each(|(a, b)| near(*a, *b));
            assert_eq!(hazards.len(), hazards_of_parts.len());
            hazards_of_parts.iter().zip(&hazards).for_each(|(a, b)| assert!((a / b - 1.0).abs() < 1e-10));
        }
    }
}
