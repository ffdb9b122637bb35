//! The endpoint protocol: what a row's time and event say, and what is wrong with them.

use arrow::array::ArrayRef;
use renkei_domain::spec::{EndpointSpec, EventRule};

use crate::CohortError;
use crate::column::{Number, is_text, numbers, texts};

/// The two columns of the endpoint, read once.
#[derive(Debug)]
pub(super) struct Outcomes {
    times: Vec<Number>,
    per_year: f64,
    events: Vec<EventCell>,
}

/// What the event column says of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventCell {
    Missing,
    /// A value that the endpoint names neither as event nor as censored.
    Unknown,
    Censored,
    Event,
}

/// What the time column says of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimeCell {
    Missing,
    Unreadable,
    /// Zero or negative: no follow-up, or a date before the origin.
    NotPositive,
    Years(f64),
}

impl Outcomes {
    pub(super) fn read(endpoint: &EndpointSpec, time: &ArrayRef, event: &ArrayRef) -> Result<Self, CohortError> {
        let textual = is_text(event.data_type());
        let events = texts(&endpoint.event.column, event)?;
        Ok(Self {
            times: numbers(&endpoint.time.column, time)?,
            per_year: endpoint.time.unit.per_year(),
            events: events.iter().map(|text| event_cell(&endpoint.event, text.as_deref(), textual)).collect(),
        })
    }

    pub(super) fn event(&self, row: usize) -> EventCell {
        self.events[row]
    }

    pub(super) fn time(&self, row: usize) -> TimeCell {
        match self.times[row] {
            Number::Missing => TimeCell::Missing,
            Number::Unreadable => TimeCell::Unreadable,
            Number::Value(time) if time <= 0.0 => TimeCell::NotPositive,
            Number::Value(time) => TimeCell::Years(time / self.per_year),
        }
    }

    /// Years and event of a row without fault.
    pub(super) fn sound(&self, row: usize) -> Option<(f64, bool)> {
        match (self.time(row), self.event(row)) {
            (TimeCell::Years(years), EventCell::Event) => Some((years, true)),
            (TimeCell::Years(years), EventCell::Censored) => Some((years, false)),
            _ => None,
        }
    }
}

fn event_cell(rule: &EventRule, text: Option<&str>, textual: bool) -> EventCell {
    let Some(text) = text else { return EventCell::Missing };
    let named = |values: &[String]| values.iter().any(|value| same_value(value, text, textual));
    if named(&rule.event) {
        EventCell::Event
    } else if named(&rule.censored) {
        EventCell::Censored
    } else {
        EventCell::Unknown
    }
}

/// Texts are compared as they are. A column of numbers or truths has lost how it was written (`1.0`, `TRUE`), so there
/// the values are compared.
fn same_value(named: &str, found: &str, textual: bool) -> bool {
    if textual || named == found {
        return named == found;
    }
    match (named.parse::<f64>(), found.parse::<f64>()) {
        (Ok(named), Ok(found)) => named == found,
        _ => named.eq_ignore_ascii_case(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_compare_exactly_and_numbers_by_value() {
        assert!(same_value("1", "1", true));
        assert!(!same_value("1", "1.0", true));
        assert!(!same_value("yes", "Yes", true));
        assert!(same_value("1.0", "1", false));
        assert!(same_value("TRUE", "true", false));
        assert!(!same_value("1", "0", false));
    }

    #[test]
    fn a_value_that_is_not_named_is_unknown_and_never_censored() {
        let rule = EventRule { column: "e".into(), event: vec!["1".into()], censored: vec!["0".into()] };
        let cells = [Some("1"), Some("0"), Some("2"), None].map(|text| event_cell(&rule, text, true));
        assert_eq!(cells, [EventCell::Event, EventCell::Censored, EventCell::Unknown, EventCell::Missing]);
    }
}
