//! What is committed: a record a shard, a manifest a run. All of it is versioned JSON; `docs/formats.md` is the reference.

mod identity;
mod manifest;
mod merkle;
mod tombstone;

pub use identity::Identity;
pub use manifest::{Manifest, SealedStage};
pub use merkle::merkle_root;
pub use tombstone::Tombstone;

use serde::{Deserialize, Serialize};

use crate::plan::Stage;
use crate::{AttemptId, Digest, RunId, ShardId};

/// The only version of the records so far.
pub const RECORD_VERSION: u32 = 1;

/// One immutable object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactEntry {
    /// The table or file it is part of, e.g. `features`.
    pub name: String,
    /// Its key in the store, relative to the store's root.
    pub key: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its bytes. Writers are deterministic, so this is the content's digest too.
    pub sha256: Digest,
    /// Rows, for a table.
    pub rows: u64,
}

/// Something set aside with its reason, instead of failing the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// The slide, hashed as in object keys.
    pub slide: String,
    /// Column and row in the tile grid; without it the whole slide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<(u32, u32)>,
    /// Why, without anything from the image or the record.
    pub reason: String,
}

/// The commit of one shard: written by conditional create, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRecord {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// The stage.
    pub stage: Stage,
    /// The shard.
    pub shard: ShardId,
    /// The attempt that won.
    pub attempt: AttemptId,
    /// The fencing number under which it was made.
    pub epoch: u64,
    /// What it wrote.
    pub artifacts: Vec<ArtifactEntry>,
    /// What it set aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quarantine: Vec<Quarantine>,
    /// SHA-256 of the input bytes it consumed (compressed tiles, in order).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Digest>,
    /// When the attempt began, UTC, RFC 3339.
    pub started: String,
    /// When it committed, UTC, RFC 3339.
    pub committed: String,
}

impl CommitRecord {
    /// The attempt in the record of a shard that was set aside because no worker survived it.
    pub const SET_ASIDE: &str = "set-aside";

    /// Digest of the logical content: what was made from what, whoever made it and when.
    #[must_use]
    pub fn content(&self) -> Digest {
        let mut parts: Vec<Vec<u8>> = vec![self.stage.name().into(), self.shard.as_str().into()];
        for artifact in &self.artifacts {
            parts.push(artifact.name.clone().into());
            parts.push(artifact.sha256.as_bytes().to_vec());
            parts.push(artifact.rows.to_le_bytes().to_vec());
        }
        for fault in &self.quarantine {
            parts.push(format!("{} {:?} {}", fault.slide, fault.tile, fault.reason).into());
        }
        parts.push(self.input.map(|digest| digest.as_bytes().to_vec()).unwrap_or_default());
        Digest::of_parts(parts.iter().map(Vec::as_slice))
    }

    /// Rows of all tables written.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.artifacts.iter().map(|artifact| artifact.rows).sum()
    }
}

#[cfg(test)]
mod tests;
