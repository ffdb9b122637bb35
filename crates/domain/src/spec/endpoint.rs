//! The endpoint protocol as data: origin, time, event, horizons. Its digest goes into every result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpecError;

/// What is predicted, from when, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointSpec {
    /// The event's honest name: what a source calls disease-free survival is never labelled biochemical recurrence.
    pub name: String,
    /// What day 0 is, e.g. "radical prostatectomy".
    pub origin: String,
    /// Time from origin to event or censoring.
    pub time: TimeRule,
    /// Which rows had the event; the others are censored at their time.
    pub event: EventRule,
    /// Years at which discrimination and calibration are reported, ascending.
    pub horizons_years: Vec<f64>,
}

/// Where the time stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeRule {
    /// The column.
    pub column: String,
    /// Its unit.
    pub unit: TimeUnit,
}

/// A unit of follow-up time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Days; a year has 365.25.
    Days,
    /// Months; a year has 12.
    Months,
    /// Years.
    Years,
}

impl TimeUnit {
    /// How many of this unit make a year.
    #[must_use]
    pub fn per_year(self) -> f64 {
        match self {
            Self::Days => 365.25,
            Self::Months => 12.0,
            Self::Years => 1.0,
        }
    }
}

/// Which values of a column mean that the event happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRule {
    /// The column.
    pub column: String,
    /// Its values, as text, that mean "event".
    pub event: Vec<String>,
    /// Its values, as text, that mean "censored"; any other value is a fault of the record and is counted.
    pub censored: Vec<String>,
}

impl EndpointSpec {
    /// Everything that is wrong without opening a source.
    pub(super) fn faults(&self) -> Vec<SpecError> {
        let mut faults = Vec::new();
        if self.event.event.is_empty() {
            let reason = "is empty: name the value that means the event happened";
            faults.push(SpecError::field("endpoint.event.event", reason));
        }
        if let Some(both) = self.event.event.iter().find(|value| self.event.censored.contains(value)) {
            faults.push(SpecError::field("endpoint.event", format!("lists `{both}` as event and as censored")));
        }
        if self.horizons_years.is_empty() {
            let reason = "is empty: name at least one horizon in years";
            faults.push(SpecError::field("endpoint.horizons_years", reason));
        }
        let ascending = self.horizons_years.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.horizons_years.iter().any(|years| !years.is_finite() || *years <= 0.0) {
            faults.push(SpecError::field("endpoint.horizons_years", "must be positive and ascending"));
        }
        faults
    }
}
