//! A shard that nobody survives is set aside by a commit record that the coordinator writes in its place.

use renkei_artifacts::{ArtifactError, commit};
use renkei_domain::AttemptId;
use renkei_domain::plan::{Shard, Work};
use renkei_domain::record::{CommitRecord, Quarantine, RECORD_VERSION};

use super::Driver;
use crate::RunError;
use crate::desk::rules::POISON_DEATHS;

impl Driver<'_> {
    /// Sets a band aside; a stage in one piece cannot be left out, so it stops the run. Where somebody committed the
    /// shard after all, that commit counts.
    pub(super) async fn set_aside(&self, shard: &Shard, epoch: u64) -> Result<Option<CommitRecord>, RunError> {
        let Work::Band(band) = &shard.work else {
            return Err(RunError::Poison { stage: shard.stage, deaths: POISON_DEATHS });
        };
        let (first, end) = (band.grid_rows.start, band.grid_rows.end);
        let reason = format!(
            "tile rows {first} to {end} (not included) set aside: {POISON_DEATHS} workers that tried them were lost"
        );
        let now = self.clock.now().to_string();
        let record = CommitRecord {
            version: RECORD_VERSION,
            run: self.store.run().clone(),
            stage: shard.stage,
            shard: shard.id.clone(),
            // The same whoever writes it: two coordinators that set a shard aside agree.
            attempt: AttemptId::new(CommitRecord::SET_ASIDE)?,
            epoch,
            artifacts: Vec::new(),
            quarantine: vec![Quarantine { slide: band.slide.slide.hashed(), tile: None, reason }],
            input: None,
            started: now.clone(),
            committed: now,
        };
        tracing::warn!(run = %self.store.run(), shard = %shard.id, "shard set aside: workers that tried it were lost");
        let written = self.patiently("set aside", || commit(self.store, &record)).await;
        match written {
            Ok(_) | Err(RunError::Artifact(ArtifactError::ContentConflict { .. })) => {
                self.commit_of(shard.stage, &shard.id).await
            }
            Err(error) => Err(error),
        }
    }
}
