//! The agreed grid of times.

use serde::{Deserialize, Serialize};

use super::MethodError;

/// A time within this share of a step after its end counts as on it: times are divided by year lengths, and 487 days stay the
/// end of month 16 whatever the last bit says.
const ON_END: f64 = 1e-9;
/// Steps at most.
const MOST: usize = 20_000;

/// Ends of the steps of time, ascending. A time counts as the end of its step, for events and censorings alike; whoever is
/// followed beyond the last end is censored there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Times {
    ends: Vec<f64>,
}

impl TryFrom<Vec<f64>> for Times {
    type Error = MethodError;

    fn try_from(ends: Vec<f64>) -> Result<Self, MethodError> {
        Self::new(ends)
    }
}

impl From<Times> for Vec<f64> {
    fn from(times: Times) -> Self {
        times.ends
    }
}

impl Times {
    /// Steps that end at `ends`.
    ///
    /// # Errors
    /// `Terms` unless there are 1 to 20,000, finite, above 0 and ascending.
    pub fn new(ends: Vec<f64>) -> Result<Self, MethodError> {
        let sound = ends.iter().all(|end| end.is_finite()) && ends.first().is_some_and(|first| *first > 0.0);
        if !(sound && ends.len() <= MOST && ends.windows(2).all(|pair| pair[0] < pair[1])) {
            return Err(MethodError::terms("times", "1 to 20,000 finite, ascending times above 0 are needed"));
        }
        Ok(Self { ends })
    }

    /// Equal steps, `per_unit` to a unit of time, up to `horizon`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn regular(per_unit: f64, horizon: f64) -> Result<Self, MethodError> {
        let steps = (horizon * per_unit - ON_END).ceil();
        if !(1.0..=MOST as f64).contains(&steps) {
            return Err(MethodError::terms("times", "1 to 20,000 steps up to the horizon are needed"));
        }
        Self::new((1..=steps as usize).map(|step| step as f64 / per_unit).collect())
    }

    /// The ends.
    #[must_use]
    pub fn ends(&self) -> &[f64] {
        &self.ends
    }

    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = String> + '_ {
        self.ends.iter().map(|end| format!("by {end:.4}"))
    }

    /// The step of a time above 0, and whether it lies within the grid (else it is the last step's end, as censored).
    pub(crate) fn step(&self, time: f64) -> (usize, bool) {
        let length = |step: usize| self.ends[step] - step.checked_sub(1).map_or(0.0, |before| self.ends[before]);
        let first = self.ends.partition_point(|end| *end < time);
        match first.checked_sub(1) {
            Some(before) if time <= self.ends[before] + ON_END * length(before) => (before, true),
            _ if first < self.ends.len() => (first, true),
            _ => (self.ends.len() - 1, false),
        }
    }

    /// Follow-up as it is on the grid: what federated and pooled analyses on this grid both see.
    pub(crate) fn coarsen(&self, time: f64, cause: usize) -> (usize, usize) {
        let (step, within) = self.step(time);
        (step, if within { cause } else { 0 })
    }
}
