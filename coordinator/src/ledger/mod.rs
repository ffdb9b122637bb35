//! The few facts about runs that are not in the object store, changed by compare-and-set on the epoch.

use std::sync::Arc;

use renkei_domain::plan::Stage;
use renkei_domain::{Digest, RunId};
use renkei_metastore::{Guard, Key, MetaStore, Outcome, Prefix, Version, Write};
use serde::{Deserialize, Serialize};

use crate::RunError;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFact {
    /// Version of this record: 1.
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// What people call it.
    pub name: String,
    /// Fencing number: grows with every process that takes the run over.
    pub epoch: u64,
    /// How it stands.
    pub state: RunState,
    /// Planned shards by stage, for progress.
    pub shards: Vec<(Stage, usize)>,
    /// When the newest process took it over, UTC, RFC 3339.
    pub since: String,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process is, or was when it was killed, at work on it.
    Running,
    /// Stopped in good order, or by an error; it can go on.
    Stopped {
        /// Why.
        reason: String,
    },
    /// Finished; nothing of it changes any more.
    Sealed {
        /// The manifest's root.
        merkle_root: Digest,
    },
}

/// The only writer of run facts.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<dyn MetaStore>,
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
}

fn runs() -> Result<Key, RunError> {
    Ok(Key::new("runs")?)
}

fn key(run: &RunId) -> Result<Key, RunError> {
    Ok(Key::new(format!("runs/{run}"))?)
}

impl Ledger {
    /// Facts kept in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn MetaStore>) -> Self {
        Self { store }
    }

    /// Takes a run over under a new epoch; whoever held it before can seal nothing from now on.
    pub async fn take(
        &self,
        run: &RunId,
        name: &str,
        shards: Vec<(Stage, usize)>,
        since: String,
    ) -> Result<Hold, RunError> {
        let key = key(run)?;
        loop {
            let present = self.store.get(&key).await?;
            let epoch = match &present {
                Some(versioned) => parse(run, &versioned.value)?.epoch + 1,
                None => 1,
            };
            let fact = RunFact {
                version: 1,
                run: run.clone(),
                name: name.to_owned(),
                epoch,
                state: RunState::Running,
                shards: shards.clone(),
                since: since.clone(),
            };
            let guard = match present {
                Some(versioned) => Guard::VersionIs { key: key.clone(), version: versioned.version },
                None => Guard::Absent { key: key.clone() },
            };
            if let Some(version) = self.put(&fact, guard).await? {
                return Ok(Hold { fact, version });
            }
        }
    }

    /// Writes the run's new state, unless another process took it over.
    pub async fn set(&self, hold: &mut Hold, state: RunState) -> Result<(), RunError> {
        let fact = RunFact { state, ..hold.fact.clone() };
        let guard = Guard::VersionIs { key: key(&fact.run)?, version: hold.version };
        match self.put(&fact, guard).await? {
            Some(version) => {
                *hold = Hold { fact, version };
                Ok(())
            }
            None => Err(RunError::Fenced { run: fact.run.to_string(), epoch: fact.epoch }),
        }
    }

    async fn put(&self, fact: &RunFact, guard: Guard) -> Result<Option<Version>, RunError> {
        let value = serde_json::to_vec(fact)
            .map_err(|error| RunError::Fact { run: fact.run.to_string(), reason: error.to_string() })?;
        match self.store.transact(&[guard], &[Write::Put { key: key(&fact.run)?, value }]).await? {
            Outcome::Committed { version } => Ok(Some(version)),
            Outcome::GuardFailed { .. } => Ok(None),
        }
    }

    /// One run's fact.
    pub async fn run(&self, run: &RunId) -> Result<Option<RunFact>, RunError> {
        self.store.get(&key(run)?).await?.map(|versioned| parse(run, &versioned.value)).transpose()
    }

    /// All runs, the newest first.
    pub async fn runs(&self) -> Result<Vec<RunFact>, RunError> {
        let mut facts = Vec::new();
        for (key, versioned) in self.store.list(&Prefix::under(&runs()?)).await? {
            let id = RunId::new(key.as_str().trim_start_matches("runs/"))?;
            facts.push(parse(&id, &versioned.value)?);
        }
        facts.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.run.cmp(&b.run)));
        Ok(facts)
    }
}

fn parse(run: &RunId, value: &[u8]) -> Result<RunFact, RunError> {
    serde_json::from_slice(value).map_err(|error| RunError::Fact { run: run.to_string(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use renkei_metastore::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn whoever_takes_a_run_over_fences_the_one_before() {
        let ledger = Ledger::new(Arc::new(MemoryStore::new()));
        let run = RunId::new("r").unwrap();
        let mut first = ledger.take(&run, "n", vec![], "t1".into()).await.unwrap();
        let mut second = ledger.take(&run, "n", vec![], "t2".into()).await.unwrap();
        assert_eq!((first.epoch(), second.epoch()), (1, 2));
        let sealed = RunState::Sealed { merkle_root: Digest::of(b"x") };
        assert!(matches!(ledger.set(&mut first, sealed.clone()).await, Err(RunError::Fenced { epoch: 1, .. })));
        ledger.set(&mut second, sealed.clone()).await.unwrap();
        assert_eq!(ledger.run(&run).await.unwrap().unwrap().state, sealed);
        assert_eq!(ledger.runs().await.unwrap().len(), 1);
    }
}
