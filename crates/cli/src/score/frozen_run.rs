//! A sealed run as a frozen model.

use anyhow::Context as _;
use renkei_cohort::Pseudonymiser;
use renkei_domain::Digest;
use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_launch::{Frozen, Launch, site_key};

use crate::args::OfRun;
use crate::session::OpenedRun;

/// A sealed run with all that scoring takes of it.
#[derive(Debug)]
pub(crate) struct FrozenRun {
    pub(crate) opened: OpenedRun,
    pub(crate) manifest: Manifest,
    pub(crate) launch: Launch,
    pub(crate) frozen: Frozen,
    /// SHA-256 of `model.json`.
    pub(crate) digest: Digest,
}

impl FrozenRun {
    /// Opens the run; its pseudonyms must be those of this site's key.
    pub(crate) async fn open(of: &OfRun, pseudonyms: &Pseudonymiser) -> anyhow::Result<Self> {
        let opened = OpenedRun::find(of).await?;
        let manifest = opened.manifest().await?;
        anyhow::ensure!(
            manifest.identity.inputs.get("site key") == Some(&site_key(pseudonyms)),
            "run {} was made with another site key, so one person would have two pseudonyms: give its --site-key",
            manifest.run
        );
        let launch: Option<Launch> = opened.store.launch().await?;
        let launch = launch.context("the run's spec is not in its store: was launch.json removed?")?;
        let artifacts = manifest.stage(Stage::Fit).iter().flat_map(|commit| &commit.artifacts);
        let entry = artifacts.into_iter().find(|entry| entry.name == "model").with_context(|| {
            format!(
                "run {} keeps no frozen model: it was made by an earlier renkei. Run its spec again with this one into \
                 another store (`store:`), and score with that run",
                manifest.run
            )
        })?;
        let frozen = Frozen::read(&opened.store.get_artifact(entry).await?)?;
        let digest = entry.sha256;
        Ok(Self { opened, launch, frozen, digest, manifest })
    }
}
