//! A run that exists, found by its id or as the newest.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::{Location, RunStore};
use renkei_coordinator::ledger::RunFact;
use renkei_domain::RunId;
use renkei_domain::record::Manifest;

use super::ledger_of;
use crate::args::OfRun;

/// A run of a store.
#[derive(Debug)]
pub(crate) struct OpenedRun {
    pub(crate) location: Location,
    pub(crate) store: RunStore,
    pub(crate) fact: RunFact,
}

impl OpenedRun {
    /// Finds the run that `of` names.
    pub(crate) async fn find(of: &OfRun) -> anyhow::Result<Self> {
        let location = Location::resolve(&of.store.store, Path::new(""))?;
        let ledger = ledger_of(&location).await?;
        let fact = match &of.run {
            Some(id) => ledger
                .run(&RunId::new(id)?)
                .await?
                .with_context(|| format!("{location} has no run {id}: `renkei status --store …` lists them"))?,
            None => ledger
                .runs()
                .await?
                .into_iter()
                .next()
                .with_context(|| format!("{location} has no runs yet: name another store with --store"))?,
        };
        let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), fact.run.clone());
        Ok(Self { location, store, fact })
    }

    /// The sealed manifest.
    pub(crate) async fn manifest(&self) -> anyhow::Result<Manifest> {
        let manifest = self.store.manifest().await?;
        manifest
            .with_context(|| format!("run {} is not sealed yet: go on with `renkei resume --run {0}`", self.fact.run))
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
