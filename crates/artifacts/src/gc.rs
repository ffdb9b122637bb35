//! What attempts that died have left behind: objects that no commit names. Found and removed of runs that are over.

mod decide;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;
use object_store::path::Path;
use renkei_domain::plan::Stage;
use renkei_domain::record::{CommitRecord, Manifest};
use renkei_domain::{RunId, ShardId};
use renkei_runtime::{Clock, Timestamp};
use serde::Serialize;

use crate::{ArtifactError, RunStore};
use decide::{Stored, sort_out};

/// Commit records read at once.
const AT_ONCE: usize = 32;

/// Why a run's leftovers may be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is sealed: its manifest says so, or [`ArtifactError::NotSealed`] comes back.
    Sealed,
    /// Whoever asks knows (from the ledger) that no process works on it; sealed or not.
    Abandoned,
}

/// Objects and their size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub objects: u64,
    /// Their bytes together.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
    }
}

/// What lies under a run's stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leftovers {
    /// The run.
    pub run: RunId,
    /// What [`remove`] will remove: no commit names it, and it is older than the grace time.
    pub orphaned: Tally,
    /// What no commit names, yet is too young to remove: a late attempt may still be at work on it.
    pub young: Tally,
    /// What commits name: never removed.
    pub committed: Tally,
    /// What no attempt of Renkei writes: not understood, never removed.
    pub foreign: Tally,
    #[serde(skip)]
    orphans: Vec<Orphan>,
}

/// An object to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Orphan {
    key: Path,
    bytes: u64,
    stage: Stage,
    shard: ShardId,
}

impl Leftovers {
    /// Keys of the orphans, as they were listed.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.orphans.iter().map(|orphan| orphan.key.as_ref())
    }
}

/// Finds a run's leftovers. An object is old enough when the store's last-modified time lies at least `grace` before the
/// `clock`'s time of day.
///
/// Of a sealed run any grace time is safe: every shard has its commit, and an attempt that wakes later finds it. Of an
/// abandoned run a sleeping attempt may still wake and commit; [`crate::commit()`] refuses it if its objects are gone, but
/// let the grace time be longer than any process can sleep (a day, say).
pub async fn find(
    store: &RunStore,
    claim: Claim,
    grace: Duration,
    clock: &dyn Clock,
) -> Result<Leftovers, ArtifactError> {
    let manifest = store.manifest().await?;
    if manifest.is_none() && claim == Claim::Sealed {
        return Err(ArtifactError::NotSealed { run: store.run().to_string() });
    }
    let now = clock.now();
    let mut found = Leftovers::none(store.run().clone());
    for stage in Stage::ALL {
        // Objects before commits: whatever is committed in between is seen.
        let objects = stored(store, stage, now).await?;
        if !objects.is_empty() {
            let named = named(store, stage, manifest.as_ref()).await?;
            sort_out(&mut found, stage, objects, &named, grace, now);
        }
    }
    Ok(found)
}

/// Removes what [`find`] found, but for what was committed since. Doing it twice does nothing more.
pub async fn remove(store: &RunStore, found: &Leftovers) -> Result<Tally, ArtifactError> {
    let mut commits: BTreeMap<(Stage, &ShardId), BTreeSet<String>> = BTreeMap::new();
    let mut keys = Vec::with_capacity(found.orphans.len());
    let mut removed = Tally::default();
    for orphan in &found.orphans {
        let committed = match commits.entry((orphan.stage, &orphan.shard)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let record = store.commit_of(orphan.stage, &orphan.shard).await?;
                unknown.insert(names(record.as_ref()))
            }
        };
        if !committed.contains(orphan.key.as_ref()) {
            keys.push(orphan.key.clone());
            removed.add(orphan.bytes);
        }
    }
    store.delete(keys).await?;
    Ok(removed)
}

async fn stored(store: &RunStore, stage: Stage, now: Timestamp) -> Result<Vec<Stored>, ArtifactError> {
    let folder = store.keys().attempts(stage);
    let one = |object: ObjectMeta| Stored {
        shard: store.keys().shard_of(stage, &object.location),
        bytes: object.size,
        // A time that cannot be told counts as now: too young.
        modified: Timestamp::from_unix_millis(object.last_modified.timestamp_millis()).unwrap_or(now),
        key: object.location,
    };
    Ok(store.store().list(Some(&folder)).map_ok(one).try_collect().await?)
}

/// Keys that the stage's commits name: from the list of a finished stage, else from the records one by one.
async fn named(store: &RunStore, stage: Stage, manifest: Option<&Manifest>) -> Result<BTreeSet<String>, ArtifactError> {
    if let Some(manifest) = manifest {
        return Ok(manifest.stage(stage).iter().flat_map(|commit| names(Some(commit))).collect());
    }
    if let Some(sealed) = store.sealed_stage(stage).await? {
        return Ok(sealed.commits.iter().flat_map(|commit| names(Some(commit))).collect());
    }
    let shards = store.committed(stage).await?;
    let records =
        stream::iter(shards).map(async |shard| store.commit_of(stage, &shard).await).buffer_unordered(AT_ONCE);
    records
        .try_fold(BTreeSet::new(), async |mut keys, record| {
            keys.extend(names(record.as_ref()));
            Ok(keys)
        })
        .await
}

fn names(record: Option<&CommitRecord>) -> BTreeSet<String> {
    record.into_iter().flat_map(|record| &record.artifacts).map(|artifact| artifact.key.clone()).collect()
}

#[cfg(test)]
mod tests;
