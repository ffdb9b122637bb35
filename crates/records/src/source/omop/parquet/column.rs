//! One decoded column, of any type that exports give numbers, texts and dates.

use std::borrow::Cow;

use ::parquet::errors::ParquetError;
use arrow::array::{
    Array, ArrayRef, AsArray as _, BinaryViewArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringViewArray, TimestampSecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampSecondType};
use chrono::{DateTime, NaiveDate};

use super::super::cell::Cell;

/// Days from the first day of the common era to 1 January 1970.
const EPOCH: i32 = 719_163;

/// A column in the one type of its kind.
pub(super) enum ArrowColumn {
    Integer(Int64Array),
    Real(Float64Array),
    Decimal(Decimal128Array),
    Text(StringViewArray),
    Bytes(BinaryViewArray),
    Day(Date32Array),
    Moment(TimestampSecondArray),
    /// Nothing but nulls, or no such column.
    Absent,
}

impl ArrowColumn {
    /// Whether a type holds numbers, texts or dates.
    pub(super) fn reads(data_type: &DataType) -> bool {
        match data_type {
            DataType::Dictionary(_, values) => Self::reads(values),
            DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => true,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => true,
            other => other.is_numeric(),
        }
    }

    /// Takes a column. Zones are left out: what a time stamp with one holds is UTC.
    pub(super) fn of(column: &ArrayRef) -> Result<Self, ParquetError> {
        let to = |data_type: DataType| cast(column, &data_type).map_err(ParquetError::from);
        Ok(match column.data_type() {
            DataType::Null => Self::Absent,
            DataType::Dictionary(_, values) => return Self::of(&to(values.as_ref().clone())?),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Self::Text(to(DataType::Utf8View)?.as_string_view().clone())
            }
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                Self::Bytes(to(DataType::BinaryView)?.as_binary_view().clone())
            }
            DataType::Date32 | DataType::Date64 => {
                Self::Day(to(DataType::Date32)?.as_primitive::<Date32Type>().clone())
            }
            DataType::Timestamp(_, zone) => {
                let seconds = to(DataType::Timestamp(TimeUnit::Second, zone.clone()))?;
                Self::Moment(seconds.as_primitive::<TimestampSecondType>().clone())
            }
            DataType::Float16 | DataType::Float32 => Self::Text(to(DataType::Utf8View)?.as_string_view().clone()),
            DataType::Float64 => Self::Real(column.as_primitive::<Float64Type>().clone()),
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => {
                Self::Decimal(to(DataType::Decimal128(38, *scale))?.as_primitive::<Decimal128Type>().clone())
            }
            _ => Self::Integer(to(DataType::Int64)?.as_primitive::<Int64Type>().clone()),
        })
    }

    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Integer(array) if array.is_valid(row) => Cell::Integer(array.value(row)),
            Self::Real(array) if array.is_valid(row) => Cell::Real(array.value(row)),
            Self::Decimal(array) if array.is_valid(row) => Cell::Text(Cow::Owned(array.value_as_string(row))),
            Self::Text(array) if array.is_valid(row) => Cell::written(array.value(row)),
            Self::Bytes(array) if array.is_valid(row) => {
                std::str::from_utf8(array.value(row)).map_or(Cell::Broken, Cell::written)
            }
            Self::Day(array) if array.is_valid(row) => day(array.value(row)),
            Self::Moment(array) if array.is_valid(row) => DateTime::from_timestamp(array.value(row), 0)
                .map_or(Cell::Broken, |moment| Cell::Moment(moment.naive_utc())),
            _ => Cell::Null,
        }
    }
}

fn day(since_1970: i32) -> Cell<'static> {
    let day = since_1970.checked_add(EPOCH).and_then(NaiveDate::from_num_days_from_ce_opt);
    day.map_or(Cell::Broken, Cell::Day)
}
