//! The objects of one run: records by conditional create, artifacts under an attempt's own keys.

use std::sync::Arc;
use std::{fmt, io};

use bytes::Bytes;
use futures::future::{ready, try_join_all};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, PutPayloadMut};
use renkei_domain::plan::{Shard, SlideRef, Stage};
use renkei_domain::record::{ArtifactEntry, CommitRecord, Identity, Manifest, SealedStage, Tombstone};
use renkei_domain::{AttemptId, Digest, ErrorKind, RunId, ShardId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ArtifactError;
use crate::key::RunKeys;

/// How often a key is tried that the store calls taken while it holds nothing.
const CREATE_TRIES: u32 = 4;

/// JSON is written in pieces of this size: one buffer that grows would hold a list of a million commits twice.
const PIECE: usize = 1 << 20;

/// Reads and writes one run's objects.
#[derive(Clone)]
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
        let key = Path::from(entry.key.as_str());
        // Bytes can change on the way as well as at rest: only what is wrong twice is called altered.
        for _ in 0..2 {
            let bytes = self.fetch(&key).await?;
            if bytes.len() as u64 == entry.bytes && Digest::of(&bytes) == entry.sha256 {
                return Ok(bytes);
            }
        }
        Err(ArtifactError::Altered { key: entry.key.clone() })
    }

    /// The first of `artifacts` that is not there, or not in its size.
    pub(crate) async fn first_missing(&self, artifacts: &[ArtifactEntry]) -> Result<Option<String>, ArtifactError> {
        let heads = artifacts.iter().map(async |entry| match self.store.head(&Path::from(entry.key.as_str())).await {
            Ok(object) => Ok(object.size == entry.bytes),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(ArtifactError::from(error)),
        });
        let whole = try_join_all(heads).await?;
        Ok(artifacts.iter().zip(whole).find(|(_, whole)| !whole).map(|(entry, _)| entry.key.clone()))
    }

    /// The commit of a shard, if it has one.
    pub async fn commit_of(&self, stage: Stage, shard: &ShardId) -> Result<Option<CommitRecord>, ArtifactError> {
        self.read(&self.keys.commit(stage, shard)).await
    }

    /// The ids of all committed shards of a stage.
    pub async fn committed(&self, stage: Stage) -> Result<Vec<ShardId>, ArtifactError> {
        let objects = self.store.list(Some(&self.keys.commits(stage)));
        let id = |object: ObjectMeta| ShardId::new(object.location.filename()?.strip_suffix(".json")?).ok();
        let mut ids: Vec<ShardId> = objects.try_filter_map(|object| ready(Ok(id(object)))).try_collect().await?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// The list of a finished stage, if it is finished.
    pub async fn sealed_stage(&self, stage: Stage) -> Result<Option<SealedStage>, ArtifactError> {
        self.read(&self.keys.sealed_stage(stage)).await
    }

    /// Lists a finished stage's commits. Whoever comes second gets the list that was there.
    pub async fn seal_stage(&self, sealed: &SealedStage) -> Result<Option<SealedStage>, ArtifactError> {
        self.create_or_read(&self.keys.sealed_stage(sealed.stage), sealed).await
    }

    /// The sealed manifest, if the run is sealed. Of a run that was erased it is [`ArtifactError::Erased`], sealed or not:
    /// whoever reads or drives a run asks for it first.
    pub async fn manifest(&self) -> Result<Option<Manifest>, ArtifactError> {
        match self.tombstone().await? {
            Some(tombstone) => Err(ArtifactError::Erased { run: tombstone.run.to_string(), when: tombstone.erased }),
            None => self.read(&self.keys.manifest()).await,
        }
    }

    /// What says that the run was erased, if it was.
    pub async fn tombstone(&self) -> Result<Option<Tombstone>, ArtifactError> {
        self.read(&self.keys.tombstone()).await
    }

    /// Says that the run is erased. Whoever comes second gets the first's tombstone.
    pub(crate) async fn bury(&self, tombstone: &Tombstone) -> Result<Option<Tombstone>, ArtifactError> {
        self.create_or_read(&self.keys.tombstone(), tombstone).await
    }

    /// Seals the run. Whoever comes second gets the first's manifest.
    pub async fn seal(&self, manifest: &Manifest) -> Result<Option<Manifest>, ArtifactError> {
        self.create_or_read(&self.keys.manifest(), manifest).await
    }

    /// Writes down what went into the run; what an earlier process wrote stays.
    pub async fn record_identity(&self, identity: &Identity) -> Result<(), ArtifactError> {
        self.create_once(&self.keys.identity(), identity).await
    }

    /// What went into the run.
    pub async fn identity(&self) -> Result<Option<Identity>, ArtifactError> {
        self.read(&self.keys.identity()).await
    }

    /// Writes down which slides were planned; what an earlier process wrote stays.
    pub async fn record_slides(&self, slides: &[Arc<SlideRef>]) -> Result<(), ArtifactError> {
        self.create_once(&self.keys.slides(), slides).await
    }

    /// The slides that were planned.
    pub async fn slides(&self) -> Result<Option<Vec<SlideRef>>, ArtifactError> {
        self.read(&self.keys.slides()).await
    }

    /// Keeps how the run was launched, so that it can be resumed by its id; what an earlier process kept stays.
    pub async fn record_launch<T: Serialize>(&self, launch: &T) -> Result<(), ArtifactError> {
        self.create_once(&self.keys.launch(), launch).await
    }

    /// How the run was launched.
    pub async fn launch<T: DeserializeOwned>(&self) -> Result<Option<T>, ArtifactError> {
        self.read(&self.keys.launch()).await
    }

    /// Removes objects of an attempt that lost; only its own keys.
    pub async fn discard(&self, artifacts: &[ArtifactEntry]) -> Result<(), ArtifactError> {
        self.delete(artifacts.iter().map(|artifact| Path::from(artifact.key.as_str())).collect()).await
    }

    /// Removes objects, in as few requests as the store allows; those that are gone already are no error.
    pub(crate) async fn delete(&self, keys: Vec<Path>) -> Result<(), ArtifactError> {
        let mut outcomes = self.store.delete_stream(futures::stream::iter(keys.into_iter().map(Ok)).boxed());
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Conditional create: exactly one caller sees [`Created::First`], unless that caller's answer was lost on the way:
    /// then a retry inside the store's client shows it its own bytes as [`Created::Present`].
    pub async fn create(&self, key: &Path, payload: PutPayload) -> Result<Created, ArtifactError> {
        for _ in 0..CREATE_TRIES {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            match self.store.put_opts(key, payload.clone(), options).await {
                Ok(_) => return Ok(Created::First),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            // S3 answers 409 to writers that merely met: then there may be nothing to read, and the key is tried again.
            match self.fetch(key).await {
                Ok(bytes) => return Ok(Created::Present(bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(ArtifactError::Contended { key: key.to_string() })
    }

    /// A whole object. A body that ends early is told apart from an object that holds less than it should.
    async fn fetch(&self, key: &Path) -> Result<Bytes, ArtifactError> {
        let object = self.store.get(key).await?;
        let of = object.meta.size;
        let bytes = object.bytes().await?;
        let got = bytes.len() as u64;
        if got == of { Ok(bytes) } else { Err(ArtifactError::CutShort { key: key.to_string(), got, of }) }
    }

    async fn create_once<T: Serialize + ?Sized>(&self, key: &Path, value: &T) -> Result<(), ArtifactError> {
        self.create(key, to_json(key, value)?).await.map(drop)
    }

    /// Nothing where `value` was written, else what was there.
    async fn create_or_read<T: Serialize + DeserializeOwned>(
        &self,
        key: &Path,
        value: &T,
    ) -> Result<Option<T>, ArtifactError> {
        match self.create(key, to_json(key, value)?).await? {
            Created::First => Ok(None),
            Created::Present(bytes) => from_json(key, &bytes).map(Some),
        }
    }

    async fn read<T: DeserializeOwned>(&self, key: &Path) -> Result<Option<T>, ArtifactError> {
        match self.fetch(key).await {
            Ok(bytes) => from_json(key, &bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Without the store, which may hold credentials.
impl fmt::Debug for RunStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStore").field("keys", &self.keys).finish_non_exhaustive()
    }
}

pub(crate) fn to_json<T: Serialize + ?Sized>(key: &Path, value: &T) -> Result<PutPayload, ArtifactError> {
    let mut pieces = Pieces(PutPayloadMut::new().with_block_size(PIECE));
    serde_json::to_writer(&mut pieces, value)
        .map_err(|error| ArtifactError::Malformed { key: key.to_string(), reason: error.to_string() })?;
    Ok(pieces.0.freeze())
}

struct Pieces(PutPayloadMut);

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn from_json<T: DeserializeOwned>(key: &Path, bytes: &[u8]) -> Result<T, ArtifactError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ArtifactError::Malformed { key: key.to_string(), reason: error.to_string() })
}
