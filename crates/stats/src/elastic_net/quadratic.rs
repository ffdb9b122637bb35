//! The penalised maximum of a quadratic whose information matrix is at hand.

use nalgebra::{DMatrix, DVector};

use crate::{StatsError, newton::Evaluation, newton::Factor};

/// Squared step, in standard errors, that is rounding.
const ROUNDED: f64 = 1e-28;
/// Rounds at most; what is left then is up to the next quadratic.
const ROUNDS: usize = 500;
/// Share of its own information added to each coefficient's in a jump, so that columns that depend on each other jump
/// too.
const DAMPING: f64 = 1e-8;

/// `slope . step - step . information . step / 2` less the penalty of `coefficients + step`, on its way to the maximum.
#[derive(Debug)]
pub(crate) struct Quadratic {
    pub(crate) coefficients: DVector<f64>,
    /// The slope without the penalty, where it has come to.
    pub(crate) slope: DVector<f64>,
    pub(crate) information: DMatrix<f64>,
    /// Weights of |b| and of b^2 / 2.
    pub(crate) absolute: DVector<f64>,
    pub(crate) square: DVector<f64>,
}

/// The coefficients at which the quadratic of a log-likelihood, formed by `around` at `coefficients`, is largest less a penalty
/// with weights `absolute` of |b| and `square` of b^2 / 2; to rounding.
///
/// # Errors
/// `Length` unless there is one of each a coefficient.
pub fn penalised_maximum(
    coefficients: &DVector<f64>,
    around: &Evaluation,
    absolute: &[f64],
    square: &[f64],
) -> Result<DVector<f64>, StatsError> {
    for found in [around.gradient.len(), absolute.len(), square.len()] {
        if found != coefficients.len() {
            return Err(StatsError::Length { what: "penalty", expected: coefficients.len(), found });
        }
    }
    let quadratic = Quadratic {
        coefficients: coefficients.clone(),
        slope: around.gradient.clone(),
        information: around.information.clone(),
        absolute: DVector::from_column_slice(absolute),
        square: DVector::from_column_slice(square),
    };
    Ok(quadratic.maximise(ROUNDED))
}

impl Quadratic {
    /// The coefficients at the maximum. `settled` is the squared step (in standard errors) that counts as none.
    pub(crate) fn maximise(mut self, settled: f64) -> DVector<f64> {
        for _ in 0..ROUNDS {
            if self.descend() <= settled {
                break;
            }
            self.jump();
        }
        self.coefficients
    }

    /// One step along each coefficient; the largest square in standard errors.
    fn descend(&mut self) -> f64 {
        let mut largest = 0.0_f64;
        for j in 0..self.coefficients.len() {
            let (old, own) = (self.coefficients[j], self.information[(j, j)]);
            let new = shrunk(self.slope[j] + own * old, own, self.absolute[j], self.square[j]).unwrap_or(old);
            self.coefficients[j] = new;
            self.slope.axpy(old - new, &self.information.column(j), 1.0);
            largest = largest.max(own * (new - old).powi(2));
        }
        largest
    }

    /// To the maximum over the coefficients that are not 0, or on the way there to where the first of them becomes 0.
    fn jump(&mut self) {
        let active: Vec<usize> = (0..self.coefficients.len()).filter(|j| self.coefficients[*j] != 0.0).collect();
        if active.is_empty() {
            return;
        }
        let information = DMatrix::from_fn(active.len(), active.len(), |i, j| {
            let value = self.information[(active[i], active[j])];
            if i == j { (1.0 + DAMPING) * value + self.square[active[i]] } else { value }
        });
        let slope = |j: &usize| {
            let b = self.coefficients[*j];
            self.slope[*j] - self.absolute[*j] * b.signum() - self.square[*j] * b
        };
        let slope = DVector::from_iterator(active.len(), active.iter().map(slope));
        let Ok(factor) = Factor::new(&information, 0.0) else { return };
        let step = factor.solve(&slope);
        let to_zero = |place: &usize| {
            let share = -self.coefficients[active[*place]] / step[*place];
            if self.absolute[active[*place]] > 0.0 && share > 0.0 { share } else { f64::INFINITY }
        };
        let first = (0..active.len()).min_by(|a, b| to_zero(a).total_cmp(&to_zero(b)));
        let zero = first.filter(|place| to_zero(place) < 1.0);
        let share = zero.as_ref().map_or(1.0, to_zero);
        for (place, j) in active.iter().enumerate() {
            let old = self.coefficients[*j];
            let new = if zero == Some(place) { 0.0 } else { old + share * step[place] };
            self.coefficients[*j] = new;
            self.slope.axpy(old - new, &self.information.column(*j), 1.0);
        }
    }
}

/// The best value of one coefficient whose slope would be `slope` at 0; none if nothing holds it.
pub(crate) fn shrunk(slope: f64, information: f64, absolute: f64, square: f64) -> Option<f64> {
    let divisor = information + square;
    (divisor > 0.0).then(|| (slope.abs() - absolute).max(0.0).copysign(slope) / divisor)
}
