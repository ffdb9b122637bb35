//! Runs and workers as users see them: facts from the ledger, progress from desk and commits.

use std::path::Path;

use renkei_artifacts::{Location, RunStore};
use renkei_domain::plan::Stage;
use renkei_domain::{ErrorKind, RunId};
use renkei_proto::runs::{Run, RunState as Shown, StageProgress, Worker};
use renkei_proto::workers::{Beat, Equipment, WorkerState};
use renkei_runtime::Timestamp;

use super::HostError;
use super::host::Host;
use super::progress::{Progress, Shared, Stand};
use crate::RunError;
use crate::desk::{Verdicts, WorkerView};
use crate::ledger::{RunFact, RunState};

/// Runs in one list at most.
const LISTED: usize = 1000;

impl Host {
    /// One run.
    pub async fn get(&self, run: &RunId) -> Result<Run, HostError> {
        let fact = self.means.ledger.run(run).await?;
        let fact = fact.ok_or_else(|| RunError::UnknownRun { run: run.to_string() })?;
        self.view(&fact, &self.means.desk.workers()).await
    }

    /// The newest runs, and how many more there are.
    pub async fn list(&self) -> Result<(Vec<Run>, usize), HostError> {
        let facts = self.means.ledger.runs().await?;
        let workers = self.means.desk.workers();
        let mut runs = Vec::new();
        for fact in facts.iter().take(LISTED) {
            runs.push(self.view(fact, &workers).await?);
        }
        Ok((runs, facts.len().saturating_sub(LISTED)))
    }

    /// The workers that are not lost.
    #[must_use]
    pub fn workers(&self) -> Vec<Worker> {
        let workers = self.means.desk.workers();
        let state = self.state();
        workers
            .into_iter()
            .map(|worker| shown(state.vitals.resident_bytes(&worker.presence.executor.worker), worker))
            .collect()
    }

    /// Notes what a beat tells besides that its worker is alive.
    pub fn note(&self, beat: &Beat) {
        let now = self.means.clock.monotonic();
        self.state().vitals.note(now, beat);
    }

    /// A fact with everything that is known beside it.
    pub async fn view(&self, fact: &RunFact, workers: &[WorkerView]) -> Result<Run, HostError> {
        let progress = self.progress(fact).await?;
        let (at_work, stages) = {
            let mut progress = progress.lock();
            (progress.at_work(), progress.stages())
        };
        let state = self.shown_state(fact, at_work);
        let time = |text: &str| {
            let broken =
                |error: renkei_runtime::Error| RunError::Fact { run: fact.run.to_string(), reason: error.to_string() };
            text.parse::<Timestamp>().map_err(broken)
        };
        let submission = fact.submission.as_ref();
        Ok(Run {
            id: fact.run.clone(),
            name: fact.name.clone(),
            state,
            priority: submission.map_or(0, |submission| submission.priority),
            submitted: time(submission.map_or(&fact.since, |submission| &submission.at))?,
            since: time(&fact.since)?,
            submitted_by: submission.map(|submission| submission.by.clone()).unwrap_or_default(),
            stages: stages.into_iter().map(|stand| self.stage(&fact.run, stand, workers)).collect(),
            epoch: fact.epoch,
            leader: self.means.leader.clone(),
        })
    }

    fn shown_state(&self, fact: &RunFact, at_work: Option<Stage>) -> Shown {
        match &fact.state {
            RunState::Queued => Shown::Queued,
            RunState::Running => match at_work.filter(|_| self.is_under_way(&fact.run)) {
                Some(stage) => Shown::Running { stage },
                None => Shown::Queued,
            },
            RunState::Stopped { reason, kind } => {
                // An old record does not say; what stopped can be submitted again.
                Shown::Stopped { kind: kind.unwrap_or(ErrorKind::Unavailable), reason: reason.clone() }
            }
            RunState::Cancelled => Shown::Cancelled,
            RunState::Sealed { merkle_root, .. } => Shown::Sealed { merkle_root: *merkle_root },
        }
    }

    fn stage(&self, run: &RunId, stand: Stand, workers: &[WorkerView]) -> StageProgress {
        let Stand { stage, planned, committed, set_aside } = stand;
        let tries = workers.iter().flat_map(|worker| &worker.tries);
        let in_flight = tries.filter(|task| task.run == *run && task.stage == stage).count();
        // The desk knows those of the stage at work, and forgets a run that has ended.
        let set_aside = set_aside.max(self.means.desk.poison(run, stage).len().min(committed));
        let tiles = match stage {
            Stage::Embed => self.state().vitals.tiles(self.means.clock.monotonic(), run),
            _ => Default::default(),
        };
        StageProgress {
            stage,
            planned: planned as u64,
            committed: committed as u64,
            in_flight: in_flight as u64,
            set_aside: set_aside as u64,
            tiles_looked_at: tiles.looked_at,
            tiles_encoded: tiles.encoded,
            tiles_per_second: tiles.per_second,
        }
    }

    /// What is known here, else what the store says: then this leader never worked on the run.
    async fn progress(&self, fact: &RunFact) -> Result<Shared, HostError> {
        if let Some(known) = self.state().progress.get(&fact.run) {
            return Ok(known.clone());
        }
        let progress = match (&fact.state, &fact.submission) {
            (RunState::Sealed { .. }, _) | (_, None) => {
                let mut progress = Progress::of(&fact.shards);
                if let RunState::Sealed { set_aside, .. } = fact.state {
                    progress.sealed(set_aside);
                }
                progress
            }
            (_, Some(submission)) => Progress::counted(self.count(fact, &submission.store).await?),
        };
        Ok(self.state().progress.entry(fact.run.clone()).or_insert_with(|| Shared::new(progress)).clone())
    }

    async fn count(&self, fact: &RunFact, store: &str) -> Result<Vec<Stand>, HostError> {
        let location = Location::resolve_with(store, Path::new("/"), &self.means.stores)?;
        let store = RunStore::new(location.store, location.path, fact.run.clone());
        let mut stages: Vec<Stand> = Vec::new();
        for (stage, planned) in fact.shards.iter().copied() {
            let reached = stages.last().is_none_or(|before| before.committed == before.planned);
            let committed = if reached { store.committed(stage).await?.len().min(planned) } else { 0 };
            stages.push(Stand { stage, planned, committed, set_aside: 0 });
        }
        Ok(stages)
    }
}

fn shown(resident_bytes: u64, worker: WorkerView) -> Worker {
    let presence = worker.presence;
    Worker {
        id: presence.executor.worker,
        equipment: Equipment {
            software: presence.software,
            execution_class: presence.class,
            slots: presence.slots,
            memory_bytes: presence.memory_bytes,
            pools: presence.pools,
        },
        busy: u32::try_from(worker.tries.len()).unwrap_or(u32::MAX),
        resident_bytes,
        state: if worker.draining { WorkerState::Draining } else { WorkerState::Working },
        silent: worker.silent,
    }
}
