//! The cumulative hazard estimate (Nelson 1969, Aalen 1978), as R `survfit(ctype = 1)`.

use serde::{Deserialize, Serialize};

use super::RiskTable;

/// A cumulative hazard: a step function that rises at the event times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NelsonAalen {
    /// Event times, ascending.
    pub time: Vec<f64>,
    /// The sum of d / n up to and with each time.
    pub cumulative_hazard: Vec<f64>,
    /// The sum of d / n^2 up to and with each time: its variance.
    pub variance: Vec<f64>,
}

impl NelsonAalen {
    /// The estimate of a risk table.
    pub fn new(table: &RiskTable) -> Self {
        let (mut hazard, mut spread) = (0.0, 0.0);
        let mut estimate = Self { time: vec![], cumulative_hazard: vec![], variance: vec![] };
        for (row, at_risk) in table.with_at_risk().filter(|(row, _)| row.events > 0) {
            let (n, d) = (at_risk as f64, row.events as f64);
            hazard += d / n;
            spread += d / (n * n);
            estimate.time.push(row.time);
            estimate.cumulative_hazard.push(hazard);
            estimate.variance.push(spread);
        }
        estimate
    }

    /// Cumulative hazard and its standard error at `time`: (0, 0) before the first event.
    pub fn at(&self, time: f64) -> (f64, f64) {
        match self.time.partition_point(|t| *t <= time).checked_sub(1) {
            Some(step) => (self.cumulative_hazard[step], self.variance[step].sqrt()),
            None => (0.0, 0.0),
        }
    }
}
