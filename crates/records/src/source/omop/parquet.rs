//! Parquet: slices of row groups, of the needed columns only.

mod column;

use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use ::parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};

use super::cell::{Cell, Record};
use super::find::File;
use super::part::{Input, Part, PartRows};
use super::tables::{Columns, OmopTable};
use crate::stored::guarded;
use crate::{FaultKind, RecordsError};

use column::ArrowColumn;

/// Rows in one unit of work: those of the needed columns take a few MiB.
const SLICE_ROWS: u64 = 128 * 1024;
/// Rows decoded at once.
const BATCH_ROWS: usize = 8192;
/// The largest part of a row group that is held: without an index of pages, all pages of the needed columns.
const LARGEST_GROUP: i64 = 1 << 30;

/// A file whose footer was read.
struct Opened {
    file: File,
    below: Arc<str>,
    metadata: ArrowReaderMetadata,
    /// Where each column of the table's list stands in the file.
    places: Vec<Option<usize>>,
}

/// Some rows of one row group.
pub(super) struct Slice {
    opened: Arc<Opened>,
    group: usize,
    offset: u64,
    rows: u64,
    /// Rows of the file before the slice.
    before: u64,
}

/// Decoded rows.
pub(super) struct Batches {
    batches: Vec<Batch>,
    before: u64,
}

struct Batch {
    rows: usize,
    /// In the order of the table's list.
    columns: Vec<ArrowColumn>,
}

/// One row of decoded columns.
#[derive(Clone, Copy)]
pub(super) struct ArrowRecord<'a> {
    columns: &'a [ArrowColumn],
    row: usize,
}

/// The parts of one file: slices of its row groups.
pub(super) fn parts(
    file: File,
    table: &'static OmopTable,
    columns: Columns,
) -> BoxStream<'static, Result<Part, RecordsError>> {
    stream::once(async move {
        let below: Arc<str> = Arc::from(file.below.as_str());
        let parts = match open(&file).await? {
            Ok(metadata) => {
                let places = places(metadata.schema(), table, columns)?;
                slices(Arc::new(Opened { file, below, metadata, places })).map(Ok).boxed()
            }
            Err(kind) => stream::iter([Ok(Part::fault(&below, kind, 0))]).boxed(),
        };
        Ok::<_, RecordsError>(parts)
    })
    .try_flatten()
    .boxed()
}

/// Reads a footer, or says why the file cannot be read.
async fn open(file: &File) -> Result<Result<ArrowReaderMetadata, FaultKind>, RecordsError> {
    let mut reader = file.reader();
    guarded(async move {
        let options = || ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load_async(&mut reader, options()).await?;
        let viewed = viewed(metadata.schema());
        // What cannot be shared stays as it is.
        let shared = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options().with_schema(viewed));
        Ok(shared.unwrap_or(metadata))
    })
    .await
}

