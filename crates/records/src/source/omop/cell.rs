//! One cell, whatever type an export gave its column, and what it says.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};

use super::lines::CsvRecord;
use super::parquet::ArrowRecord;
use crate::Stated;

/// A cell's value.
#[derive(Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// Text, and decimals in their digits.
    Text(Cow<'a, str>),
    Day(NaiveDate),
    Moment(NaiveDateTime),
    /// A value that its type allows and no calendar has, bytes that are no text, or a text too long to mean anything.
    Broken,
}

/// One row of a table.
pub(super) enum Record<'a> {
    Arrow(ArrowRecord<'a>),
    Csv(CsvRecord<'a>),
}

/// What a column of concepts says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concept {
    /// Nothing, or concept 0: no matching concept.
    None,
    /// A concept.
    Id(i64),
    /// No whole number.
    Broken,
}

/// The longest text that can be a number, a date, a code or an identifier, in bytes.
const LONGEST_TEXT: usize = 256;
/// A day written as one number.
const EIGHT_DIGITS: std::ops::RangeInclusive<i64> = 10_000_000..=99_999_999;
/// The longest integer, in characters.
const LONGEST_INTEGER: usize = 20;

impl<'a> Record<'a> {
    /// The cell in a column of the table's list.
    pub(super) fn cell(&self, place: usize) -> Cell<'a> {
        match self {
            Self::Arrow(record) => record.cell(place),
            Self::Csv(record) => record.cell(place),
        }
    }

    /// A concept.
    pub(super) fn concept(&self, place: usize) -> Concept {
        match self.cell(place) {
            Cell::Null => Concept::None,
            cell => match cell.integer() {
                Some(0) => Concept::None,
                Some(id) => Concept::Id(id),
                None => Concept::Broken,
            },
        }
    }

    /// A date or time.
    pub(super) fn stated(&self, place: usize) -> Stated {
        self.cell(place).stated()
    }

    /// The time where one is stated, else the day.
    pub(super) fn time(&self, day: usize, time: usize) -> Stated {
        match (self.stated(day), self.stated(time)) {
            (day, Stated::Absent) => day,
            (Stated::Absent, time) => time,
            // A time that cannot be does not take the day with it.
            (day, time) => {
                if time.day().is_some() {
                    time
                } else {
                    day
                }
            }
        }
    }
}

impl<'a> Cell<'a> {
    /// Text as exports write it: nothing in several words.
    pub(super) fn written(text: &'a str) -> Self {
        if text.len() > LONGEST_TEXT {
            return Self::Broken;
        }
        match text.trim_ascii() {
            "" | "NULL" | "null" | "\\N" | "NA" | "NaN" | "nan" | "None" => Self::Null,
            text => Self::Text(Cow::Borrowed(text)),
        }
    }

    /// A whole number, also one written `8507.0`: a column of whole numbers with gaps is one of reals in pandas.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            // 2^53: below it every whole number has a real of its own.
            Self::Real(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Some(*number as i64)
            }
            Self::Text(text) => whole(text)?.parse().ok(),
            _ => None,
        }
    }

    /// A number as text for the door, which parses it; text that is no number is told apart there.
    pub(super) fn number(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null => None,
            Self::Integer(number) => Some(number.to_string().into()),
            Self::Real(number) if number.is_nan() => None,
            Self::Real(number) if number != 0.0 && !(1e-6..1e15).contains(&number.abs()) => {
                Some(format!("{number:e}").into())
            }
            Self::Real(number) => Some(number.to_string().into()),
            Self::Text(text) => Some(text),
            Self::Day(_) | Self::Moment(_) | Self::Broken => Some("".into()),
        }
    }

    /// An identifier as text: whole numbers without a fraction, all else as it is written.
    pub(super) fn id(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null | Self::Broken | Self::Day(_) | Self::Moment(_) => None,
            Self::Text(Cow::Borrowed(text)) => Some(Cow::Borrowed(whole(text).unwrap_or(text))),
            Self::Text(Cow::Owned(text)) => match whole(&text) {
                Some(whole) => Some(whole.to_owned().into()),
                None => Some(text.into()),
            },
            cell => cell.integer().map(|number| number.to_string().into()),
        }
    }

    /// A date or time; eight digits are a day too.
    pub(super) fn stated(&self) -> Stated {
        match self {
            Self::Null => Stated::Absent,
            Self::Day(day) => Stated::Day(*day),
            Self::Moment(moment) => Stated::Moment(*moment),
            Self::Text(text) if text.len() == 8 => Stated::hl7(text),
            Self::Text(text) => Stated::iso(text),
            Self::Integer(number) if EIGHT_DIGITS.contains(number) => Stated::hl7(&number.to_string()),
            Self::Integer(_) | Self::Real(_) | Self::Broken => Stated::Impossible,
        }
    }
}

/// The digits of a whole number, without a fraction of zeros.
fn whole(text: &str) -> Option<&str> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let all = !unsigned.is_empty() && digits.len() <= LONGEST_INTEGER;
    (all && unsigned.bytes().all(|byte| byte.is_ascii_digit()) && fraction.bytes().all(|byte| byte == b'0'))
        .then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_in_every_form_of_export() {
        let cases = [
            ("8507", Some(8507)),
            (" 8507.0 ", Some(8507)),
            ("8507.", Some(8507)),
            ("-1", Some(-1)),
            ("", None),
            ("\\N", None),
            ("8507.5", None),
            ("8e3", None),
            ("99999999999999999999999", None),
            ("８５", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Cell::written(text).integer(), expected, "{text}");
        }
        assert_eq!((Cell::Real(8507.0).integer(), Cell::Real(0.5).integer()), (Some(8507), None));
        assert_eq!(Cell::Real(f64::INFINITY).integer(), None);
        assert_eq!(Cell::written("007").id().as_deref(), Some("007"));
    }

    #[test]
    fn reals_are_written_as_they_would_be_in_text() {
        let cases = [(4.05, "4.05"), (-0.1, "-0.1"), (100.0, "100"), (1e-9, "1e-9"), (0.0, "0"), (3.5e300, "3.5e300")];
        for (number, expected) in cases {
            assert_eq!(Cell::Real(number).number().as_deref(), Some(expected));
        }
        assert_eq!(Cell::Real(f64::NAN).number(), None);
    }

    #[test]
    fn days_are_read_from_text_and_from_eight_digits() {
        let day = Stated::Day(NaiveDate::from_ymd_opt(2020, 2, 29).unwrap());
        assert_eq!(Cell::written("2020-02-29").stated(), day);
        assert_eq!(Cell::written("20200229").stated(), day);
        assert_eq!(Cell::Integer(20_200_229).stated(), day);
        assert_eq!(Cell::Integer(20_200_230).stated(), Stated::Impossible);
        assert_eq!(Cell::written("29/02/2020").stated(), Stated::Impossible);
        assert_eq!(Cell::written("NULL").stated(), Stated::Absent);
    }
}
