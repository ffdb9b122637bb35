//! Compressed features -> key features by k-means. Writes `key_features` (one row a cluster), `exemplars` (the tiles
//! nearest to each centre) and, an object a shard of features, `assignments`.

pub(crate) mod assign;
mod blocks;
mod nearest;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use renkei_artifacts::table;
use renkei_domain::plan::Stage;
use renkei_stage::ShardError;
use renkei_stats::kmeans::{KMeans, KMeansSettings, cluster, effective_clusters};
use tokio_util::sync::CancellationToken;

use super::compress::stop_if;
use super::{off_thread, stats_error};
use crate::reading::{arrow_error, artifact_error, batches, entries};
use crate::{Attempt, Context};
use blocks::Blocks;
use nearest::Nearest;

/// Rounds of Lloyd's iteration at most.
const ROUNDS: usize = 100;
/// A round that lowers the inertia by less than this share is the last.
const TOLERANCE: f64 = 1e-5;
/// Tiles that k-means++ chooses from.
const SEEDING_ROWS: usize = 100_000;

/// Clusters all tiles and assigns each to its key feature.
pub async fn run(
    context: &Arc<Context>,
    attempt: &mut Attempt<'_>,
    cancel: &CancellationToken,
) -> Result<(), ShardError> {
    let compressed = entries(context, Stage::Compress, "compressed").await?;
    let tiles = compressed.iter().map(|entry| entry.rows).sum();
    let settings = KMeansSettings {
        clusters: effective_clusters(context.spec.features.key_features as usize, tiles),
        seed: context.spec.seed,
        rounds: ROUNDS,
        tolerance: TOLERANCE,
        seeding_rows: SEEDING_ROWS,
    };
    let blocks = Blocks::open(context, compressed.clone()).await?;
    let found = off_thread(move || cluster(&blocks, &settings).map_err(|error| stats_error(flat(&error)))).await?;
    let found = Arc::new(found);
    let mut nearest = Nearest::new(found.centres.count());
    for (number, entry) in compressed.iter().enumerate() {
        stop_if(cancel)?;
        let (rows, found) = (batches(context, entry).await?, Arc::clone(&found));
        let assigned = off_thread(move || assign::table(&rows, &found.centres)).await?;
        nearest.add(&assigned)?;
        let bytes = table::write_parquet(&[assigned]).map_err(artifact_error)?;
        attempt.put("assignments", &format!("{number:06}.parquet"), bytes, entry.rows).await?;
    }
    let exemplars = nearest.table()?;
    let rows = exemplars.num_rows() as u64;
    attempt
        .put("exemplars", "exemplars.parquet", table::write_parquet(&[exemplars]).map_err(artifact_error)?, rows)
        .await?;
    let centres = table::write_parquet(&[centres(&found)?]).map_err(artifact_error)?;
    attempt.put("key_features", "key_features.parquet", centres, found.centres.count() as u64).await
}

fn flat<E: std::error::Error>(error: &E) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

fn centres(found: &KMeans) -> Result<RecordBatch, ShardError> {
    let (count, width) = (found.centres.count(), found.centres.columns());
    let values = (0..count).flat_map(|centre| found.centres.row(centre).to_vec()).collect();
    let schema = Schema::new(vec![
        Field::new("key_feature", DataType::UInt32, false),
        Field::new("tiles", DataType::UInt64, false),
        Field::new("centre", table::vector_type(width), false),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(0..count as u32)),
        Arc::new(UInt64Array::from(found.counts.clone())),
        table::vectors(values, width).map_err(artifact_error)?,
    ];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
}
