//! Harrell's C (Harrell et al. 1982), in O(n log n), as R `concordance`.

use serde::{Deserialize, Serialize};

use super::{
    pairs::{balance, by_time},
    ranks::dense_ranks,
};
use crate::{StatsError, survival::Outcomes};

/// Counts of comparable pairs and what follows from them. A pair is comparable when it is known who had the event
/// first; a case censored at the time of another's event outlived it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concordance {
    /// Pairs in which the higher risk had the event first.
    pub concordant: u64,
    /// Pairs in which the lower risk had the event first.
    pub discordant: u64,
    /// Comparable pairs of equal risk.
    pub tied_risk: u64,
    /// Pairs with events at one time and different risks.
    pub tied_time: u64,
    /// Pairs with events at one time and equal risks.
    pub tied_both: u64,
    /// C: concordant pairs and half of those of equal risk, over all comparable pairs.
    pub estimate: f64,
    /// Its standard error by the infinitesimal jackknife.
    pub std_err: f64,
}

/// Concordance of a risk score (higher = earlier event) with follow-up: R `concordance(Surv(time, event) ~ risk,
/// reverse = TRUE)`.
///
/// # Errors
/// `Length`, `NotFinite`; `NoEvents` when no pair is comparable.
pub fn concordance(outcomes: &Outcomes<'_>, risk: &[f64]) -> Result<Concordance, StatsError> {
    let (ranks, distinct) = dense_ranks(risk, outcomes.rows())?;
    let order = outcomes.ascending();
    let found = balance(outcomes, &order, (&ranks, distinct), &vec![1.0; outcomes.rows()])?;
    let (tied_time, tied_both) = tied_events(outcomes, &order, &ranks);
    Ok(Concordance {
        concordant: found.total.concordant as u64,
        discordant: found.total.discordant as u64,
        tied_risk: found.total.tied as u64,
        tied_time,
        tied_both,
        estimate: found.estimate,
        std_err: found.std_err,
    })
}

/// Pairs of events at one time: of different and of equal risk.
fn tied_events(outcomes: &Outcomes<'_>, order: &[usize], ranks: &[usize]) -> (u64, u64) {
    let choose_two = |members: usize| (members * members.saturating_sub(1) / 2) as u64;
    let (mut all, mut equal) = (0, 0);
    for (events, _) in by_time(outcomes, order) {
        all += choose_two(events.len());
        let mut tied: Vec<usize> = events.iter().map(|row| ranks[*row]).collect();
        tied.sort_unstable();
        equal += tied.chunk_by(|a, b| a == b).map(|group| choose_two(group.len())).sum::<u64>();
    }
    (all - equal, equal)
}
