//! Dates and times as records state them: wall-clock at the hospital, without a zone.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

/// The first year that a record of a living patient can speak of.
const FIRST_YEAR: i32 = 1900;

/// A day or a point in time as a record states it, judged by its form only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stated {
    /// The record says nothing.
    #[default]
    Absent,
    /// No calendar has it, or it is not written as its standard says.
    Impossible,
    /// A year or a month alone: never made into a day.
    Vague {
        /// The year.
        year: i32,
    },
    /// A day without a time.
    Day(NaiveDate),
    /// A point in time on the wall clock of whoever wrote it.
    Moment(NaiveDateTime),
}

impl Stated {
    /// Reads an HL7 v2.5 time stamp (chapter 2A.77, TS): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`. The zone is
    /// left out: every message of one hospital has the same.
    #[must_use]
    pub fn hl7(text: &str) -> Self {
        let text = text.trim_ascii();
        if text.is_empty() || text == r#""""# {
            return Self::Absent;
        }
        let (text, zone) = text.split_once(['+', '-']).unwrap_or((text, "0000"));
        let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
        if zone.len() != 4
            || ![digits, fraction, zone].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Self::Impossible;
        }
        let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
        match digits.len() {
            4 | 6 => Self::vague(part(0, 4), part(4, 6).or((digits.len() == 4).then_some(1))),
            8 | 10 | 12 | 14 => {
                let day = [part(0, 4), part(4, 6), part(6, 8)];
                let time = (digits.len() > 8)
                    .then(|| [part(8, 10), part(10, 12), part(12, 14)].map(Option::unwrap_or_default));
                Self::of(day, time)
            }
            _ => Self::Impossible,
        }
    }

    /// Reads an ISO 8601 date or time in the forms of FHIR (`date`, `dateTime`, `instant`) and of OMOP:
    /// `YYYY[-MM[-DD[(T| )hh:mm[:ss[.fff]][Z|+hh:mm]]]]`. The zone is left out and the wall clock kept.
    #[must_use]
    pub fn iso(text: &str) -> Self {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Self::Absent;
        }
        let number = |from: usize, to: usize| {
            let part = text.get(from..to)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
        };
        let mark = |at: usize, allowed: &[u8]| text.as_bytes().get(at).is_some_and(|byte| allowed.contains(byte));
        match text.len() {
            4 => Self::vague(number(0, 4), Some(1)),
            7 if mark(4, b"-") => Self::vague(number(0, 4), number(5, 7)),
            length if length >= 10 && mark(4, b"-") && mark(7, b"-") => {
                let day = [number(0, 4), number(5, 7), number(8, 10)];
                if length == 10 {
                    return Self::of(day, None);
                }
                let seconds = if mark(16, b":") { number(17, 19) } else { Some(0) };
                match (number(11, 13), number(14, 16), seconds) {
                    (Some(hour), Some(minute), Some(second)) if mark(10, b"T ") && mark(13, b":") => {
                        Self::of(day, Some([hour, minute, second]))
                    }
                    _ => Self::Impossible,
                }
            }
            _ => Self::Impossible,
        }
    }

    /// The day, if one is stated.
    #[must_use]
    pub fn day(self) -> Option<NaiveDate> {
        match self {
            Self::Day(day) => Some(day),
            Self::Moment(moment) => Some(moment.date()),
            _ => None,
        }
    }

    /// The point in time, midnight where only a day is stated.
    #[must_use]
    pub fn moment(self) -> Option<NaiveDateTime> {
        match self {
            Self::Moment(moment) => Some(moment),
            other => other.day().map(|day| day.and_time(chrono::NaiveTime::MIN)),
        }
    }

    /// The year, if one is stated.
    #[must_use]
    pub fn year(self) -> Option<i32> {
        match self {
            Self::Vague { year } => Some(year),
            other => other.day().map(|day| day.year()),
        }
    }

    /// Whether the year lies before any patient's record.
    pub(crate) fn before_records(self) -> bool {
        self.year().is_some_and(|year| year < FIRST_YEAR)
    }

    /// Whether the day lies more than one day after the day of `recorded`; one day, since a sender in another zone can
    /// write the next day's date.
    pub(crate) fn after(self, recorded: Self) -> bool {
        match (self.day(), recorded.day()) {
            (Some(day), Some(recorded)) => day.signed_duration_since(recorded).num_days() > 1,
            _ => false,
        }
    }

    fn vague(year: Option<u32>, month: Option<u32>) -> Self {
        match (year.and_then(|year| i32::try_from(year).ok()), month) {
            (Some(year), Some(1..=12)) => Self::Vague { year },
            _ => Self::Impossible,
        }
    }

    fn of(day: [Option<u32>; 3], time: Option<[u32; 3]>) -> Self {
        let [Some(year), Some(month), Some(day)] = day else { return Self::Impossible };
        let year = i32::try_from(year).unwrap_or_default();
        let Some(day) = NaiveDate::from_ymd_opt(year, month, day) else { return Self::Impossible };
        match time {
            None => Self::Day(day),
            // A leap second is written as 60 and kept as the second before it.
            Some([hour, minute, second]) => match day.and_hms_opt(hour, minute, if second == 60 { 59 } else { second })
            {
                Some(moment) => Self::Moment(moment),
                None => Self::Impossible,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn hl7_times_are_read_in_every_precision() {
        let noon = day(2011, 12, 20).and_hms_opt(12, 5, 0).unwrap();
        let cases = [
            ("", Stated::Absent),
            (r#""""#, Stated::Absent),
            ("2011", Stated::Vague { year: 2011 }),
            ("201112", Stated::Vague { year: 2011 }),
            ("20111220", Stated::Day(day(2011, 12, 20))),
            ("201112201205", Stated::Moment(noon)),
            ("20111220120500.3399+0900", Stated::Moment(noon)),
            ("20111320", Stated::Impossible),
            ("20110229", Stated::Impossible),
            ("201113", Stated::Impossible),
            ("2011122", Stated::Impossible),
            ("201112202505", Stated::Impossible),
            ("H23.12.20", Stated::Impossible),
            ("2011-12-20", Stated::Impossible),
            ("２０１１", Stated::Impossible),
        ];
        for (text, expected) in cases {
            assert_eq!(Stated::hl7(text), expected, "{text}");
        }
    }

    #[test]
    fn iso_times_are_read_in_every_precision() {
        let noon = day(2011, 12, 20).and_hms_opt(12, 5, 0).unwrap();
        let cases = [
            ("2011", Stated::Vague { year: 2011 }),
            ("2011-12", Stated::Vague { year: 2011 }),
            ("2011-12-20", Stated::Day(day(2011, 12, 20))),
            ("2011-12-20T12:05:00+09:00", Stated::Moment(noon)),
            ("2011-12-20 12:05:00.000", Stated::Moment(noon)),
            ("2011-12-20T12:05Z", Stated::Moment(noon)),
            ("2011-02-30", Stated::Impossible),
            ("2011-1２-20", Stated::Impossible),
            ("20-12-2011", Stated::Impossible),
            ("2011-12-20T", Stated::Impossible),
        ];
        for (text, expected) in cases {
            assert_eq!(Stated::iso(text), expected, "{text}");
        }
    }

    #[test]
    fn the_next_day_is_not_yet_the_future() {
        let recorded = Stated::hl7("20111220");
        assert!(!Stated::hl7("201112212359").after(recorded));
        assert!(Stated::hl7("20111222").after(recorded));
        assert!(!Stated::hl7("2012").after(recorded) && !Stated::hl7("20120101").after(Stated::Absent));
    }
}
