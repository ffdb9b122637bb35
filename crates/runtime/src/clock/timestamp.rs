//! A point in time to the millisecond, written as RFC 3339 text in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// Milliseconds since 1970-01-01T00:00:00Z, in the years 1 to 9999 (what RFC 3339 can write).
///
/// The text form always has three decimals and `Z`, so that equal times are equal bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

impl Timestamp {
    /// The time `millis` milliseconds after (or before) 1970-01-01T00:00:00Z; an error outside the years 1 to 9999.
    pub fn from_unix_millis(millis: i64) -> Result<Self, Error> {
        if RANGE_MS.contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(Error::Timestamp { text: format!("{millis} ms after 1970") })
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.0
    }

    /// The time `since_epoch` after 1970; the last representable time where that is later still.
    pub(super) fn saturating_from_unix(since_epoch: Duration) -> Self {
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX).min(*RANGE_MS.end()))
    }

    /// The time `duration` later; the last representable time where that is later still.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis).min(*RANGE_MS.end()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::<Utc>::from_timestamp_millis(self.0).ok_or(fmt::Error)?;
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Any RFC 3339 offset is accepted; digits past the millisecond are cut off.
    fn from_str(text: &str) -> Result<Self, Error> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| Error::Timestamp { text: text.to_owned() })?;
        Self::from_unix_millis(time.timestamp_millis())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_utc_with_three_decimals_and_round_trips() {
        let time = Timestamp::from_unix_millis(1_769_850_000_000).unwrap();
        assert_eq!(time.to_string(), "2026-01-31T09:00:00.000Z");
        assert_eq!("2026-01-31T18:00:00.0009+09:00".parse::<Timestamp>().unwrap(), time);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2026-01-31T09:00:00.000Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn the_ends_of_the_range_round_trip_and_one_step_beyond_is_refused() {
        for (millis, text) in
            [(*RANGE_MS.start(), "0001-01-01T00:00:00.000Z"), (*RANGE_MS.end(), "9999-12-31T23:59:59.999Z")]
        {
            assert_eq!(Timestamp::from_unix_millis(millis).unwrap().to_string(), text);
            assert_eq!(text.parse::<Timestamp>().unwrap().unix_millis(), millis);
        }
        assert!(Timestamp::from_unix_millis(RANGE_MS.start() - 1).is_err());
        assert!(Timestamp::from_unix_millis(RANGE_MS.end() + 1).is_err());
        assert_eq!(Timestamp::saturating_from_unix(Duration::MAX).unix_millis(), *RANGE_MS.end());
        assert!("2026-01-31".parse::<Timestamp>().is_err());
    }
}
