//! The compressed features as blocks of rows: held in memory where they fit, read again for every round where not.

use std::sync::Arc;

use renkei_domain::record::ArtifactEntry;
use renkei_runtime::Permit;
use renkei_stage::ShardError;
use renkei_stats::kmeans::RowBlocks;
use tokio::runtime::Handle;

use crate::Context;
use crate::reading::{batches, vectors};
use crate::stages::defect;

/// The share of the memory limit that held features may take: one part in this many.
const SHARE: u64 = 4;

/// Blocks in shard order.
pub(crate) struct Blocks {
    context: Arc<Context>,
    entries: Vec<ArtifactEntry>,
    columns: usize,
    held: Option<(Vec<Vec<f32>>, Permit)>,
    reading: Handle,
}

impl Blocks {
    pub(crate) async fn open(context: &Arc<Context>, entries: Vec<ArtifactEntry>) -> Result<Self, ShardError> {
        let first = entries.first().ok_or_else(|| defect("no compressed features"))?;
        let columns = block(context, first).await?.len() / usize::try_from(first.rows).map_err(defect)?.max(1);
        let rows: u64 = entries.iter().map(|entry| entry.rows).sum();
        let bytes = rows * columns as u64 * 4;
        let held = if bytes <= context.memory.total().bytes() / SHARE {
            let permit = context.memory.acquire(bytes).await.map_err(defect)?;
            let mut blocks = Vec::with_capacity(entries.len());
            for entry in &entries {
                blocks.push(block(context, entry).await?);
            }
            Some((blocks, permit))
        } else {
            None
        };
        Ok(Self { context: Arc::clone(context), entries, columns, held, reading: Handle::current() })
    }
}

async fn block(context: &Context, entry: &ArtifactEntry) -> Result<Vec<f32>, ShardError> {
    let mut rows = Vec::new();
    for batch in batches(context, entry).await? {
        rows.extend_from_slice(vectors(&batch, "compressed")?);
    }
    Ok(rows)
}

impl RowBlocks for Blocks {
    type Error = ShardError;

    fn columns(&self) -> usize {
        self.columns
    }

    /// Called off the async threads, so that waiting for a read blocks nobody.
    fn visit(&self, each: &mut dyn FnMut(&[f32])) -> Result<(), ShardError> {
        if let Some((blocks, _)) = &self.held {
            blocks.iter().for_each(|block| each(block));
            return Ok(());
        }
        for entry in &self.entries {
            each(&self.reading.block_on(block(&self.context, entry))?);
        }
        Ok(())
    }
}
