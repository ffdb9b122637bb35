//! Columns and tables of them, checked when this crate is compiled: a row that lacks a column does not build.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Float64Builder, Int16Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
    UInt32Builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{NaiveDate, NaiveDateTime};

use crate::RecordsError;

/// A kind of column, or of columns that stand together in several tables: the cells of a row and how they are collected.
pub(crate) trait Kind {
    type Cell<'a>;
    type Builder: Debug + Default;
    /// The columns; a group's own name is none of theirs.
    fn fields(name: &'static str) -> Vec<Field>;
    fn append(builder: &mut Self::Builder, cell: Self::Cell<'_>);
    fn finish(builder: &mut Self::Builder) -> Vec<ArrayRef>;
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $cell:ty, $builder:ty, $data_type:expr, $nullable:literal, |$into:ident, $from:ident| $append:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Kind for $name {
            type Cell<'a> = $cell;
            type Builder = $builder;
            fn fields(name: &'static str) -> Vec<Field> {
                vec![Field::new(name, $data_type, $nullable)]
            }
            fn append($into: &mut Self::Builder, $from: Self::Cell<'_>) {
                $append
            }
            fn finish(builder: &mut Self::Builder) -> Vec<ArrayRef> {
                vec![Arc::new(builder.finish())]
            }
        }
    };
}

kind!(
    /// Text that is always there.
    Text, &'a str, StringBuilder, DataType::Utf8, false, |builder, text| builder.append_value(text)
);
kind!(
    /// Text or nothing.
    MaybeText, Option<&'a str>, StringBuilder, DataType::Utf8, true, |builder, text| builder.append_option(text)
);
kind!(
    /// A number or nothing.
    Number, Option<f64>, Float64Builder, DataType::Float64, true, |builder, number| builder.append_option(number)
);
kind!(
    /// A year or nothing.
    Year, Option<i16>, Int16Builder, DataType::Int16, true, |builder, year| builder.append_option(year)
);
kind!(
    /// A day or nothing.
    Day, Option<NaiveDate>, Date32Builder, DataType::Date32, true, |builder, day| {
        builder.append_option(day.map(arrow::datatypes::Date32Type::from_naive_date));
    }
);
kind!(
    /// A point in time on the hospital's wall clock, to the second, or nothing. Parquet has no type for seconds: readers other
    /// than Arrow would see numbers.
    Time, Option<NaiveDateTime>, TimestampMillisecondBuilder, DataType::Timestamp(TimeUnit::Millisecond, None), true, |builder, time| {
        builder.append_option(time.map(|time| time.and_utc().timestamp_millis()));
    }
);
kind!(
    /// A line, segment or entry, from 1; 0 means the file as a whole.
    Line, u32, UInt32Builder, DataType::UInt32, false, |builder, line| builder.append_value(line)
);

/// Declares columns that stand together, of a table or in several: the cells of one row and the builders that take them.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident, $cells:ident, $builder:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $cells<'a> {
            $(pub(crate) $field: <$kind as Kind>::Cell<'a>,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct $builder {
            $($field: <$kind as Kind>::Builder,)*
        }

        impl Kind for $name {
            type Cell<'a> = $cells<'a>;
            type Builder = $builder;
            fn fields(_: &'static str) -> Vec<Field> {
                [$(<$kind as Kind>::fields(stringify!($field)),)*].concat()
            }
            fn append(builder: &mut Self::Builder, row: Self::Cell<'_>) {
                $(<$kind as Kind>::append(&mut builder.$field, row.$field);)*
            }
            fn finish(builder: &mut Self::Builder) -> Vec<ArrayRef> {
                [$(<$kind as Kind>::finish(&mut builder.$field),)*].concat()
            }
        }
    };
}

pub(super) use columns;

/// The rows of one table.
#[derive(Debug)]
pub(crate) struct TableBuilder<K: Kind> {
    rows: usize,
    columns: K::Builder,
}

impl<K: Kind> Default for TableBuilder<K> {
    fn default() -> Self {
        Self { rows: 0, columns: K::Builder::default() }
    }
}

impl<K: Kind> TableBuilder<K> {
    pub(crate) fn schema() -> SchemaRef {
        Arc::new(Schema::new(K::fields("")))
    }

    pub(crate) fn append(&mut self, row: K::Cell<'_>) {
        self.rows += 1;
        K::append(&mut self.columns, row);
    }

    /// The rows appended so far, which leaves the builder empty; nothing if there are none.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, RecordsError> {
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(None);
        }
        let batch = RecordBatch::try_new(Self::schema(), K::finish(&mut self.columns));
        batch.map(Some).map_err(|_| RecordsError::Internal("a canonical table's columns do not fit together"))
    }
}
