//! The baseline cumulative hazard of one stratum.

use serde::{Deserialize, Serialize};

/// Cumulative hazard of a case at the means of all predictors, by event time. Under Breslow's ties it is Breslow's estimate,
/// under Efron's Efron's (R `basehaz(centered = TRUE)`, `survfit(coxph)`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Label of the stratum (0 without strata).
    pub stratum: usize,
    /// Event times, ascending.
    pub time: Vec<f64>,
    /// Cumulative hazard at and after each time.
    pub cumulative_hazard: Vec<f64>,
}

impl Baseline {
    pub(crate) fn new(stratum: usize, descending: Vec<(f64, f64)>) -> Self {
        let mut total = 0.0;
        let (time, cumulative_hazard) = descending
            .into_iter()
            .rev()
            .map(|(time, increment)| {
                total += increment;
                (time, total)
            })
            .unzip();
        Self { stratum, time, cumulative_hazard }
    }

    /// Cumulative hazard at `time`; beyond the last event the last value stands.
    pub fn at(&self, time: f64) -> f64 {
        let step = self.time.partition_point(|t| *t <= time);
        step.checked_sub(1).map_or(0.0, |step| self.cumulative_hazard[step])
    }
}
