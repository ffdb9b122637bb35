//! Erasure: everything that a run made is removed, and a tombstone says so.

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use renkei_domain::plan::Stage;
use renkei_domain::record::{RECORD_VERSION, Tombstone};
use renkei_runtime::Timestamp;

use crate::gc::Claim;
use crate::{ArtifactError, RunStore};

/// Erases a run: every object of every attempt, whoever's tiles and rows it holds, and the list of slides, whose
/// addresses name patients in some hospitals. Models, figures and the report go too, since they were made from the case.
/// What stays holds digests, sizes and counts: identity, commit records, manifest, and the spec.
///
/// The tombstone is written first, so that no reader and no driver begins ([`ArtifactError::Erased`]) while objects go.
/// Erasing again removes what came after it and gives the first tombstone. Copies that the store keeps of removed
/// objects (versions, backups) are the operator's to remove.
pub async fn erase(store: &RunStore, claim: Claim, now: Timestamp) -> Result<Tombstone, ArtifactError> {
    let sealed = match store.manifest().await {
        Ok(manifest) => manifest.is_some(),
        Err(ArtifactError::Erased { .. }) => true,
        Err(error) => return Err(error),
    };
    if !sealed && claim == Claim::Sealed {
        return Err(ArtifactError::NotSealed { run: store.run().to_string() });
    }
    let doomed = doomed(store).await?;
    let tombstone = Tombstone {
        version: RECORD_VERSION,
        run: store.run().clone(),
        erased: now.to_string(),
        objects: doomed.len() as u64,
        bytes: doomed.iter().map(|object| object.size).sum(),
    };
    let before = store.bury(&tombstone).await?;
    store.delete(doomed.into_iter().map(|object| object.location).collect()).await?;
    Ok(before.unwrap_or(tombstone))
}

async fn doomed(store: &RunStore) -> Result<Vec<ObjectMeta>, ArtifactError> {
    let folders: Vec<Path> = Stage::ALL.into_iter().map(|stage| store.keys().attempts(stage)).collect();
    let made = stream::iter(&folders).flat_map(|folder| store.store().list(Some(folder)));
    let mut doomed: Vec<ObjectMeta> = made.try_collect().await?;
    match store.store().head(&store.keys().slides()).await {
        Ok(slides) => doomed.push(slides),
        Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(doomed)
}
