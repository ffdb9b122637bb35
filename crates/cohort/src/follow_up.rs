//! How long the cases were followed, and how many had the event by each horizon.

use arrow::array::RecordBatch;
use renkei_stats::StatsError;
use renkei_stats::survival::{Interval, IntervalForm, KaplanMeier, Outcomes, RiskTable};
use serde::{Deserialize, Serialize};

use crate::CohortError;
use crate::select::{events, times_years};

const LEVEL: f64 = 0.95;

/// Cases, events and follow-up of a cohort. Times are in years from the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Cases.
    pub cases: u64,
    /// Those with the event.
    pub events: u64,
    /// Those without it.
    pub censored: u64,
    /// Median follow-up by the reverse Kaplan-Meier estimate; none where fewer than half were censored in time.
    pub median_years: Option<f64>,
    /// The longest time.
    pub longest_years: f64,
    /// One entry a horizon, in the order given.
    pub horizons: Vec<AtHorizon>,
}

/// What is known at a horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AtHorizon {
    /// The horizon.
    pub years: f64,
    /// Cases still followed and without the event just before it.
    pub at_risk: u64,
    /// Events up to it.
    pub events: u64,
    /// The share that has had the event by then: 1 less the Kaplan-Meier estimate.
    pub rate: f64,
    /// Its pointwise 95 % interval on the log-log scale; none before the first event and after the last case.
    pub interval: Option<Interval>,
}

/// Describes the outcomes of a table of cases ([`crate::Cohort::cases`]).
///
/// # Errors
/// A table without a case, or with a time that is none.
pub fn follow_up(cases: &RecordBatch, horizons_years: &[f64]) -> Result<FollowUp, CohortError> {
    let (times, events) = (times_years(cases)?, events(cases)?);
    let table = RiskTable::new(&Outcomes::new(&times, &events).map_err(defect)?);
    let curve = KaplanMeier::new(&table);
    let horizons = horizons_years.iter().map(|&years| at_horizon(&table, &curve, years));
    Ok(FollowUp {
        cases: table.cases(),
        events: table.events(),
        censored: table.cases() - table.events(),
        median_years: KaplanMeier::new(&table.reversed()).quantile(0.5),
        longest_years: times.iter().copied().fold(0.0, f64::max),
        horizons: horizons.collect::<Result<_, _>>()?,
    })
}

fn at_horizon(table: &RiskTable, curve: &KaplanMeier, years: f64) -> Result<AtHorizon, CohortError> {
    let of_event = |of: Interval| Interval { lower: 1.0 - of.upper, upper: 1.0 - of.lower };
    Ok(AtHorizon {
        years,
        at_risk: table.at_risk(years),
        events: table.rows().iter().filter(|row| row.time <= years).map(|row| row.events).sum(),
        rate: 1.0 - curve.survival_at(years),
        interval: curve.interval_at(years, LEVEL, IntervalForm::LogLog).map_err(defect)?.map(of_event),
    })
}

/// A table of cases that [`crate::select()`] made has times that survival estimates take.
fn defect(error: StatsError) -> CohortError {
    CohortError::Internal(error.to_string())
}
