//! One try of one shard: what it wrote so far.

use renkei_artifacts::RunStore;
use renkei_domain::plan::Shard;
use renkei_domain::record::{ArtifactEntry, CommitRecord, Quarantine, RECORD_VERSION};
use renkei_domain::{AttemptId, Digest};
use renkei_runtime::Timestamp;
use renkei_stage::ShardError;

use crate::reading::artifact_error;

/// Artifacts go to the store as they are made, so that a stage never holds all of its output.
#[derive(Debug)]
pub struct Attempt<'a> {
    store: &'a RunStore,
    shard: &'a Shard,
    id: AttemptId,
    started: Timestamp,
    artifacts: Vec<ArtifactEntry>,
    quarantine: Vec<Quarantine>,
    input: Option<Digest>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(store: &'a RunStore, shard: &'a Shard, id: AttemptId, started: Timestamp) -> Self {
        Self { store, shard, id, started, artifacts: Vec::new(), quarantine: Vec::new(), input: None }
    }

    /// Writes one object of the table or file `name`. `file` is unique within the attempt.
    pub async fn put(&mut self, name: &str, file: &str, bytes: Vec<u8>, rows: u64) -> Result<(), ShardError> {
        let entry = self.store.put_artifact(self.shard, &self.id, name, file, bytes, rows).await;
        self.artifacts.push(entry.map_err(artifact_error)?);
        Ok(())
    }

    /// Sets things aside with their reasons.
    pub fn quarantine(&mut self, faults: impl IntoIterator<Item = Quarantine>) {
        self.quarantine.extend(faults);
    }

    /// Notes the digest of the input bytes that were consumed.
    pub fn consumed(&mut self, input: Digest) {
        self.input = Some(input);
    }

    pub(crate) fn into_record(self, epoch: u64, committed: Timestamp) -> CommitRecord {
        CommitRecord {
            version: RECORD_VERSION,
            run: self.store.run().clone(),
            stage: self.shard.stage,
            shard: self.shard.id.clone(),
            attempt: self.id,
            epoch,
            artifacts: self.artifacts,
            quarantine: self.quarantine,
            input: self.input,
            started: self.started.to_string(),
            committed: committed.to_string(),
        }
    }
}
