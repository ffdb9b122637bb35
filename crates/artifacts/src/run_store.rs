//! The objects of one run: records by conditional create, artifacts under an attempt's own keys.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use renkei_domain::plan::{Shard, SlideRef, Stage};
use renkei_domain::record::{ArtifactEntry, CommitRecord, Identity, Manifest, SealedStage};
use renkei_domain::{AttemptId, Digest, RunId, ShardId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ArtifactError;
use crate::key::RunKeys;

/// Reads and writes one run's objects.
#[derive(Debug, Clone)]
pub struct RunStore {
    store: Arc<dyn ObjectStore>,
    keys: RunKeys,
}

/// How a conditional create ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// This call made the object.
    First,
    /// It was there already with these bytes.
    Present(Bytes),
}

impl RunStore {
    /// The run `run` under `prefix`.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path, run: RunId) -> Self {
        Self { store, keys: RunKeys::new(prefix, run) }
    }

    /// The run's id.
    #[must_use]
    pub fn run(&self) -> &RunId {
        self.keys.run()
    }

    /// The run's keys.
    #[must_use]
    pub fn keys(&self) -> &RunKeys {
        &self.keys
    }

    /// The store itself, for readers that stream.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Writes one object of an attempt, part of the table or file `name`. The key is the attempt's own, so nothing is
    /// overwritten.
    pub async fn put_artifact(
        &self,
        shard: &Shard,
        attempt: &AttemptId,
        name: &str,
        file: &str,
        bytes: Vec<u8>,
        rows: u64,
    ) -> Result<ArtifactEntry, ArtifactError> {
        let key = self.keys.artifact(shard.stage, &shard.id, attempt, file);
        let entry = ArtifactEntry {
            name: name.to_owned(),
            key: key.to_string(),
            bytes: bytes.len() as u64,
            sha256: Digest::of(&bytes),
            rows,
        };
        self.store.put(&key, PutPayload::from(bytes)).await?;
        Ok(entry)
    }

    /// Reads a committed object and checks its bytes against the commit.
    pub async fn get_artifact(&self, entry: &ArtifactEntry) -> Result<Bytes, ArtifactError> {
        let bytes = self.store.get(&Path::from(entry.key.as_str())).await?.bytes().await?;
        if bytes.len() as u64 != entry.bytes || Digest::of(&bytes) != entry.sha256 {
            return Err(ArtifactError::Altered { key: entry.key.clone() });
        }
        Ok(bytes)
    }

    /// The commit of a shard, if it has one.
    pub async fn commit_of(&self, stage: Stage, shard: &ShardId) -> Result<Option<CommitRecord>, ArtifactError> {
        self.read(&self.keys.commit(stage, shard)).await
    }

    /// The ids of all committed shards of a stage.
    pub async fn committed(&self, stage: Stage) -> Result<Vec<ShardId>, ArtifactError> {
        let objects: Vec<_> = self.store.list(Some(&self.keys.commits(stage))).try_collect().await?;
        let ids = objects.iter().filter_map(|object| object.location.filename()?.strip_suffix(".json"));
        let mut ids: Vec<ShardId> = ids.filter_map(|id| ShardId::new(id).ok()).collect();
        ids.sort();
        Ok(ids)
    }

    /// The list of a finished stage, if it is finished.
    pub async fn sealed_stage(&self, stage: Stage) -> Result<Option<SealedStage>, ArtifactError> {
        self.read(&self.keys.sealed_stage(stage)).await
    }

    /// Lists a finished stage's commits. Whoever comes second finds the same list.
    pub async fn seal_stage(&self, sealed: &SealedStage) -> Result<SealedStage, ArtifactError> {
        self.create_or_read(&self.keys.sealed_stage(sealed.stage), sealed).await
    }

    /// The sealed manifest, if the run is sealed.
    pub async fn manifest(&self) -> Result<Option<Manifest>, ArtifactError> {
        self.read(&self.keys.manifest()).await
    }

    /// Seals the run. Whoever comes second finds the first's manifest.
    pub async fn seal(&self, manifest: &Manifest) -> Result<Manifest, ArtifactError> {
        self.create_or_read(&self.keys.manifest(), manifest).await
    }

    /// Writes down what went into the run, or reads it if that was done.
    pub async fn record_identity(&self, identity: &Identity) -> Result<Identity, ArtifactError> {
        self.create_or_read(&self.keys.identity(), identity).await
    }

    /// What went into the run.
    pub async fn identity(&self) -> Result<Option<Identity>, ArtifactError> {
        self.read(&self.keys.identity()).await
    }

    /// Writes down which slides were planned, or reads them if that was done.
    pub async fn record_slides(&self, slides: &Vec<SlideRef>) -> Result<Vec<SlideRef>, ArtifactError> {
        self.create_or_read(&self.keys.slides(), slides).await
    }

    /// The slides that were planned.
    pub async fn slides(&self) -> Result<Option<Vec<SlideRef>>, ArtifactError> {
        self.read(&self.keys.slides()).await
    }

    /// Keeps how the run was launched, so that it can be resumed by its id; what an earlier process kept stays.
    pub async fn record_launch<T: Serialize + DeserializeOwned + Clone>(&self, launch: &T) -> Result<T, ArtifactError> {
        self.create_or_read(&self.keys.launch(), launch).await
    }

    /// How the run was launched.
    pub async fn launch<T: DeserializeOwned>(&self) -> Result<Option<T>, ArtifactError> {
        self.read(&self.keys.launch()).await
    }

    /// Removes objects of an attempt that lost; only its own keys.
    pub async fn discard(&self, artifacts: &[ArtifactEntry]) -> Result<(), ArtifactError> {
        for artifact in artifacts {
            match self.store.delete(&Path::from(artifact.key.as_str())).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Conditional create: exactly one caller sees [`Created::First`].
    pub async fn create(&self, key: &Path, bytes: Vec<u8>) -> Result<Created, ArtifactError> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(key, PutPayload::from(bytes), options).await {
            Ok(_) => Ok(Created::First),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(Created::Present(self.store.get(key).await?.bytes().await?))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn create_or_read<T: Serialize + DeserializeOwned + Clone>(
        &self,
        key: &Path,
        value: &T,
    ) -> Result<T, ArtifactError> {
        match self.create(key, to_json(key, value)?).await? {
            Created::First => Ok(value.clone()),
            Created::Present(bytes) => from_json(key, &bytes),
        }
    }

    async fn read<T: DeserializeOwned>(&self, key: &Path) -> Result<Option<T>, ArtifactError> {
        match self.store.get(key).await {
            Ok(object) => from_json(key, &object.bytes().await?).map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub(crate) fn to_json<T: Serialize>(key: &Path, value: &T) -> Result<Vec<u8>, ArtifactError> {
    serde_json::to_vec_pretty(value)
        .map_err(|error| ArtifactError::Malformed { key: key.to_string(), reason: error.to_string() })
}

pub(crate) fn from_json<T: DeserializeOwned>(key: &Path, bytes: &[u8]) -> Result<T, ArtifactError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ArtifactError::Malformed { key: key.to_string(), reason: error.to_string() })
}
