//! The Kaplan-Meier estimate of being uncensored, for inverse probability weights.

use crate::survival::Outcomes;

/// Cases by ascending time with what the censoring distribution needs.
#[derive(Debug)]
pub(crate) struct Censoring {
    pub(crate) order: Vec<usize>,
    /// By place in `order`: G just before the time.
    pub(crate) before: Vec<f64>,
    /// By place in `order`: share of the cohort that could be censored at the time (at risk, no event then).
    pub(crate) exposed: Vec<f64>,
    /// By place in `order`: censoring hazard at the time, at the first place of every time, else 0.
    pub(crate) hazard: Vec<f64>,
}

impl Censoring {
    pub(crate) fn new(outcomes: &Outcomes<'_>) -> Self {
        let order = outcomes.ascending();
        let all = order.len();
        let (mut before, mut exposed, mut hazard) = (vec![], vec![], vec![]);
        let mut free = 1.0;
        for tied in order.chunk_by(|a, b| outcomes.time()[*a] == outcomes.time()[*b]) {
            let events = tied.iter().filter(|row| outcomes.event()[**row]).count();
            let at_risk = all - before.len() - events;
            let loss = if at_risk > 0 { (tied.len() - events) as f64 / at_risk as f64 } else { 0.0 };
            for place in 0..tied.len() {
                before.push(free);
                exposed.push(at_risk as f64 / all as f64);
                hazard.push(if place == 0 { loss } else { 0.0 });
            }
            free *= 1.0 - loss;
        }
        Self { order, before, exposed, hazard }
    }
}
