//! New slides by a frozen run's components and key features: the stages' own steps, with nothing fitted again.

mod surface;

pub use surface::Surfaces;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use renkei_artifacts::{RunStore, table};
use renkei_domain::plan::Stage;
use renkei_model::KeyFeatureWeights;
use renkei_stage::ShardError;
use renkei_stats::kmeans::Centres;
use renkei_stats::pca::Components;
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::reading::{artifact_error, batches, entries, entries_in, file_in, vectors};
use crate::stages::cluster::assign;
use crate::stages::compress::{projected, stop_if};
use crate::stages::{defect, off_thread, score, stats_error, summarise};

/// How a frozen run makes key features of tiles, and what they weigh.
#[derive(Debug)]
pub struct FrozenImages {
    components: Components,
    centres: Centres,
    weights: KeyFeatureWeights,
}

/// What the tiles of new slides are.
#[derive(Debug)]
pub struct ScoredTiles {
    /// Tiles by key feature of every case with a tile.
    pub counts: BTreeMap<String, Vec<u64>>,
    /// The tiles with their share of their case's image part, a batch a shard: the table `risk` of a run.
    pub risk: Vec<RecordBatch>,
    /// The table `slide_scores` of a run.
    pub slide_scores: RecordBatch,
}

impl FrozenImages {
    /// Reads components and key features of a sealed run.
    pub async fn read(run: &RunStore, weights: KeyFeatureWeights) -> Result<Self, ShardError> {
        let components = serde_json::from_slice(&file_in(run, Stage::Compress, "components").await?).map_err(defect)?;
        let (mut values, mut columns) = (Vec::new(), 0);
        for entry in entries_in(run, Stage::Cluster, "key_features").await? {
            for batch in
                table::read_parquet(run.get_artifact(&entry).await.map_err(artifact_error)?).map_err(artifact_error)?
            {
                let centres = vectors(&batch, "centre")?;
                columns = centres.len() / batch.num_rows().max(1);
                values.extend_from_slice(centres);
            }
        }
        let centres = Centres::new(values, columns).map_err(stats_error)?;
        Ok(Self { components, centres, weights })
    }

    /// Compresses, assigns and weighs the features that the embed stage of `context` committed.
    pub async fn score(self, context: &Arc<Context>, cancel: &CancellationToken) -> Result<ScoredTiles, ShardError> {
        let frozen = Arc::new(self);
        let (mut counts, mut assigned) = (BTreeMap::new(), Vec::new());
        for entry in entries(context, Stage::Embed, "features").await? {
            stop_if(cancel)?;
            let (features, by) = (batches(context, &entry).await?, Arc::clone(&frozen));
            let table = off_thread(move || by.assign(&features)).await?;
            summarise::count(&table, frozen.centres.count(), &mut counts)?;
            assigned.push(table);
        }
        let tiles_of = counts.iter().map(|(case, counts): (&String, &Vec<u64>)| (case.clone(), counts.iter().sum()));
        let tiles_of = tiles_of.collect();
        let (mut risk, mut slides) = (Vec::new(), BTreeMap::new());
        for (entry, assigned) in entries(context, Stage::Embed, "tiles").await?.iter().zip(assigned) {
            stop_if(cancel)?;
            let shares = score::risk(&batches(context, entry).await?, &[assigned], &frozen.weights, &tiles_of)?;
            score::add_up(&shares, &mut slides)?;
            risk.push(shares);
        }
        Ok(ScoredTiles { counts, risk, slide_scores: score::slide_scores(&slides)? })
    }

    fn assign(&self, features: &[RecordBatch]) -> Result<RecordBatch, ShardError> {
        let compressed = features.iter().map(|batch| projected(batch, &self.components));
        assign::table(&compressed.collect::<Result<Vec<_>, _>>()?, &self.centres)
    }
}
