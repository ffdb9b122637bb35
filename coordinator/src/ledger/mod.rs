//! The few facts about runs that are not in the object store, changed by compare-and-set.
//!
//! Two numbers fence. A run's own epoch grows with every process that takes the run over ([`Ledger::take`]); in a
//! cluster every write also compares the leader's epoch ([`Ledger::led`]), so that a coordinator that was overtaken
//! writes nothing, whichever run it holds.

mod fact;
mod submit;

use std::sync::Arc;

use renkei_domain::RunId;
use renkei_domain::plan::Stage;
use renkei_metastore::{Guard, Key, MetaStore, Outcome, Prefix, Version, Write};

pub use fact::{CancelWish, FACT_VERSION, RunFact, RunState, Submission};
pub use submit::{Accepted, Request};

use crate::RunError;

/// The only writer of run facts.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<dyn MetaStore>,
    leader: Option<Guard>,
}

/// The right to seal a run, as long as nobody took it over.
#[derive(Debug, Clone)]
pub struct Hold {
    fact: RunFact,
    version: Version,
}

impl Hold {
    /// The fencing number.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.fact.epoch
    }

    /// The run's fact as it was last read or written.
    #[must_use]
    pub fn fact(&self) -> &RunFact {
        &self.fact
    }
}

fn runs() -> Result<Key, RunError> {
    Ok(Key::new("runs")?)
}

fn key(run: &RunId) -> Result<Key, RunError> {
    Ok(Key::new(format!("runs/{run}"))?)
}

fn unchanged(key: Key, present: Option<Version>) -> Guard {
    match present {
        Some(version) => Guard::VersionIs { key, version },
        None => Guard::Absent { key },
    }
}

impl Ledger {
    /// Facts kept in `store`, written by whoever holds a run.
    #[must_use]
    pub fn new(store: Arc<dyn MetaStore>) -> Self {
        Self { store, leader: None }
    }

    /// Facts kept in `store`, written only as long as `leader` holds ([`crate::lead::Leadership::guard`]).
    #[must_use]
    pub fn led(store: Arc<dyn MetaStore>, leader: Guard) -> Self {
        Self { store, leader: Some(leader) }
    }

    /// Takes a run over under a new epoch; whoever held it before can seal nothing from now on. What is known of its
    /// submission stays.
    pub async fn take(
        &self,
        run: &RunId,
        name: &str,
        shards: Vec<(Stage, usize)>,
        since: String,
    ) -> Result<Hold, RunError> {
        loop {
            let present = self.read(run).await?;
            let (before, version) = present.map_or((None, None), |(fact, version)| (Some(fact), Some(version)));
            let fact = RunFact {
                version: FACT_VERSION,
                run: run.clone(),
                name: name.to_owned(),
                epoch: before.as_ref().map_or(0, |fact| fact.epoch) + 1,
                state: RunState::Running,
                shards: shards.clone(),
                since: since.clone(),
                cancel: before.as_ref().and_then(|fact| fact.cancel.clone()),
                submission: before.and_then(|fact| fact.submission),
            };
            if let Some(version) = self.put(&fact, version).await? {
                return Ok(Hold { fact, version });
            }
        }
    }

    /// Writes the run's new state, unless another process took it over. Where the store fails, the same call may be made
    /// again: a write whose answer was lost is found and not repeated.
    pub async fn set(&self, hold: &mut Hold, state: RunState) -> Result<(), RunError> {
        loop {
            let fact = RunFact { state: state.clone(), ..hold.fact.clone() };
            if let Some(version) = self.put(&fact, Some(hold.version)).await? {
                *hold = Hold { fact, version };
                return Ok(());
            }
            self.refresh(hold).await?;
            if hold.fact.state == state {
                return Ok(());
            }
        }
    }

    /// Checks that the run and, in a cluster, the lead are still this process's, and reads what others noted on the run.
    pub async fn refresh(&self, hold: &mut Hold) -> Result<(), RunError> {
        match self.read(&hold.fact.run).await? {
            Some((fact, version)) if fact.epoch == hold.fact.epoch => *hold = Hold { fact, version },
            _ => return Err(RunError::Fenced { run: hold.fact.run.to_string(), epoch: hold.fact.epoch }),
        }
        let guards: Vec<Guard> = self.leader.iter().cloned().collect();
        match self.store.transact(&guards, &[]).await? {
            Outcome::Committed { .. } => Ok(()),
            Outcome::GuardFailed { .. } => Err(RunError::NotLeading),
        }
    }

    async fn read(&self, run: &RunId) -> Result<Option<(RunFact, Version)>, RunError> {
        let Some(found) = self.store.get(&key(run)?).await? else { return Ok(None) };
        Ok(Some((RunFact::read(run, &found.value)?, found.version)))
    }

    /// Puts a fact where its key still has version `before`; `None` where it has not.
    async fn put(&self, fact: &RunFact, before: Option<Version>) -> Result<Option<Version>, RunError> {
        let key = key(&fact.run)?;
        let write = Write::Put { key: key.clone(), value: fact.write()? };
        self.transact(vec![unchanged(key, before)], &[write]).await
    }

    /// One transaction under the lead; `None` where one of `guards` does not hold.
    async fn transact(&self, mut guards: Vec<Guard>, writes: &[Write]) -> Result<Option<Version>, RunError> {
        guards.splice(0..0, self.leader.iter().cloned());
        match self.store.transact(&guards, writes).await? {
            Outcome::Committed { version } => Ok(Some(version)),
            Outcome::GuardFailed { key } => match &self.leader {
                Some(Guard::VersionIs { key: leader, .. } | Guard::Absent { key: leader }) if *leader == key => {
                    Err(RunError::NotLeading)
                }
                _ => Ok(None),
            },
        }
    }

    /// One run's fact.
    pub async fn run(&self, run: &RunId) -> Result<Option<RunFact>, RunError> {
        Ok(self.read(run).await?.map(|(fact, _)| fact))
    }

    /// All runs, the newest first.
    pub async fn runs(&self) -> Result<Vec<RunFact>, RunError> {
        let mut facts = Vec::new();
        for (key, found) in self.store.list(&Prefix::under(&runs()?)).await? {
            let id = RunId::new(key.as_str().trim_start_matches("runs/"))?;
            facts.push(RunFact::read(&id, &found.value)?);
        }
        facts.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.run.cmp(&b.run)));
        Ok(facts)
    }
}

#[cfg(test)]
mod tests;
