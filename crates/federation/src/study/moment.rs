//! Days and moments that are passed in: nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};

/// A text that is no day.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no day: write it as 2027-06-30")]
pub struct MomentError(String);

/// A calendar day in UTC, written `2027-06-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

impl Day {
    /// Whole days from `earlier` to this day; negative where this day comes first.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }
}

impl FromStr for Day {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let refused = || MomentError(text.to_owned());
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| refused())?;
        // One spelling a day: chrono also reads 2027-6-3, and a document must have one canonical form.
        if Self(day).to_string() == text { Ok(Self(day)) } else { Err(refused()) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl TryFrom<String> for Day {
    type Error = MomentError;
    fn try_from(text: String) -> Result<Self, MomentError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

/// A moment: seconds since the beginning of 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// The day of this moment in UTC; none for moments beyond the calendar.
    #[must_use]
    pub fn day(self) -> Option<Day> {
        DateTime::from_timestamp(self.0, 0).map(|moment| Day(moment.date_naive()))
    }

    /// Whether `day` is over. A moment beyond the calendar is after every day.
    #[must_use]
    pub fn is_after(self, day: Day) -> bool {
        self.day().is_none_or(|today| today > day)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp(self.0, 0) {
            Some(moment) => write!(f, "{}", moment.format("%Y-%m-%dT%H:%M:%SZ")),
            None => write!(f, "second {}", self.0),
        }
    }
}
