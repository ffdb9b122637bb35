//! Which objects may go: decided from what is known, without asking anything.

use std::collections::BTreeSet;
use std::time::Duration;

use object_store::path::Path;
use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId};
use renkei_runtime::Timestamp;

use super::{Leftovers, Orphan, Tally};

/// An object under a stage's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) key: Path,
    pub(super) bytes: u64,
    /// When the store says that it was written.
    pub(super) modified: Timestamp,
    /// The shard that its key tells, if the key is one that attempts write.
    pub(super) shard: Option<ShardId>,
}

impl Leftovers {
    pub(super) fn none(run: RunId) -> Self {
        let zero = Tally::default();
        Self { run, orphaned: zero, young: zero, committed: zero, foreign: zero, orphans: Vec::new() }
    }
}

/// Adds every object of `stage` to the part of `found` that it belongs to.
pub(super) fn sort_out(
    found: &mut Leftovers,
    stage: Stage,
    objects: Vec<Stored>,
    named: &BTreeSet<String>,
    grace: Duration,
    now: Timestamp,
) {
    for object in objects {
        let part = match object.shard {
            _ if named.contains(object.key.as_ref()) => &mut found.committed,
            None => &mut found.foreign,
            Some(_) if !is_old(object.modified, grace, now) => &mut found.young,
            Some(shard) => {
                found.orphans.push(Orphan { key: object.key, bytes: object.bytes, stage, shard });
                &mut found.orphaned
            }
        };
        part.add(object.bytes);
    }
}

/// Whether `grace` has passed since `modified`; never of a time that lies ahead.
fn is_old(modified: Timestamp, grace: Duration, now: Timestamp) -> bool {
    modified <= now && modified.saturating_add(grace) <= now
}
