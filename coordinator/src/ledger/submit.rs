//! Runs that users hand to a cluster: queued, found again by the next leader, cancelled.

use renkei_domain::plan::Stage;
use renkei_domain::{Digest, RunId};
use renkei_metastore::{Key, Version, Write};

use super::{CancelWish, FACT_VERSION, Ledger, RunFact, RunState, Submission, key, unchanged};
use crate::RunError;

/// A planned run that somebody submits.
#[derive(Debug, Clone)]
pub struct Request {
    /// The run, derived from its identity.
    pub run: RunId,
    /// What people call it: among the runs that have not ended, each name means one run.
    pub name: String,
    /// Planned shards by stage.
    pub shards: Vec<(Stage, usize)>,
    /// By whom, when, how urgent.
    pub submission: Submission,
}

/// Where a request led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The run.
    pub fact: RunFact,
    /// Whether nobody had submitted or driven a run of this identity before.
    pub is_new: bool,
}

/// Where it stands which run a name means. Names are users' words, so the key is a hash.
fn name_key(name: &str) -> Result<Key, RunError> {
    Ok(Key::new(format!("names/{}", Digest::of(name.as_bytes()).short()))?)
}

impl Ledger {
    /// Queues a run. One that is sealed or has not ended stays as it is; one that stopped or was cancelled is queued anew
    /// and goes on from its commits. Refused where another run of the same name has not ended.
    pub async fn submit(&self, request: &Request) -> Result<Accepted, RunError> {
        loop {
            let named = self.named(&request.name).await?;
            if let Some((other, _)) = &named
                && *other != request.run
                && self.run(other).await?.is_some_and(|fact| !fact.state.is_ended())
            {
                return Err(RunError::NameTaken { name: request.name.clone(), run: other.to_string() });
            }
            let present = self.read(&request.run).await?;
            let is_new = present.is_none();
            if let Some((fact, _)) = &present
                && (!fact.state.is_ended() || matches!(fact.state, RunState::Sealed { .. }))
            {
                return Ok(Accepted { fact: fact.clone(), is_new });
            }
            let fact = RunFact {
                version: FACT_VERSION,
                run: request.run.clone(),
                name: request.name.clone(),
                epoch: present.as_ref().map_or(0, |(fact, _)| fact.epoch),
                state: RunState::Queued,
                shards: request.shards.clone(),
                since: request.submission.at.clone(),
                submission: Some(request.submission.clone()),
                cancel: None,
            };
            let (name, run) = (name_key(&request.name)?, key(&request.run)?);
            let guards = vec![
                unchanged(name.clone(), named.map(|(_, version)| version)),
                unchanged(run.clone(), present.map(|(_, version)| version)),
            ];
            let writes = [
                Write::Put { key: name, value: request.run.as_str().into() },
                Write::Put { key: run, value: fact.write()? },
            ];
            if self.transact(guards, &writes).await?.is_some() {
                return Ok(Accepted { fact, is_new });
            }
        }
    }

    /// Notes the wish that a run be cancelled. A run that nobody has begun is cancelled by it; of one that runs, the
    /// driver is to be stopped; one that ended stays as it is.
    pub async fn cancel(&self, run: &RunId, wish: CancelWish) -> Result<RunFact, RunError> {
        loop {
            let Some((fact, version)) = self.read(run).await? else {
                return Err(RunError::UnknownRun { run: run.to_string() });
            };
            if fact.state.is_ended() || fact.cancel.is_some() {
                return Ok(fact);
            }
            let state = if fact.state == RunState::Queued { RunState::Cancelled } else { fact.state.clone() };
            let fact = RunFact { version: FACT_VERSION, cancel: Some(wish.clone()), state, ..fact };
            if self.put(&fact, Some(version)).await?.is_some() {
                return Ok(fact);
            }
        }
    }

    /// Submitted runs that have not ended, the most urgent first, then the oldest: what a new leader goes on with.
    pub async fn unfinished(&self) -> Result<Vec<RunFact>, RunError> {
        let mut facts = self.runs().await?;
        facts.retain(|fact| !fact.state.is_ended() && fact.submission.is_some());
        let order = |fact: &RunFact| {
            let submission = fact.submission.as_ref();
            let priority = submission.map_or(0, |submission| submission.priority);
            (std::cmp::Reverse(priority), submission.map(|submission| submission.at.clone()), fact.run.clone())
        };
        facts.sort_by_cached_key(order);
        Ok(facts)
    }

    async fn named(&self, name: &str) -> Result<Option<(RunId, Version)>, RunError> {
        let Some(found) = self.store.get(&name_key(name)?).await? else { return Ok(None) };
        Ok(Some((RunId::new(String::from_utf8_lossy(&found.value))?, found.version)))
    }
}
