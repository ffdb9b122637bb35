//! Exactly once: a shard's result is what its commit record says, and that record is created once.

use renkei_domain::record::CommitRecord;

use crate::ArtifactError;
use crate::run_store::{Created, RunStore, from_json, to_json};

/// How a commit ended. In every case the shard is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// This attempt's result counts.
    Won,
    /// This very attempt had been committed before: a retried put met itself.
    Again,
    /// Another attempt with equal content was first; this attempt's objects were removed.
    Yielded,
}

/// Commits a shard by conditional create of its record.
///
/// If a record is there already: the same attempt is a success and nothing is deleted; another attempt with equal
/// content is a success and only this attempt's own keys are deleted; different content is
/// [`ArtifactError::ContentConflict`], since then something in the chain is not deterministic.
///
/// An attempt whose objects are gone (it slept through [`crate::gc`]'s grace time) or not whole may not commit:
/// [`ArtifactError::Vanished`], unless the shard was committed meanwhile.
pub async fn commit(store: &RunStore, record: &CommitRecord) -> Result<Committed, ArtifactError> {
    if let Some(key) = store.first_missing(&record.artifacts).await? {
        return match store.commit_of(record.stage, &record.shard).await? {
            Some(present) if present.attempt != record.attempt => yield_to(store, record, &present).await,
            _ => Err(ArtifactError::Vanished { key }),
        };
    }
    let key = store.keys().commit(record.stage, &record.shard);
    let present = match store.create(&key, to_json(&key, record)?).await? {
        Created::First => return Ok(Committed::Won),
        Created::Present(bytes) => from_json::<CommitRecord>(&key, &bytes)?,
    };
    if present.attempt == record.attempt { Ok(Committed::Again) } else { yield_to(store, record, &present).await }
}

/// Leaves the shard to the attempt that is `present`, if that made the same of it.
async fn yield_to(store: &RunStore, record: &CommitRecord, present: &CommitRecord) -> Result<Committed, ArtifactError> {
    if present.content() != record.content() {
        return Err(ArtifactError::ContentConflict { shard: record.shard.to_string() });
    }
    store.discard(&record.artifacts).await?;
    Ok(Committed::Yielded)
}
