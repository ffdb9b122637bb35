//! Shards as rows: one partition a shard, so that an engine's task is a shard.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use renkei_domain::plan::Shard;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("shard", DataType::Utf8, false)]))
}

/// A source with one partition a shard, each of one row.
pub fn shard_source(shards: &[Shard]) -> Result<Arc<dyn ExecutionPlan>> {
    let partitions = shards
        .iter()
        .map(|shard| {
            let text = serde_json::to_string(shard).map_err(|error| DataFusionError::External(error.into()))?;
            Ok(vec![RecordBatch::try_new(schema(), vec![Arc::new(StringArray::from(vec![text]))])?])
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(MemorySourceConfig::try_new_exec(&partitions, schema(), None)?)
}

/// The shards of one batch.
pub(crate) fn shards_of(batch: &RecordBatch) -> Result<Vec<Shard>> {
    let column = batch.column(0).as_any().downcast_ref::<StringArray>();
    let column = column.ok_or_else(|| DataFusionError::Internal("shard rows hold no text".into()))?;
    (0..column.len())
        .map(|row| serde_json::from_str(column.value(row)).map_err(|error| DataFusionError::External(error.into())))
        .collect()
}
