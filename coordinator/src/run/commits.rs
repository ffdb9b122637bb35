//! What the store says of a stage: which shards have commits, and what those are.

use futures::{StreamExt, TryStreamExt, stream};
use renkei_domain::ShardId;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::CommitRecord;

use super::Driver;
use crate::RunError;

/// Commit records read at once.
const AT_ONCE: usize = 32;

impl Driver<'_> {
    /// The places in `shards` (ordered by id) of those without a commit: one listing, whatever the number of waves.
    pub(super) async fn missing(&self, stage: Stage, shards: &[Shard]) -> Result<Vec<u32>, RunError> {
        let committed = self.patiently("commits", || self.store.committed(stage)).await?;
        let mut committed = committed.iter().peekable();
        let mut missing = Vec::new();
        for (place, shard) in (0..).zip(shards) {
            while committed.next_if(|id| **id < shard.id).is_some() {}
            if committed.peek() != Some(&&shard.id) {
                missing.push(place);
            }
        }
        Ok(missing)
    }

    /// The commits of `places`, in their order; `None` where there is none.
    pub(super) async fn commits(
        &self,
        stage: Stage,
        shards: &[Shard],
        places: &[u32],
    ) -> Result<Vec<Option<CommitRecord>>, RunError> {
        let one = |place: &u32| {
            let shard = shards.get(*place as usize).map(|shard| &shard.id);
            async move {
                match shard {
                    Some(shard) => self.commit_of(stage, shard).await,
                    None => Ok(None),
                }
            }
        };
        stream::iter(places).map(one).buffered(AT_ONCE).try_collect().await
    }

    pub(super) async fn commit_of(&self, stage: Stage, shard: &ShardId) -> Result<Option<CommitRecord>, RunError> {
        self.patiently("commit", || self.store.commit_of(stage, shard)).await
    }
}