/// The schema with texts as views: cells of one long text share it, so that a file of a few bytes cannot become many.
fn viewed(schema: &Schema) -> Arc<Schema> {
    let field = |field: &Arc<Field>| {
        let viewed = |data_type: &DataType| match data_type {
            DataType::Utf8 | DataType::LargeUtf8 => Some(DataType::Utf8View),
            DataType::Binary | DataType::LargeBinary => Some(DataType::BinaryView),
            _ => None,
        };
        let of = match field.data_type() {
            DataType::Dictionary(_, values) => values,
            other => other,
        };
        match viewed(of) {
            Some(data_type) => Arc::new(field.as_ref().clone().with_data_type(data_type)),
            None => Arc::clone(field),
        }
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// Where each column of the table's list stands; names in any case.
fn places(schema: &Schema, table: &'static OmopTable, columns: Columns) -> Result<Vec<Option<usize>>, RecordsError> {
    let place = |column: &super::tables::Column| {
        let found = schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(column.name));
        match found {
            _ if !columns.has(column) => Ok(None),
            None if column.needed => Err(RecordsError::NoColumn { table: table.name, column: column.name }),
            Some(place) if !ArrowColumn::reads(schema.field(place).data_type()) => {
                Err(RecordsError::ColumnType { table: table.name, column: column.name })
            }
            found => Ok(found),
        }
    };
    table.columns.iter().map(place).collect()
}

/// The slices of every row group, made as they are asked for.
fn slices(opened: Arc<Opened>) -> impl futures::Stream<Item = Part> + Send {
    let groups = opened.metadata.metadata().num_row_groups();
    let mut before = 0;
    let starts: Vec<(usize, u64, Result<u64, FaultKind>)> = (0..groups)
        .map(|group| {
            let rows = opened.rows(group);
            let start = before;
            before += rows.unwrap_or_default();
            (group, start, rows)
        })
        .collect();
    let parts = starts.into_iter().flat_map(move |(group, start, rows)| {
        let opened = Arc::clone(&opened);
        let fault = rows.err().map(|kind| Part::fault(&opened.below, kind, start + 1));
        let rows = rows.unwrap_or_default();
        let slices = (0..rows.div_ceil(SLICE_ROWS)).map(move |slice| {
            let offset = slice * SLICE_ROWS;
            let rows = SLICE_ROWS.min(rows - offset);
            let slice = Slice { opened: Arc::clone(&opened), group, offset, rows, before: start + offset };
            Part::of(&slice.opened.below.clone(), PartRows::Slice(slice))
        });
        fault.into_iter().chain(slices)
    });
    stream::iter(parts)
}

impl Opened {
    /// The rows of a row group, or why it is not read.
    fn rows(&self, group: usize) -> Result<u64, FaultKind> {
        let metadata = self.metadata.metadata();
        let group_metadata: &RowGroupMetaData = metadata.row_group(group);
        let rows = group_metadata.num_rows();
        let mut held = 0_i64;
        for place in self.places.iter().flatten() {
            let column = self.leaf(*place).and_then(|leaf| group_metadata.columns().get(leaf));
            let column = column.ok_or(FaultKind::Malformed)?;
            if column.num_values() != rows {
                return Err(FaultKind::Malformed);
            }
            held = held.saturating_add(column.compressed_size());
        }
        if metadata.offset_index().is_none() && held > LARGEST_GROUP {
            return Err(FaultKind::TooLarge);
        }
        // A page counts its values in 31 bits; a count beyond is a footer that lies.
        u64::try_from(rows).ok().filter(|rows| *rows <= u64::from(u32::MAX)).ok_or(FaultKind::Malformed)
    }

    /// The stored column of a top-level one: others before it can be nested.
    fn leaf(&self, place: usize) -> Option<usize> {
        let schema = self.metadata.parquet_schema();
        (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == place)
    }

    fn projection(&self) -> ProjectionMask {
        ProjectionMask::roots(self.metadata.parquet_schema(), self.places.iter().flatten().copied())
    }

    fn batch(&self, batch: &RecordBatch) -> Result<Batch, ParquetError> {
        let mut projected: Vec<usize> = self.places.iter().flatten().copied().collect();
        projected.sort_unstable();
        let column = |place: &Option<usize>| match place.and_then(|place| projected.binary_search(&place).ok()) {
            Some(place) => ArrowColumn::of(batch.column(place)),
            None => Ok(ArrowColumn::Absent),
        };
        Ok(Batch { rows: batch.num_rows(), columns: self.places.iter().map(column).collect::<Result<_, _>>()? })
    }
}

impl Slice {
    /// The number of the first row in its file, from 1.
    pub(super) fn first_row(&self) -> u64 {
        self.before + 1
    }

    /// Reads and decodes the slice.
    pub(super) async fn read(self) -> Result<Result<(Batches, Input), FaultKind>, RecordsError> {
        let reader = self.opened.file.reader();
        let sum = reader.sum();
        let read = guarded(async move {
            let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
            let decoded = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, self.opened.metadata.clone())
                .with_projection(self.opened.projection())
                .with_row_groups(vec![self.group])
                .with_offset(count(self.offset))
                .with_limit(count(self.rows))
                .with_batch_size(BATCH_ROWS)
                .build()?;
            let opened = Arc::clone(&self.opened);
            let decoded = decoded.and_then(move |batch| std::future::ready(opened.batch(&batch)));
            let batches: Vec<Batch> = decoded.try_collect().await?;
            if batches.iter().map(|batch| batch.rows as u64).sum::<u64>() == self.rows {
                Ok(Batches { batches, before: self.before })
            } else {
                Err(ParquetError::EOF("a row group has fewer rows than its file says".to_owned()))
            }
        });
        let read = read.await?;
        let (digest, bytes) = sum.total()?;
        Ok(read.map(|batches| (batches, Input { digest, bytes })))
    }
}

impl Batches {
    /// Hands each row over with its number in the file.
    pub(super) fn each(&self, take: &mut dyn FnMut(u32, &Record<'_>)) {
        let mut number = self.before;
        for Batch { rows, columns } in &self.batches {
            for row in 0..*rows {
                number += 1;
                let record = Record::Arrow(ArrowRecord { columns, row });
                take(u32::try_from(number).unwrap_or(u32::MAX), &record);
            }
        }
    }
}

impl<'a> ArrowRecord<'a> {
    pub(super) fn cell(self, place: usize) -> Cell<'a> {
        self.columns.get(place).map_or(Cell::Null, |column| column.cell(self.row))
    }
}
