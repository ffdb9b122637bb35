//! The committed list of everything a run made.

use serde::{Deserialize, Serialize};

use super::{CommitRecord, Identity, Quarantine, merkle_root};
use crate::plan::Stage;
use crate::{Digest, RunId};

/// One stage with the commits of all its shards, in shard order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedStage {
    /// The stage.
    pub stage: Stage,
    /// Its commits, ordered by shard id.
    pub commits: Vec<CommitRecord>,
}

impl SealedStage {
    /// Shards that were set aside because no worker survived them.
    #[must_use]
    pub fn set_aside(&self) -> usize {
        self.commits.iter().filter(|commit| commit.attempt.as_str() == CommitRecord::SET_ASIDE).count()
    }
}

/// A sealed run: written by conditional create; readers read nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`super::RECORD_VERSION`].
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// What the run is called in its spec.
    pub name: String,
    /// What went in.
    pub identity: Identity,
    /// Slides that could not be planned, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Quarantine>,
    /// What came out, stage by stage.
    pub stages: Vec<SealedStage>,
    /// Merkle root over the logical content only: equal whoever died on the way.
    pub merkle_root: Digest,
    /// Fencing number of the writer.
    pub epoch: u64,
    /// When the run was sealed, UTC, RFC 3339.
    pub sealed: String,
}

impl Manifest {
    /// The root over identity and shard contents; what [`Manifest::merkle_root`] must equal.
    #[must_use]
    pub fn root_of(identity: &Identity, stages: &[SealedStage]) -> Digest {
        let mut leaves = vec![identity.digest()];
        leaves.extend(stages.iter().flat_map(|stage| &stage.commits).map(CommitRecord::content));
        merkle_root(&leaves)
    }

    /// Shards that were set aside because no worker survived them.
    #[must_use]
    pub fn set_aside(&self) -> usize {
        self.stages.iter().map(SealedStage::set_aside).sum()
    }

    /// The commits of one stage, in shard order.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> &[CommitRecord] {
        self.stages.iter().find(|sealed| sealed.stage == stage).map_or(&[], |sealed| &sealed.commits)
    }
}
