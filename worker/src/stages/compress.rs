//! Features -> few dimensions by PCA: one pass for the moments, one to project. Writes `components` and, an object a
//! shard of features, `compressed`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use renkei_artifacts::table;
use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_domain::record::ArtifactEntry;
use renkei_stage::ShardError;
use renkei_stats::pca::{Components, Moments, principal_components};
use tokio_util::sync::CancellationToken;

use super::{defect, off_thread, stats_error};
use crate::reading::{arrow_error, artifact_error, batches, entries, vectors};
use crate::{Attempt, Context};

/// Compresses all features. Shards are taken in order, so that the sums are the same bytes each time.
pub async fn run(
    context: &Arc<Context>,
    attempt: &mut Attempt<'_>,
    cancel: &CancellationToken,
) -> Result<(), ShardError> {
    let features = entries(context, Stage::Embed, "features").await?;
    if features.is_empty() {
        let what = "no slide has a tile of tissue: look at the slides, or set tissue.method or tissue.min_fraction";
        return Err(ShardError::new(ErrorKind::Data, what));
    }
    let moments = moments(context, &features, cancel).await?;
    let wanted = context.spec.features.dimensions as usize;
    let most = moments.columns().min(usize::try_from(moments.count()).unwrap_or(usize::MAX));
    let components = off_thread(move || principal_components(&moments, wanted.min(most)).map_err(stats_error)).await?;
    let text = serde_json::to_vec(&components).map_err(defect)?;
    attempt.put("components", "components.json", text, 0).await?;
    let components = Arc::new(components);
    for (number, entry) in features.iter().enumerate() {
        stop_if(cancel)?;
        let compressed = project(batches(context, entry).await?, Arc::clone(&components)).await?;
        attempt.put("compressed", &format!("{number:06}.parquet"), compressed, entry.rows).await?;
    }
    Ok(())
}

async fn moments(
    context: &Context,
    features: &[ArtifactEntry],
    cancel: &CancellationToken,
) -> Result<Moments, ShardError> {
    let mut moments: Option<Moments> = None;
    for entry in features {
        stop_if(cancel)?;
        let rows = batches(context, entry).await?;
        let before = moments.take();
        moments = Some(off_thread(move || add(before, &rows)).await?);
    }
    moments.ok_or_else(|| defect("no features"))
}

fn add(before: Option<Moments>, rows: &[RecordBatch]) -> Result<Moments, ShardError> {
    let mut moments = before;
    for batch in rows {
        let values = vectors(batch, "feature")?;
        let width = values.len() / batch.num_rows().max(1);
        let sums = match moments {
            Some(ref mut sums) => sums,
            None => moments.insert(Moments::new(width).map_err(stats_error)?),
        };
        sums.add_rows(values).map_err(stats_error)?;
    }
    moments.ok_or_else(|| defect("a table of features without rows"))
}

/// The table with its features replaced by their projections.
async fn project(rows: Vec<RecordBatch>, components: Arc<Components>) -> Result<Vec<u8>, ShardError> {
    off_thread(move || {
        let projected = rows.iter().map(|batch| projected(batch, &components)).collect::<Result<Vec<_>, _>>()?;
        table::write_parquet(&projected).map_err(artifact_error)
    })
    .await
}

/// Rows of features with their projections in the place of the features.
pub(crate) fn projected(batch: &RecordBatch, components: &Components) -> Result<RecordBatch, ShardError> {
    let values = components.project(vectors(batch, "feature")?).map_err(stats_error)?;
    let width = values.len() / batch.num_rows().max(1);
    let place = batch.schema().index_of("feature").map_err(arrow_error)?;
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns = batch.columns().to_vec();
    fields[place] = Field::new("compressed", table::vector_type(width), false);
    columns[place] = table::vectors(values, width).map_err(artifact_error)?;
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}

pub(crate) fn stop_if(cancel: &CancellationToken) -> Result<(), ShardError> {
    if cancel.is_cancelled() { Err(ShardError::cancelled()) } else { Ok(()) }
}
