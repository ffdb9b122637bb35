//! One column as texts or as numbers, whatever type its table gave it.

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::{DataType, Float64Type};

use crate::CohortError;

/// One cell of a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    /// Empty, or not a number by IEEE 754, as some writers mark missing values.
    Missing,
    /// Text that is no finite decimal number.
    Unreadable,
    /// A finite number.
    Value(f64),
}

impl Number {
    fn of(value: f64) -> Self {
        if value.is_nan() {
            Self::Missing
        } else if value.is_finite() {
            Self::Value(value)
        } else {
            Self::Unreadable
        }
    }

    fn of_text(text: &str) -> Self {
        match text.parse::<f64>() {
            _ if text.trim().is_empty() => Self::Missing,
            Ok(value) if value.is_finite() => Self::Value(value),
            _ => Self::Unreadable,
        }
    }

    /// The number, if there is one.
    pub(crate) fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Unreadable => None,
        }
    }
}

/// Whether the type is one of text.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

fn cast_to(name: &str, array: &ArrayRef, wanted: &'static str, data_type: &DataType) -> Result<ArrayRef, CohortError> {
    let found = array.data_type();
    let wrong = || CohortError::ColumnType { column: name.to_owned(), found: found.to_string(), wanted };
    if found.is_nested() || !can_cast_types(found, data_type) {
        return Err(wrong());
    }
    cast(array, data_type).map_err(|_| wrong())
}

/// The cells as text; empty text is missing, and a number is written in its shortest form (`3`, not `3.0`).
pub(crate) fn texts(name: &str, array: &ArrayRef) -> Result<Vec<Option<String>>, CohortError> {
    if array.data_type().is_floating() {
        let numbers = numbers(name, array)?;
        return Ok(numbers.into_iter().map(|number| number.value().map(|value| value.to_string())).collect());
    }
    let array = cast_to(name, array, "text", &DataType::Utf8)?;
    let texts = array.as_string::<i32>().iter();
    Ok(texts.map(|text| text.filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned)).collect())
}

/// The cells as numbers.
pub(crate) fn numbers(name: &str, array: &ArrayRef) -> Result<Vec<Number>, CohortError> {
    if is_text(array.data_type()) {
        let array = cast_to(name, array, "text", &DataType::Utf8)?;
        return Ok(array.as_string::<i32>().iter().map(|text| text.map_or(Number::Missing, Number::of_text)).collect());
    }
    if array.data_type().is_temporal() {
        let found = array.data_type().to_string();
        return Err(CohortError::ColumnType { column: name.to_owned(), found, wanted: "a number" });
    }
    let array = cast_to(name, array, "a number", &DataType::Float64)?;
    let values = array.as_primitive::<Float64Type>().iter();
    Ok(values.map(|value| value.map_or(Number::Missing, Number::of)).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn texts_are_written_in_their_shortest_form() {
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(3.0), Some(2.5), Some(f64::NAN), None]));
        assert_eq!(texts("x", &floats).unwrap(), [Some("3".into()), Some("2.5".into()), None, None]);
        let truths: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
        assert_eq!(texts("x", &truths).unwrap(), [Some("true".into()), Some("false".into())]);
        let words: ArrayRef = Arc::new(StringArray::from(vec!["007", " "]));
        assert_eq!(texts("x", &words).unwrap(), [Some("007".into()), None]);
    }

    #[test]
    fn text_that_is_no_finite_number_is_unreadable_and_never_guessed() {
        let words: ArrayRef = Arc::new(StringArray::from(vec![Some("<0.1"), Some("1e2"), Some("inf"), Some(""), None]));
        let expected = [Number::Unreadable, Number::Value(100.0), Number::Unreadable, Number::Missing, Number::Missing];
        assert_eq!(numbers("x", &words).unwrap(), expected);
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![4]));
        assert_eq!(numbers("x", &whole).unwrap(), [Number::Value(4.0)]);
    }

    #[test]
    fn a_date_is_no_number() {
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![1]));
        assert!(matches!(numbers("seen", &dates), Err(CohortError::ColumnType { wanted: "a number", .. })));
    }
}
