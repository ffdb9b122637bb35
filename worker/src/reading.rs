//! Reading what earlier stages committed.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{ArrowPrimitiveType, Float32Type};
use renkei_artifacts::{ArtifactError, RunStore, table};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_domain::record::ArtifactEntry;
use renkei_stage::ShardError;

use crate::Context;

pub(crate) fn artifact_error(error: ArtifactError) -> ShardError {
    ShardError::new(error.kind(), error.to_string())
}

pub(crate) fn arrow_error(error: arrow::error::ArrowError) -> ShardError {
    artifact_error(error.into())
}

/// The objects of the table `name` of a finished stage, in shard order.
pub(crate) async fn entries(context: &Context, stage: Stage, name: &str) -> Result<Vec<ArtifactEntry>, ShardError> {
    entries_in(&context.store, stage, name).await
}

/// The same of any run.
pub(crate) async fn entries_in(store: &RunStore, stage: Stage, name: &str) -> Result<Vec<ArtifactEntry>, ShardError> {
    let sealed = store.sealed_stage(stage).await.map_err(artifact_error)?;
    let sealed =
        sealed.ok_or_else(|| ShardError::new(ErrorKind::Internal, format!("stage {stage} is not finished")))?;
    let artifacts = sealed.commits.into_iter().flat_map(|commit| commit.artifacts);
    Ok(artifacts.filter(|entry| entry.name == name).collect())
}

/// The rows of one object, its bytes checked against the commit.
pub(crate) async fn batches(context: &Context, entry: &ArtifactEntry) -> Result<Vec<RecordBatch>, ShardError> {
    let bytes = context.store.get_artifact(entry).await.map_err(artifact_error)?;
    table::read_parquet(bytes).map_err(artifact_error)
}

/// All rows of a table that is known to be small (one row a case, a slide or a key feature).
pub(crate) async fn small_table(context: &Context, stage: Stage, name: &str) -> Result<Vec<RecordBatch>, ShardError> {
    let mut rows = Vec::new();
    for entry in entries(context, stage, name).await? {
        rows.extend(batches(context, &entry).await?);
    }
    Ok(rows)
}

/// The bytes of the one object `name` of a stage.
pub(crate) async fn file(context: &Context, stage: Stage, name: &str) -> Result<bytes::Bytes, ShardError> {
    file_in(&context.store, stage, name).await
}

/// The same of any run.
pub(crate) async fn file_in(store: &RunStore, stage: Stage, name: &str) -> Result<bytes::Bytes, ShardError> {
    let entries = entries_in(store, stage, name).await?;
    let [entry] = entries.as_slice() else {
        return Err(ShardError::new(
            ErrorKind::Internal,
            format!("stage {stage} has {} objects `{name}`", entries.len()),
        ));
    };
    store.get_artifact(entry).await.map_err(artifact_error)
}

fn absent(column: &str) -> ShardError {
    ShardError::new(ErrorKind::Data, format!("a committed table has no usable column `{column}`"))
}

/// A text column.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, column: &str) -> Result<Vec<&'a str>, ShardError> {
    let array =
        batch.column_by_name(column).and_then(|array| array.as_string_opt::<i32>()).ok_or_else(|| absent(column))?;
    Ok((0..array.len()).map(|row| array.value(row)).collect())
}

/// A column of numbers without gaps.
pub(crate) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    column: &str,
) -> Result<&'a [T::Native], ShardError> {
    let array =
        batch.column_by_name(column).and_then(|array| array.as_primitive_opt::<T>()).ok_or_else(|| absent(column))?;
    Ok(array.values())
}

/// A column of vectors, row-major.
pub(crate) fn vectors<'a>(batch: &'a RecordBatch, column: &str) -> Result<&'a [f32], ShardError> {
    let lists =
        batch.column_by_name(column).and_then(|array| array.as_fixed_size_list_opt()).ok_or_else(|| absent(column))?;
    let values = lists.values().as_primitive_opt::<Float32Type>().ok_or_else(|| absent(column))?;
    let width = lists.value_length() as usize;
    Ok(&values.values()[lists.offset() * width..(lists.offset() + lists.len()) * width])
}
