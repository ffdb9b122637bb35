//! The output folder: one Parquet file a table, each replaced whole when it is finished.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use object_store::buffered::BufWriter;
use object_store::{ObjectStoreExt as _, PutPayload};
use parquet::arrow::AsyncArrowWriter;
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use renkei_artifacts::{ArtifactError, Location};
use renkei_domain::ErrorKind;
use tokio::io::AsyncWriteExt as _;

use crate::canonical::fault_schema;
use crate::sum::Sum;
use crate::{OutputFile, RecordsError, Summary, Table};

/// The file that lists the faults.
pub(crate) const FAULTS: &str = "faults.parquet";
/// The file with the counts.
pub(crate) const SUMMARY: &str = "summary.json";
/// Rows a row group: it bounds what a writer holds, and does not depend on how the import was split.
const ROW_GROUP: usize = 128 * 1024;

/// Bytes on their way into the store, counted and hashed. The store shows the object only when it is complete.
struct Hashed {
    writer: BufWriter,
    sum: Sum,
}

/// One table on its way into the store.
struct TableWriter {
    file: &'static str,
    writer: AsyncArrowWriter<Hashed>,
    sum: Sum,
}

/// All tables on their way into the store.
pub(crate) struct Output {
    folder: Location,
    tables: BTreeMap<Table, TableWriter>,
    faults: TableWriter,
}

impl Output {
    pub(crate) fn open(folder: &Location) -> Result<Self, RecordsError> {
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            tables.insert(table, TableWriter::open(folder, table.file(), table.schema())?);
        }
        let faults = TableWriter::open(folder, FAULTS, fault_schema())?;
        Ok(Self { folder: folder.clone(), tables, faults })
    }

    pub(crate) async fn rows(&mut self, table: Table, batch: &RecordBatch) -> Result<(), RecordsError> {
        match self.tables.get_mut(&table) {
            Some(writer) => writer.write(batch).await,
            None => Err(RecordsError::Internal("a table has no writer")),
        }
    }

    pub(crate) async fn faults(&mut self, batch: &RecordBatch) -> Result<(), RecordsError> {
        self.faults.write(batch).await
    }

    /// Finishes every table, then writes the summary with their digests.
    pub(crate) async fn finish(self, mut summary: Summary) -> Result<Summary, RecordsError> {
        for writer in self.tables.into_values().chain([self.faults]) {
            let (file, written) = writer.finish().await?;
            summary.output.insert(file.to_owned(), written);
        }
        let text = serde_json::to_vec_pretty(&summary)
            .map_err(|_| RecordsError::Internal("the summary cannot be written as JSON"))?;
        let path = self.folder.path.clone().join(SUMMARY);
        let put = self.folder.store.put(&path, PutPayload::from(text)).await;
        put.map_err(|error| RecordsError::Write { file: SUMMARY, kind: ArtifactError::Store(error).kind() })?;
        Ok(summary)
    }
}

impl TableWriter {
    fn open(folder: &Location, file: &'static str, schema: SchemaRef) -> Result<Self, RecordsError> {
        let sum = Sum::default();
        let writer = BufWriter::new(Arc::clone(&folder.store), folder.path.clone().join(file));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        let hashed = Hashed { writer, sum: sum.clone() };
        let writer =
            AsyncArrowWriter::try_new(hashed, schema, Some(properties)).map_err(|error| failed(file, error))?;
        Ok(Self { file, writer, sum })
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<(), RecordsError> {
        self.writer.write(batch).await.map_err(|error| failed(self.file, error))
    }

    async fn finish(mut self) -> Result<(&'static str, OutputFile), RecordsError> {
        self.writer.finish().await.map_err(|error| failed(self.file, error))?;
        let (sha256, bytes) = self.sum.total()?;
        Ok((self.file, OutputFile { bytes, sha256 }))
    }
}

impl AsyncFileWriter for Hashed {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), ParquetError>> {
        async move {
            self.sum.add(&bytes);
            self.writer.put(bytes).await.map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<(), ParquetError>> {
        async move { self.writer.shutdown().await.map_err(|error| ParquetError::External(Box::new(error))) }.boxed()
    }
}

/// A failed write by what the caller can do about it; what the store says may hold the folder's credentials.
fn failed(file: &'static str, error: ParquetError) -> RecordsError {
    let ParquetError::External(source) = error else {
        return RecordsError::Internal("a table cannot be written as Parquet");
    };
    let kind = match source.downcast::<object_store::Error>() {
        Ok(error) => ArtifactError::Store(*error).kind(),
        Err(_) => ErrorKind::Unavailable,
    };
    RecordsError::Write { file, kind }
}
