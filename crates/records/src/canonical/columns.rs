//! Columns and tables of them, checked when this crate is compiled: a row that lacks a column does not build.

use arrow::array::{
    ArrayRef, Date32Builder, Float64Builder, Int16Builder, StringBuilder, TimestampSecondBuilder, UInt32Builder,
};
use arrow::datatypes::{DataType, TimeUnit};
use chrono::{NaiveDate, NaiveDateTime};

/// A kind of column: its cells and how they are collected.
pub(crate) trait Kind {
    type Cell<'a>;
    type Builder: std::fmt::Debug + Default;
    const NULLABLE: bool = true;
    fn data_type() -> DataType;
    fn append(builder: &mut Self::Builder, cell: Self::Cell<'_>);
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $cell:ty, $builder:ty, $data_type:expr, $nullable:literal, |$into:ident, $from:ident| $append:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Kind for $name {
            type Cell<'a> = $cell;
            type Builder = $builder;
            const NULLABLE: bool = $nullable;
            fn data_type() -> DataType {
                $data_type
            }
            fn append($into: &mut Self::Builder, $from: Self::Cell<'_>) {
                $append
            }
            fn finish(builder: &mut Self::Builder) -> ArrayRef {
                std::sync::Arc::new(builder.finish())
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
    /// A point in time on the hospital's wall clock, in seconds, or nothing.
    Time, Option<NaiveDateTime>, TimestampSecondBuilder, DataType::Timestamp(TimeUnit::Second, None), true, |builder, time| {
        builder.append_option(time.map(|time| time.and_utc().timestamp()));
    }
);
kind!(
    /// A line, segment or entry, from 1; 0 means the file as a whole.
    Line, u32, UInt32Builder, DataType::UInt32, false, |builder, line| builder.append_value(line)
);

/// Declares a table: the cells of one row, the builder that takes them, and the schema.
macro_rules! table {
    ($(#[$doc:meta])* $cells:ident, $builder:ident { $($field:ident: $kind:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $cells<'a> {
            $(pub(crate) $field: <$kind as Kind>::Cell<'a>,)*
        }

        #[derive(Debug, Default)]
        pub(crate) struct $builder {
            rows: usize,
            $($field: <$kind as Kind>::Builder,)*
        }

        impl $builder {
            pub(crate) fn schema() -> SchemaRef {
                let fields = vec![$(Field::new(stringify!($field), <$kind as Kind>::data_type(), <$kind as Kind>::NULLABLE),)*];
                Arc::new(Schema::new(fields))
            }

            pub(crate) fn append(&mut self, row: $cells<'_>) {
                self.rows += 1;
                $(<$kind as Kind>::append(&mut self.$field, row.$field);)*
            }

            /// The rows appended so far, which leaves the builder empty; nothing if there are none.
            pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, RecordsError> {
                if std::mem::take(&mut self.rows) == 0 {
                    return Ok(None);
                }
                let columns = vec![$(<$kind as Kind>::finish(&mut self.$field),)*];
                let batch = RecordBatch::try_new(Self::schema(), columns);
                batch.map(Some).map_err(|_| RecordsError::Internal("a canonical table's columns do not fit together"))
            }
        }
    };
}

pub(super) use table;
