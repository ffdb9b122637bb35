//! A run that exists, found by its id or as the newest.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use renkei_artifacts::key::RunKeys;
use renkei_artifacts::{ArtifactError, Location, RunStore};
use renkei_coordinator::RunError;
use renkei_domain::RunId;
use renkei_domain::record::Manifest;

use super::stores;
use crate::args::{OfRun, StoreArgs};

/// The place that a command's `--store` names.
pub(crate) fn location_of(args: &StoreArgs) -> anyhow::Result<Location> {
    Ok(Location::resolve_with(&args.store, Path::new(""), &stores(&args.stores)?)?)
}

/// Every run of a store, in the order of their ids.
pub(crate) async fn runs_of(location: &Location) -> anyhow::Result<Vec<RunId>> {
    let under = renkei_artifacts::key::runs(&location.path);
    let listed = location.store.list_with_delimiter(Some(&under)).await.map_err(ArtifactError::from)?;
    let names = listed.common_prefixes.iter().filter_map(|folder| folder.filename());
    let mut runs: Vec<RunId> = names.filter_map(|name| RunId::new(name).ok()).collect();
    runs.sort();
    Ok(runs)
}

/// The run that was begun last.
async fn newest(location: &Location) -> anyhow::Result<Option<RunId>> {
    let mut newest = None;
    for run in runs_of(location).await? {
        let identity = RunKeys::new(location.path.clone(), run.clone()).identity();
        match location.store.head(&identity).await {
            Ok(object) => newest = newest.max(Some((object.last_modified, run))),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(ArtifactError::from(error).into()),
        }
    }
    Ok(newest.map(|(_, run)| run))
}

/// A run of a store.
#[derive(Debug)]
pub(crate) struct OpenedRun {
    pub(crate) location: Location,
    pub(crate) store: RunStore,
}

impl OpenedRun {
    /// Finds the run that `of` names in the store itself, whoever ran it there.
    pub(crate) async fn find(of: &OfRun) -> anyhow::Result<Self> {
        let location = location_of(&of.store)?;
        let run = match &of.run {
            Some(id) => RunId::new(id)?,
            None => {
                let newest = newest(&location).await?;
                newest.with_context(|| format!("{location} has no runs yet: name another store with --store"))?
            }
        };
        let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), run);
        if store.identity().await?.is_none() {
            return Err(RunError::UnknownRun { run: store.run().to_string() }.into());
        }
        Ok(Self { location, store })
    }

    /// The sealed manifest.
    pub(crate) async fn manifest(&self) -> anyhow::Result<Manifest> {
        let manifest = self.store.manifest().await?;
        manifest.with_context(|| {
            format!("run {} is not sealed yet: go on with `renkei resume --run {0}`", self.store.run())
        })
    }

    /// The location of a committed object.
    pub(crate) fn object(&self, key: &str) -> anyhow::Result<Location> {
        let own = self.location.path.as_ref();
        let inside = key.strip_prefix(own).unwrap_or(key).trim_start_matches('/');
        let mut folder = self.location.clone();
        if !folder.url.path().ends_with('/') {
            let path = format!("{}/", folder.url.path());
            folder.url.set_path(&path);
        }
        Ok(folder.sibling(inside)?)
    }
}
