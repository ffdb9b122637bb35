//! Uno's C (Uno et al. 2011), which does not depend on the pattern of censoring, as R `concordance(timewt = "n/G2")`.

use serde::{Deserialize, Serialize};

use super::{pairs::balance, ranks::dense_ranks};
use crate::{
    StatsError,
    survival::{Censoring, Outcomes},
};

/// Uno's C up to a horizon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnoConcordance {
    /// Events up to this time count.
    pub horizon: f64,
    /// C.
    pub estimate: f64,
    /// Its standard error by the infinitesimal jackknife, the censoring distribution taken as known (as in R).
    pub std_err: f64,
}

/// Concordance of a risk score (higher = earlier event) in which each event up to `horizon` is weighted by 1 / G(T-)^2,
/// where G is the Kaplan-Meier estimate of being uncensored.
///
/// # Errors
/// `Length`, `NotFinite`; `NoEvents` when no pair up to the horizon is comparable.
pub fn uno_concordance(outcomes: &Outcomes<'_>, risk: &[f64], horizon: f64) -> Result<UnoConcordance, StatsError> {
    let (ranks, distinct) = dense_ranks(risk, outcomes.rows())?;
    let censoring = Censoring::new(outcomes);
    let mut weight = vec![0.0; outcomes.rows()];
    for (row, before) in censoring.order.iter().zip(&censoring.before) {
        if outcomes.event()[*row] && outcomes.time()[*row] <= horizon {
            weight[*row] = (before * before).recip();
        }
    }
    let found = balance(outcomes, &censoring.order, (&ranks, distinct), &weight)?;
    Ok(UnoConcordance { horizon, estimate: found.estimate, std_err: found.std_err })
}
