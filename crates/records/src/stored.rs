//! A Parquet file's bytes: asked for only where the file has them, counted and hashed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use crate::sum::Sum;
use crate::{FaultKind, RecordsError};

/// A file's reader.
pub(crate) struct Checked {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
    sum: Sum,
}

impl Checked {
    /// The file at `path`, of `size` bytes.
    pub(crate) fn new(store: &Arc<dyn ObjectStore>, path: &Path, size: u64) -> Self {
        Self { store: Arc::clone(store), path: path.clone(), size, sum: Sum::default() }
    }

    pub(crate) fn sum(&self) -> Sum {
        self.sum.clone()
    }

    /// A footer can name any place; what lies outside the file, or is empty, is the file's fault
    /// and not the store's.
    fn check(&self, range: &Range<u64>) -> Result<(), ParquetError> {
        if range.start < range.end && range.end <= self.size {
            Ok(())
        } else {
            Err(ParquetError::EOF("a place outside the file".to_owned()))
        }
    }
}

impl AsyncFileReader for Checked {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            let mut all = self.get_byte_ranges(vec![range]).await?;
            all.pop().ok_or_else(|| ParquetError::EOF("no bytes".to_owned()))
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        async move {
            ranges.iter().try_for_each(|range| self.check(range))?;
            let all = self.store.get_ranges(&self.path, &ranges).await;
            let all = all.map_err(|error| ParquetError::External(Box::new(error)))?;
            all.iter().for_each(|bytes| self.sum.add(bytes));
            Ok(all)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        let page_index = options.map_or(PageIndexPolicy::Skip, ArrowReaderOptions::offset_index_policy);
        async move {
            let footer = ParquetMetaDataReader::new().with_offset_index_policy(page_index);
            let size = self.size;
            // Through this reader, so that a footer's own places are checked too.
            footer.load_and_finish(self, size).await.map(Arc::new)
        }
        .boxed()
    }
}

/// Runs a reading of Parquet. A file that is broken is a fault, also where the library panics over it; a store that
/// fails is an error.
pub(crate) async fn guarded<T: Send + 'static>(
    reading: impl Future<Output = Result<T, ParquetError>> + Send + 'static,
) -> Result<Result<T, FaultKind>, RecordsError> {
    match tokio::spawn(reading).await {
        Ok(Ok(read)) => Ok(Ok(read)),
        Ok(Err(ParquetError::External(source))) => match source.downcast::<object_store::Error>() {
            Ok(error) => Err(RecordsError::reading(*error)),
            Err(_) => Ok(Err(FaultKind::Malformed)),
        },
        Ok(Err(_)) => Ok(Err(FaultKind::Malformed)),
        Err(ended) if ended.is_panic() => Ok(Err(FaultKind::Malformed)),
        Err(_) => Err(RecordsError::Internal("reading a Parquet file ended early")),
    }
}
