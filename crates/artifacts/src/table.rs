//! Parquet tables that every tool reads, written so that equal rows give equal bytes.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch};
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::ArtifactError;

/// Rows of a Parquet row group: small enough that a reader streams, large enough to compress.
const ROW_GROUP_ROWS: usize = 8192;

/// Writes batches of one schema. The bytes depend on rows, schema and library version only: no time, no machine.
pub fn write_parquet(batches: &[RecordBatch]) -> Result<Vec<u8>, ArtifactError> {
    let Some(first) = batches.first() else {
        return Err(ArtifactError::Malformed { key: "table".into(), reason: "no batch to write".into() });
    };
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, first.schema(), Some(properties()?))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

fn properties() -> Result<WriterProperties, ArtifactError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build())
}

/// Reads a table back, batch by batch of at most 8,192 rows.
pub fn read_parquet(bytes: Bytes) -> Result<Vec<RecordBatch>, ArtifactError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.with_batch_size(ROW_GROUP_ROWS).build()?;
    Ok(reader.collect::<Result<Vec<_>, _>>()?)
}

/// Row-major vectors of `width` as a `FixedSizeList<Float32>` column.
pub fn vectors(values: Vec<f32>, width: usize) -> Result<ArrayRef, ArtifactError> {
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let width =
        i32::try_from(width).map_err(|_| arrow::error::ArrowError::InvalidArgumentError("vector too wide".into()))?;
    Ok(Arc::new(FixedSizeListArray::try_new(item, width, Arc::new(Float32Array::from(values)), None)?))
}

/// The type of a column made by [`vectors`].
#[must_use]
pub fn vector_type(width: usize) -> DataType {
    let width = i32::try_from(width).unwrap_or(i32::MAX);
    DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, false)), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Int32Array};
    use arrow::datatypes::Schema;

    fn batch() -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![
            Field::new("x", DataType::Int32, false),
            Field::new("f", vector_type(2), false),
        ]));
        let vectors = vectors(vec![1.0, 2.0, 3.0, 4.0], 2).unwrap();
        RecordBatch::try_new(schema, vec![Arc::new(Int32Array::from(vec![1, 2])), vectors]).unwrap()
    }

    #[test]
    fn equal_rows_give_equal_bytes_and_come_back() {
        let bytes = write_parquet(&[batch()]).unwrap();
        assert_eq!(bytes, write_parquet(&[batch()]).unwrap());
        let back = read_parquet(Bytes::from(bytes)).unwrap();
        assert_eq!(back, vec![batch()]);
        assert_eq!(back[0].column(1).len(), 2);
    }

    #[test]
    fn broken_bytes_are_an_error() {
        assert!(read_parquet(Bytes::from_static(b"PAR1 nothing PAR1")).is_err());
    }
}
