//! Drives a run: stage by stage, wave by wave, until every shard has its commit; then seals it.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use renkei_artifacts::RunStore;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::{CommitRecord, Manifest, RECORD_VERSION, SealedStage};
use renkei_runtime::Clock;
use renkei_stage::ShardError;
use tokio_util::sync::CancellationToken;

use crate::RunError;
use crate::engine::{Engine, WaveId, WaveState};
use crate::ledger::{Hold, Ledger, RunState};
use crate::planner::RunPlan;

/// Shards of one wave: enough to keep every slot busy, few enough that a plan stays small at a million shards.
const WAVE: usize = 1024;
/// Commit records read at once.
const AT_ONCE: usize = 32;
/// Waves in a row that may end without a single new commit before the stage is given up.
const IDLE_WAVES: u32 = 2;

/// What happens, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A stage begins with this many of its shards committed before.
    StageBegins {
        /// The stage.
        stage: Stage,
        /// Its shards.
        shards: usize,
        /// Those committed by an earlier process.
        committed: usize,
    },
    /// All shards of the stage are committed and listed.
    StageSealed {
        /// The stage.
        stage: Stage,
    },
}

/// What a run is driven with.
#[derive(Debug)]
pub struct Driver<'a> {
    /// The run's objects.
    pub store: &'a RunStore,
    /// Who runs shards.
    pub engine: &'a dyn Engine,
    /// Facts about runs.
    pub ledger: &'a Ledger,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Asks the run to stop.
    pub stop: CancellationToken,
}

impl Driver<'_> {
    /// Drives `plan` to its sealed manifest under `hold`; a run that is sealed already is returned as it is.
    pub async fn execute(
        &self,
        plan: &RunPlan,
        mut hold: Hold,
        on: &(dyn Fn(Event) + Sync),
    ) -> Result<Manifest, RunError> {
        let outcome = self.to_manifest(plan, hold.epoch(), on).await;
        let state = match &outcome {
            Ok(manifest) => RunState::Sealed { merkle_root: manifest.merkle_root },
            Err(error) => RunState::Stopped { reason: error.to_string() },
        };
        self.ledger.set(&mut hold, state).await?;
        outcome
    }

    async fn to_manifest(&self, plan: &RunPlan, epoch: u64, on: &(dyn Fn(Event) + Sync)) -> Result<Manifest, RunError> {
        if let Some(manifest) = self.store.manifest().await? {
            return Ok(manifest);
        }
        self.store.record_identity(&plan.identity).await?;
        self.store.record_slides(&plan.slides).await?;
        let mut stages = Vec::with_capacity(plan.stages.len());
        for (stage, shards) in &plan.stages {
            stages.push(self.stage(*stage, shards, on).await?);
        }
        let manifest = Manifest {
            version: RECORD_VERSION,
            run: plan.run.clone(),
            name: plan.name.clone(),
            identity: plan.identity.clone(),
            unreadable: plan.unreadable.clone(),
            merkle_root: Manifest::root_of(&plan.identity, &stages),
            stages,
            epoch,
            sealed: self.clock.now().to_string(),
        };
        Ok(self.store.seal(&manifest).await?)
    }

    async fn stage(
        &self,
        stage: Stage,
        shards: &[Shard],
        on: &(dyn Fn(Event) + Sync),
    ) -> Result<SealedStage, RunError> {
        if let Some(sealed) = self.store.sealed_stage(stage).await? {
            return Ok(sealed);
        }
        let mut missing = self.missing(stage, shards).await?;
        on(Event::StageBegins { stage, shards: shards.len(), committed: shards.len() - missing.len() });
        let mut idle = 0;
        while !missing.is_empty() {
            let wave = missing.iter().take(WAVE).cloned().collect();
            let state = self.wave(stage, wave).await?;
            let before = missing.len();
            missing = self.missing(stage, shards).await?;
            idle = if missing.len() < before { 0 } else { idle + 1 };
            match state {
                WaveState::Cancelled => return Err(RunError::Stopped),
                WaveState::Failed(error) => return Err(RunError::Stage { stage, error }),
                _ if idle >= IDLE_WAVES => return Err(RunError::NoProgress { stage, missing: missing.len() }),
                _ => {}
            }
        }
        let sealed = SealedStage { stage, commits: self.commits(stage, shards).await? };
        let sealed = self.store.seal_stage(&sealed).await?;
        on(Event::StageSealed { stage });
        Ok(sealed)
    }

    /// Submits one wave and waits for its end, passing on the wish to stop.
    async fn wave(&self, stage: Stage, shards: Vec<Shard>) -> Result<WaveState, RunError> {
        let failed = |error: ShardError| RunError::Stage { stage, error };
        let wave = self.engine.submit(shards).await.map_err(failed)?;
        tokio::select! {
            state = self.end_of(wave) => state,
            () = self.stop.cancelled() => {
                self.engine.cancel(wave).await;
                self.end_of(wave).await
            }
        }
        .ok_or(RunError::NoProgress { stage, missing: 0 })
    }

    async fn end_of(&self, wave: WaveId) -> Option<WaveState> {
        let mut state = self.engine.watch(wave)?;
        let end = state.wait_for(WaveState::is_over).await.ok()?;
        Some(end.clone())
    }

    /// Planned shards without a commit: what the store says, not what the engine said.
    async fn missing(&self, stage: Stage, shards: &[Shard]) -> Result<Vec<Shard>, RunError> {
        let committed: BTreeSet<_> = self.store.committed(stage).await?.into_iter().collect();
        Ok(shards.iter().filter(|shard| !committed.contains(&shard.id)).cloned().collect())
    }

    async fn commits(&self, stage: Stage, shards: &[Shard]) -> Result<Vec<CommitRecord>, RunError> {
        let one = |shard: &Shard| {
            let id = shard.id.clone();
            async move {
                let found = self.store.commit_of(stage, &id).await?;
                found.ok_or(RunError::NoProgress { stage, missing: 1 })
            }
        };
        stream::iter(shards.iter().map(one)).buffered(AT_ONCE).try_collect().await
    }
}

#[cfg(test)]
mod tests;
