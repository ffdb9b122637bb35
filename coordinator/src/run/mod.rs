//! Drives a run: stage by stage, wave by wave, until every shard has its commit; then seals it.

mod aside;
mod commits;
mod patience;
mod stage;

use renkei_artifacts::RunStore;
use renkei_domain::plan::Stage;
use renkei_domain::record::{Manifest, RECORD_VERSION};
use renkei_runtime::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::RunError;
use crate::desk::Verdicts;
use crate::engine::Engine;
use crate::ledger::{Hold, Ledger, RunFact, RunState};
use crate::planner::RunPlan;
use stage::StageRun;

/// Shards of one wave: enough to keep every slot busy, few enough that a plan stays small at a million shards.
pub const WAVE: usize = 1024;

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
    /// All shards of the stage are committed and listed, by this process or one before it.
    StageSealed {
        /// The stage.
        stage: Stage,
        /// Those of its shards that were set aside because no worker survived them.
        set_aside: usize,
    },
}

/// What a run is driven with.
#[derive(Debug)]
pub struct Driver<'a> {
    /// The run's objects.
    pub store: &'a RunStore,
    /// Who runs shards.
    pub engine: &'a dyn Engine,
    /// Which shards are set aside because nobody survives them.
    pub verdicts: &'a dyn Verdicts,
    /// Facts about runs.
    pub ledger: &'a Ledger,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Shards of one wave, at least one: [`WAVE`], fewer in tests.
    pub wave: usize,
    /// Asks the run to stop.
    pub stop: CancellationToken,
}

impl Driver<'_> {
    /// Drives `plan` to its sealed manifest under `hold`; a run that is sealed already is returned as it is.
    ///
    /// A submitted run that is stopped without a wish to cancel it stays `Running`: the next leader goes on with it.
    pub async fn execute(
        &self,
        plan: &RunPlan,
        mut hold: Hold,
        on: &(dyn Fn(Event) + Sync),
    ) -> Result<Manifest, RunError> {
        let mut outcome = self.to_manifest(plan, &hold, on).await;
        if matches!(outcome, Err(RunError::Stopped)) {
            hold = self.refreshed(&hold).await?;
            if hold.fact().cancel.is_some() {
                outcome = Err(RunError::Cancelled);
            }
        }
        let state = match &outcome {
            Ok(manifest) => Some(RunState::of(manifest)),
            Err(RunError::Cancelled) => Some(RunState::Cancelled),
            Err(RunError::Fenced { .. } | RunError::NotLeading) => None,
            Err(RunError::Stopped) if hold.fact().submission.is_some() => None,
            Err(error) => Some(RunState::Stopped { reason: error.to_string(), kind: Some(error.kind()) }),
        };
        if let Some(state) = state {
            self.note(&hold, state).await?;
        }
        outcome
    }

    async fn to_manifest(
        &self,
        plan: &RunPlan,
        hold: &Hold,
        on: &(dyn Fn(Event) + Sync),
    ) -> Result<Manifest, RunError> {
        if let Some(manifest) = self.patiently("manifest", || self.store.manifest()).await? {
            return Ok(manifest);
        }
        if hold.fact().cancel.is_some() {
            return Err(RunError::Cancelled);
        }
        self.patiently("identity", || self.store.record_identity(&plan.identity)).await?;
        self.patiently("slides", || self.store.record_slides(&plan.slides)).await?;
        let mut stages = Vec::with_capacity(plan.stages.len());
        for (stage, shards) in &plan.stages {
            let sealed = match self.patiently("stage", || self.store.sealed_stage(*stage)).await? {
                Some(sealed) => sealed,
                None => {
                    let span = tracing::info_span!("stage", run = %plan.run, %stage, shards = shards.len());
                    renkei_telemetry::run::adopt(&span, &plan.run);
                    StageRun::new(self, hold.epoch(), *stage, shards).drive(on).instrument(span).await?
                }
            };
            on(Event::StageSealed { stage: *stage, set_aside: sealed.set_aside() });
            stages.push(sealed);
        }
        // A coordinator that was overtaken seals nothing; the fact after it is compared in its own transaction.
        self.refreshed(hold).await?;
        let now = self.clock.now();
        let manifest = Manifest {
            version: RECORD_VERSION,
            run: plan.run.clone(),
            name: plan.name.clone(),
            identity: plan.identity.clone(),
            unreadable: plan.unreadable.clone(),
            merkle_root: Manifest::root_of(&plan.identity, &stages),
            stages,
            epoch: hold.epoch(),
            sealed: now.to_string(),
        };
        let before = self.patiently("seal", || self.store.seal(&manifest)).await?;
        renkei_telemetry::run::sealed(&plan.run, submitted(hold.fact()).unwrap_or(now), now);
        Ok(before.unwrap_or(manifest))
    }

    async fn refreshed(&self, hold: &Hold) -> Result<Hold, RunError> {
        self.patiently("hold", || async {
            let mut hold = hold.clone();
            self.ledger.refresh(&mut hold).await.map(|()| hold)
        })
        .await
    }

    async fn note(&self, hold: &Hold, state: RunState) -> Result<(), RunError> {
        self.patiently("state", || async { self.ledger.set(&mut hold.clone(), state.clone()).await }).await
    }
}

/// When the run was submitted or, where nobody submitted it, begun.
fn submitted(fact: &RunFact) -> Option<Timestamp> {
    let at = fact.submission.as_ref().map_or(&fact.since, |submission| &submission.at);
    at.parse().ok()
}

#[cfg(test)]
mod tests;
