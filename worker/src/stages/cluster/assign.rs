//! Each tile's key feature.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, RecordBatch, UInt32Array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use renkei_stage::ShardError;
use renkei_stats::kmeans::Centres;

use crate::reading::{arrow_error, vectors};
use crate::stages::{defect, stats_error};

/// The tile columns of `rows` with `key_feature` and `distance` (Euclidean, in the compressed space).
pub(crate) fn table(rows: &[RecordBatch], centres: &Centres) -> Result<RecordBatch, ShardError> {
    let tables = rows.iter().map(|batch| one(batch, centres)).collect::<Result<Vec<_>, _>>()?;
    let first = tables.first().ok_or_else(|| defect("a table of compressed features without rows"))?;
    concat_batches(&first.schema(), &tables).map_err(arrow_error)
}

fn one(batch: &RecordBatch, centres: &Centres) -> Result<RecordBatch, ShardError> {
    let found = centres.assign(vectors(batch, "compressed")?).map_err(stats_error)?;
    let place = batch.schema().index_of("compressed").map_err(arrow_error)?;
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    fields.remove(place);
    columns.remove(place);
    fields.push(Field::new("key_feature", DataType::UInt32, false));
    fields.push(Field::new("distance", DataType::Float32, false));
    columns.push(Arc::new(UInt32Array::from_iter_values(found.iter().map(|one| one.cluster))));
    columns.push(Arc::new(Float32Array::from_iter_values(found.iter().map(|one| one.squared_distance.sqrt()))));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}
