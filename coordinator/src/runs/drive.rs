//! One run: taken over, driven, and what becomes of it.

use renkei_domain::RunId;
use renkei_inference::ExecutionClass;
use tokio_util::sync::CancellationToken;

use super::HostError;
use super::host::{Host, weight};
use super::planned::Planned;
use super::progress::{Counted, Progress, Shared};
use crate::RunError;
use crate::engine::ballista::{BallistaEngine, Entitlement};
use crate::ledger::{Hold, RunFact, RunState};
use crate::run::{Driver, WAVE};

impl Host {
    /// Drives a run until the ledger says how it ended. An error means that the ledger says nothing of it yet.
    pub(super) async fn hosted(&self, run: &RunId, stop: &CancellationToken) -> Result<(), HostError> {
        let Some(fact) = self.means.ledger.run(run).await.map_err(HostError::from)? else { return Ok(()) };
        if fact.state.is_ended() {
            return Ok(());
        }
        if fact.cancel.is_some() {
            return self.end(&fact, RunState::Cancelled).await;
        }
        match stop.run_until_cancelled(self.planned(&fact)).await {
            None => self.end(&fact, RunState::Cancelled).await,
            Some(Ok(planned)) => self.driven(&fact, planned, stop).await,
            Some(Err(error)) if error.kind().retryable() => Err(error),
            Some(Err(error)) => {
                tracing::error!(%run, kind = ?error.kind(), "the run cannot go on and is stopped");
                self.end(&fact, RunState::Stopped { reason: error.to_string(), kind: Some(error.kind()) }).await
            }
        }
    }

    /// The plan made at submission, or a new one that must be its equal.
    async fn planned(&self, fact: &RunFact) -> Result<Planned, HostError> {
        let planned = self.state().plans.remove(&fact.run);
        if let Some(planned) = planned {
            return Ok(planned);
        }
        let store = fact.submission.as_ref().map_or("", |submission| &*submission.store);
        self.drawing().again(&fact.run, store).await
    }

    async fn driven(&self, fact: &RunFact, mut planned: Planned, stop: &CancellationToken) -> Result<(), HostError> {
        planned.plan.name.clone_from(&fact.name);
        let hold = self.take(fact, &planned).await?;
        let progress = Shared::new(Progress::of(&hold.fact().shards));
        self.state().progress.insert(fact.run.clone(), progress.clone());
        tracing::info!(run = %fact.run, epoch = hold.epoch(), "driving the run");
        let class = ExecutionClass::machine_of(&planned.plan.identity.execution_class);
        self.means.desk.admit(&fact.run, class.map(str::to_owned));
        let store = planned.objects();
        let engine = self.engine(fact, &planned, &hold, progress.clone());
        let driver = Driver {
            store: &store,
            engine: &engine,
            verdicts: self.means.desk.as_ref(),
            ledger: &self.means.ledger,
            clock: self.means.clock.as_ref(),
            wave: WAVE,
            stop: stop.clone(),
        };
        match driver.execute(&planned.plan, hold, &|event| progress.lock().on(event)).await {
            Ok(manifest) => {
                tracing::info!(run = %fact.run, "sealed");
                progress.lock().sealed(manifest.set_aside());
                Ok(())
            }
            Err(error) => self.failed(&fact.run, error).await,
        }
    }

    fn engine(&self, fact: &RunFact, planned: &Planned, hold: &Hold, progress: Shared) -> Counted<BallistaEngine> {
        let priority = fact.submission.as_ref().map_or(0, |submission| submission.priority);
        let entitlement = Entitlement { weight: weight(priority), pool: None };
        let store = planned.store.url.to_string();
        Counted { engine: self.means.scheduler.engine(fact.run.clone(), store, hold.epoch(), entitlement), progress }
    }

    /// What the driver could not note is still to be done.
    async fn failed(&self, run: &RunId, error: RunError) -> Result<(), HostError> {
        match self.means.ledger.run(run).await? {
            Some(fact) if fact.state.is_ended() => {
                tracing::warn!(%run, kind = ?error.kind(), "the run ended without a result");
                Ok(())
            }
            _ => Err(error.into()),
        }
    }

    async fn take(&self, fact: &RunFact, planned: &Planned) -> Result<Hold, HostError> {
        let shards = planned.plan.stages.iter().map(|(stage, shards)| (*stage, shards.len())).collect();
        let now = self.means.clock.now().to_string();
        Ok(self.means.ledger.take(&fact.run, &fact.name, shards, now).await?)
    }

    /// Notes how a run ended that nobody drives.
    pub(super) async fn end(&self, fact: &RunFact, state: RunState) -> Result<(), HostError> {
        let now = self.means.clock.now().to_string();
        let mut hold = self.means.ledger.take(&fact.run, &fact.name, fact.shards.clone(), now).await?;
        Ok(self.means.ledger.set(&mut hold, state).await?)
    }
}
