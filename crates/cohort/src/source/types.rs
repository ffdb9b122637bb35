//! The type of a CSV column, from all of its fields: a type is given only if every field reads back as it was written.

use arrow::compute::kernels::cast_utils::Parser as _;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};

/// Integers longer than this lose digits as a floating-point number (2^53 has 16).
const EXACT_DIGITS: usize = 15;

/// What the fields of one column seen so far allow.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnType {
    any: bool,
    integer: bool,
    float: bool,
    truth: bool,
    date: bool,
}

impl ColumnType {
    /// Nothing is seen yet.
    pub(super) fn new() -> Self {
        Self { any: false, integer: true, float: true, truth: true, date: true }
    }

    /// Takes one field into account; empty and `NA` fields are missing and say nothing.
    pub(super) fn see(&mut self, field: &str) {
        if field.is_empty() || field == "NA" {
            return;
        }
        self.any = true;
        let number = is_plain_number(field);
        self.integer = self.integer && number && Int64Type::parse(field).is_some();
        self.float = self.float && number && is_exact(field) && Float64Type::parse(field).is_some_and(f64::is_finite);
        self.truth = self.truth && (field.eq_ignore_ascii_case("true") || field.eq_ignore_ascii_case("false"));
        self.date = self.date && field.len() == 10 && Date32Type::parse(field).is_some();
    }

    /// The type; text where nothing narrower fits, or nothing was seen.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self { any: false, .. } => DataType::Utf8,
            Self { integer: true, .. } => DataType::Int64,
            Self { float: true, .. } => DataType::Float64,
            Self { truth: true, .. } => DataType::Boolean,
            Self { date: true, .. } => DataType::Date32,
            _ => DataType::Utf8,
        }
    }
}

/// Whether a number is written plainly: no plus sign, blank or leading zero, which only ids and codes have.
fn is_plain_number(field: &str) -> bool {
    let unsigned = field.strip_prefix('-').unwrap_or(field).as_bytes();
    match unsigned {
        [b'0', b'0'..=b'9', ..] | [] => false,
        [b'0'..=b'9' | b'.', ..] => {
            unsigned.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        }
        _ => false,
    }
}

/// Whether a floating-point number can hold the field without losing digits that may be those of an id.
fn is_exact(field: &str) -> bool {
    field.len() <= EXACT_DIGITS || field.contains(['.', 'e', 'E'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> DataType {
        let mut column = ColumnType::new();
        fields.iter().for_each(|field| column.see(field));
        column.data_type()
    }

    #[test]
    fn numbers_truths_and_dates_are_found_past_missing_fields() {
        assert_eq!(of(&["1", "NA", "-20", ""]), DataType::Int64);
        assert_eq!(of(&["1", "2.50", ".5", "1e-3"]), DataType::Float64);
        assert_eq!(of(&["TRUE", "false"]), DataType::Boolean);
        assert_eq!(of(&["2020-02-29", "NA"]), DataType::Date32);
    }

    #[test]
    fn what_would_not_read_back_stays_text() {
        for fields in
            [&["007", "8"][..], &["+1"], &["12345678901234567890"], &["1", "<0.1"], &["nan"], &[" 1"], &["1-2"]]
        {
            assert_eq!(of(fields), DataType::Utf8, "{fields:?}");
        }
        for fields in [&["2020-13-01"][..], &["2020-1-1"], &["NA", ""], &["true", "1"], &["1", "2020-01-01"], &["-"]] {
            assert_eq!(of(fields), DataType::Utf8, "{fields:?}");
        }
    }
}
