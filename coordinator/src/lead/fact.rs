//! The two facts of an election.

use renkei_metastore::{Error, Guard, Key, MetaStore, Version, Write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::RunError;

/// Who leads, as written at the takeover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leader {
    /// Version of this record: 1.
    pub version: u32,
    /// Fencing number of the term.
    pub epoch: u64,
    /// The coordinator's name.
    pub name: String,
    /// Where its clients and workers reach it, as `host:port`.
    pub address: String,
    /// Which process of that name: random.
    pub process: u64,
}

/// That the leader is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BeatFact {
    /// Version of this record: 1.
    pub(super) version: u32,
    /// The term.
    pub(super) epoch: u64,
    /// Whether the leader has stopped in good order, so that nobody need wait.
    pub(super) resigned: bool,
}

/// Both facts as they were read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) leader: Option<(Leader, Version)>,
    beat: Option<(BeatFact, Version)>,
}

impl Seen {
    /// What changes whenever the leader shows itself or another takes over.
    pub(super) fn sign(&self) -> (Option<Version>, Option<Version>) {
        (self.leader.as_ref().map(|(_, version)| *version), self.beat.as_ref().map(|(_, version)| *version))
    }

    /// Whether nobody leads, by what the facts say.
    pub(super) fn is_vacant(&self) -> bool {
        match (&self.leader, &self.beat) {
            (Some((leader, _)), Some((beat, _))) => beat.epoch == leader.epoch && beat.resigned,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

pub(super) fn epoch_key() -> Result<Key, Error> {
    Key::new("leader/epoch")
}

fn beat_key() -> Result<Key, Error> {
    Key::new("leader/beat")
}

/// Who leads, or led last: where a standby sends clients. `None` where nobody ever led.
pub async fn leader(store: &dyn MetaStore) -> Result<Option<Leader>, RunError> {
    Ok(read(store, &epoch_key()?).await?.map(|(leader, _)| leader))
}

pub(super) async fn look(store: &dyn MetaStore) -> Result<Seen, RunError> {
    Ok(Seen { leader: read(store, &epoch_key()?).await?, beat: read(store, &beat_key()?).await? })
}

async fn read<T: DeserializeOwned>(store: &dyn MetaStore, key: &Key) -> Result<Option<(T, Version)>, RunError> {
    let Some(found) = store.get(key).await? else { return Ok(None) };
    let fact = serde_json::from_slice(&found.value)
        .map_err(|error| RunError::LeaderFact { key: key.to_string(), reason: error.to_string() })?;
    Ok(Some((fact, found.version)))
}

pub(super) fn put_leader(leader: &Leader) -> Result<Write, RunError> {
    put(epoch_key()?, leader)
}

pub(super) fn put_beat(epoch: u64, resigned: bool) -> Result<Write, RunError> {
    put(beat_key()?, &BeatFact { version: 1, epoch, resigned })
}

fn put<T: Serialize>(key: Key, fact: &T) -> Result<Write, RunError> {
    let value = serde_json::to_vec(fact)
        .map_err(|error| RunError::LeaderFact { key: key.to_string(), reason: error.to_string() })?;
    Ok(Write::Put { key, value })
}

/// Holds as long as `leader/epoch` is what was seen.
pub(super) fn unchanged(seen: &Seen) -> Result<Guard, RunError> {
    let key = epoch_key()?;
    Ok(match &seen.leader {
        Some((_, version)) => Guard::VersionIs { key, version: *version },
        None => Guard::Absent { key },
    })
}
