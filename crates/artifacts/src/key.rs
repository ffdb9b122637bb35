//! The one builder of object keys.
//!
//! ```text
//! runs/<run>/identity.json
//! runs/<run>/launch.json
//! runs/<run>/slides.json
//! runs/<run>/manifest.json
//! runs/<run>/tombstone.json
//! runs/<run>/stages/<stage>.json
//! runs/<run>/commits/<stage>/<shard>.json
//! runs/<run>/<stage>/<shard>/<attempt>/<file>
//! probe/<nonce>
//! ```
//! Every part is an id that Renkei derived (a digest, a hash, a fixed name): nothing that a user supplied, since that
//! can carry a patient's name.

use object_store::path::Path;
use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, RunId, ShardId};

/// Keys of one run under the store's prefix.
#[derive(Debug, Clone)]
pub struct RunKeys {
    prefix: Path,
    run: RunId,
}

/// The folder under which every run lies.
#[must_use]
pub fn runs(prefix: &Path) -> Path {
    prefix.clone().join("runs")
}

/// The key over which writers race when a store is probed.
#[must_use]
pub fn probe(prefix: &Path, nonce: &AttemptId) -> Path {
    prefix.clone().join("probe").join(nonce.as_str())
}

impl RunKeys {
    /// Keys of `run` in a store rooted at `prefix`.
    #[must_use]
    pub fn new(prefix: Path, run: RunId) -> Self {
        Self { prefix, run }
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.run
    }

    fn root(&self) -> Path {
        runs(&self.prefix).join(self.run.as_str())
    }

    /// What went into the run.
    #[must_use]
    pub fn identity(&self) -> Path {
        self.root().join("identity.json")
    }

    /// The spec and where its relative paths start from.
    #[must_use]
    pub fn launch(&self) -> Path {
        self.root().join("launch.json")
    }

    /// The slides of the plan.
    #[must_use]
    pub fn slides(&self) -> Path {
        self.root().join("slides.json")
    }

    /// The sealed manifest.
    #[must_use]
    pub fn manifest(&self) -> Path {
        self.root().join("manifest.json")
    }

    /// What says that the run was erased.
    #[must_use]
    pub fn tombstone(&self) -> Path {
        self.root().join("tombstone.json")
    }

    /// The list of a finished stage's commits.
    #[must_use]
    pub fn sealed_stage(&self, stage: Stage) -> Path {
        self.root().join("stages").join(format!("{stage}.json"))
    }

    /// The folder of a stage's commit records.
    #[must_use]
    pub fn commits(&self, stage: Stage) -> Path {
        self.root().join("commits").join(stage.name())
    }

    /// The commit record of one shard.
    #[must_use]
    pub fn commit(&self, stage: Stage, shard: &ShardId) -> Path {
        self.commits(stage).join(format!("{shard}.json"))
    }

    /// The folder of all attempts' objects of a stage.
    #[must_use]
    pub fn attempts(&self, stage: Stage) -> Path {
        self.root().join(stage.name())
    }

    /// The shard whose attempt wrote the object at `key`; `None` where no attempt of `stage` writes there.
    #[must_use]
    pub fn shard_of(&self, stage: Stage, key: &Path) -> Option<ShardId> {
        let folder = self.attempts(stage);
        let mut parts = key.prefix_match(&folder)?;
        let (shard, _attempt, _file) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() { None } else { ShardId::new(shard.as_ref()).ok() }
    }

    /// The folder of one attempt's objects.
    #[must_use]
    pub fn attempt(&self, stage: Stage, shard: &ShardId, attempt: &AttemptId) -> Path {
        self.attempts(stage).join(shard.as_str()).join(attempt.as_str())
    }

    /// One object of an attempt.
    #[must_use]
    pub fn artifact(&self, stage: Stage, shard: &ShardId, attempt: &AttemptId, file: &str) -> Path {
        self.attempt(stage, shard, attempt).join(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifacts_key_tells_its_shard_and_no_other_key_does() {
        let keys = RunKeys::new(Path::from("p"), RunId::new("r").unwrap());
        let (shard, attempt) = (ShardId::new("s1").unwrap(), AttemptId::new("a").unwrap());
        let of = |key: &Path| keys.shard_of(Stage::Fit, key);
        assert_eq!(of(&keys.artifact(Stage::Fit, &shard, &attempt, "f")), Some(shard.clone()));
        let others = [
            keys.artifact(Stage::Score, &shard, &attempt, "f"),
            keys.attempt(Stage::Fit, &shard, &attempt),
            keys.artifact(Stage::Fit, &shard, &attempt, "f").join("g"),
            keys.commit(Stage::Fit, &shard),
            keys.sealed_stage(Stage::Fit),
            keys.manifest(),
        ];
        assert!(others.iter().all(|key| of(key).is_none()));
    }
}
