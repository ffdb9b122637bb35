//! The restricted mean survival time (Irwin 1949, Royston and Parmar 2013), as R `survRM2::rmst2` and `print(survfit,
//! rmean =)`.

use super::{KaplanMeier, RiskTable, check_horizon};
use crate::{Estimate, StatsError};

/// Mean time free of the event up to `horizon`, in the unit of time: the area under the Kaplan-Meier curve, with the
/// variance that follows from Greenwood's, the sum of (area from t to the horizon)^2 d / (n (n - d)).
///
/// # Errors
/// `Setting` for a horizon that is not finite and above 0; `NoControls` when the follow-up ends in censoring before it.
pub fn restricted_mean(table: &RiskTable, horizon: f64) -> Result<Estimate, StatsError> {
    check_horizon(horizon)?;
    if !table.reaches(horizon) {
        return Err(StatsError::NoControls { what: "the horizon" });
    }
    let curve = KaplanMeier::new(table);
    let (mut area, mut variance, mut until) = (0.0, 0.0, horizon);
    for step in (0..curve.time.partition_point(|time| *time <= horizon)).rev() {
        area += curve.survival[step] * (until - curve.time[step]);
        until = curve.time[step];
        let (at_risk, events) = (curve.at_risk[step] as f64, curve.events[step] as f64);
        // Once everybody has had the event no area is left.
        if at_risk > events {
            variance += area * area * events / (at_risk * (at_risk - events));
        }
    }
    Ok(Estimate { estimate: area + until, std_err: variance.sqrt() })
}

/// Restricted mean of one group less that of another, which shares no case with it.
///
/// # Errors
/// As [`restricted_mean`], for either group.
pub fn restricted_mean_difference(table: &RiskTable, other: &RiskTable, horizon: f64) -> Result<Estimate, StatsError> {
    let (first, second) = (restricted_mean(table, horizon)?, restricted_mean(other, horizon)?);
    Ok(Estimate { estimate: first.estimate - second.estimate, std_err: first.std_err.hypot(second.std_err) })
}
