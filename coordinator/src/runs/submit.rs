//! What users ask for: that a run be taken in, or cancelled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use renkei_artifacts::{Location, RunStore};
use renkei_domain::record::Identity;
use renkei_domain::{Digest, RunId};
use renkei_inference::ExecutionClass;
use renkei_launch::Launch;
use renkei_proto::runs::{Accepted, Submission};

use super::HostError;
use super::host::{Host, Interrupted};
use super::planned::{self, Planned};
use crate::RunError;
use crate::ledger::{self, CancelWish, RunFact, RunState};

/// How long a submission waits for its plan; below the time that the wire gives an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

type Outcome = Result<Accepted, Arc<HostError>>;
type UnderWay = Shared<BoxFuture<'static, Outcome>>;

/// Submissions under way. Planning may take longer than a user waits, so it goes on by itself, and whoever submits the
/// same again waits for the same.
#[derive(Debug, Default)]
pub(super) struct Planning(BTreeMap<Digest, UnderWay>);

impl Host {
    /// Takes a run in, in the name of the user `by`.
    pub async fn submit(self: &Arc<Self>, by: &str, submission: Submission) -> Outcome {
        let launch = planned::launch(&submission)?;
        let text = serde_json::to_vec(&launch).map_err(|error| HostError::Spec(error.to_string()))?;
        let key = Digest::of_parts([by.as_bytes(), &submission.priority.to_le_bytes(), &text]);
        let accepted = self.accepted(key, by, submission.priority, launch);
        tokio::select! {
            outcome = accepted => {
                // A failure is kept until somebody heard it.
                if outcome.is_err() {
                    self.state().planning.0.remove(&key);
                }
                outcome
            }
            () = self.means.clock.sleep(ANSWER_WITHIN) => Err(Arc::new(HostError::StillPlanning)),
        }
    }

    /// What becomes of the submission `key`, which is under way from now on if it was not before.
    fn accepted(self: &Arc<Self>, key: Digest, by: &str, priority: i32, launch: Launch) -> UnderWay {
        let mut state = self.state();
        if let Some(under_way) = state.planning.0.get(&key) {
            return under_way.clone();
        }
        let (host, by) = (Arc::clone(self), by.to_owned());
        let task = tokio::spawn(async move {
            let accepted = Box::pin(host.accept(by, priority, launch));
            let accepted = host.means.over.run_until_cancelled(accepted).await;
            let accepted = accepted.unwrap_or_else(|| Err(RunError::NotLeading.into()));
            if accepted.is_ok() {
                host.state().planning.0.remove(&key);
            }
            accepted.map_err(Arc::new)
        });
        let outcome = async { task.await.unwrap_or_else(|error| Err(Arc::new(HostError::Defect(error.to_string())))) };
        let outcome = outcome.boxed().shared();
        state.planning.0.insert(key, outcome.clone());
        outcome
    }

    async fn accept(&self, by: String, priority: i32, launch: Launch) -> Result<Accepted, HostError> {
        let machine = self.machine().ok_or(HostError::NoWorker)?;
        let planned = self.drawing().submitted(launch, &machine, self.means.attempts.as_ref()).await?;
        let (run, at) = (planned.plan.run.clone(), self.means.clock.now().to_string());
        let request = ledger::Request {
            run: run.clone(),
            name: planned.plan.name.clone(),
            shards: planned.plan.stages.iter().map(|(stage, shards)| (*stage, shards.len())).collect(),
            submission: ledger::Submission { by, at, priority, store: planned.store.url.to_string() },
        };
        match self.means.ledger.submit(&request).await {
            Ok(ledger::Accepted { fact, .. }) if fact.cancel.is_some() && !fact.state.is_ended() => {
                Err(HostError::Cancelling)
            }
            Ok(ledger::Accepted { fact, is_new }) => {
                self.enqueue(&fact, Some(planned));
                Ok(Accepted { run, is_new })
            }
            Err(RunError::NameTaken { name, run: other }) => {
                let differences = self.differences(&planned, &other).await.unwrap_or_default();
                Err(HostError::NameTaken { name, run: other, differences })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The class, batch aside, that most slots compute in; `None` where no worker takes shards.
    fn machine(&self) -> Option<String> {
        let mut slots: BTreeMap<String, u64> = BTreeMap::new();
        for worker in self.means.desk.workers().into_iter().filter(|worker| !worker.draining) {
            if let Some(class) = worker.presence.class {
                let machine = ExecutionClass::machine_of(&class).unwrap_or(&class).to_owned();
                *slots.entry(machine).or_default() += u64::from(worker.presence.slots);
            }
        }
        // Of equals the last in order, so that the choice does not depend on who joined first.
        slots.into_iter().max_by_key(|(_, slots)| *slots).map(|(class, _)| class)
    }

    /// What differs between a plan and the run `other`, as far as that is known.
    async fn differences(&self, planned: &Planned, other: &str) -> Result<Vec<String>, HostError> {
        let other = RunId::new(other).map_err(RunError::from)?;
        let fact = self.means.ledger.run(&other).await?;
        let store = fact.and_then(|fact| fact.submission).map(|submission| submission.store).unwrap_or_default();
        let location = Location::resolve_with(&store, std::path::Path::new("/"), &self.means.stores)?;
        let identity: Option<Identity> = RunStore::new(location.store, location.path, other).identity().await?;
        Ok(identity.map(|identity| planned.plan.identity.differences(&identity)).unwrap_or_default())
    }

    /// Asks a run to stop, in the name of the user `by`; workers stop within 2 s. A run that has ended stays as it is.
    pub async fn cancel(&self, by: &str, run: &RunId) -> Result<RunFact, HostError> {
        let wish = CancelWish { by: by.to_owned(), at: self.means.clock.now().to_string() };
        let fact = self.means.ledger.cancel(run, wish).await?;
        if matches!(fact.state, RunState::Sealed { .. } | RunState::Stopped { .. }) {
            return Ok(fact);
        }
        self.means.desk.cancel_run(run);
        let interrupted = self.interrupt(run);
        if fact.state == RunState::Running && interrupted != Interrupted::AtWork {
            // An earlier leader began it; nobody drives it now, so nobody else notes its end.
            self.end(&fact, RunState::Cancelled).await?;
            return Ok(RunFact { state: RunState::Cancelled, ..fact });
        }
        Ok(fact)
    }
}
