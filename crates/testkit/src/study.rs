//! A small study on real records and real tissue that runs in seconds.

use std::path::{Path, PathBuf};

use renkei_domain::record::Manifest;
use renkei_domain::spec::RunSpec;
use serde_norway::Deserializer;
use serde_norway::with::singleton_map_recursive;
use tempfile::TempDir;

use crate::{Program, components, repository};

/// Slides kept of the demo's 316; the other men are cases without a slide.
const SLIDES: usize = 100;

/// The demo's input with an encoder that looks at colour only, in a folder of its own.
#[derive(Debug)]
pub struct Study {
    folder: TempDir,
    /// The program.
    pub program: Program,
    /// The spec, as written to [`Study::run_yaml`].
    pub spec: RunSpec,
}

impl Study {
    /// Prepares the study; `None` where the demo's components are absent.
    pub fn prepare() -> anyhow::Result<Option<Self>> {
        Self::of_slides(SLIDES)
    }

    /// Prepares the study with fewer slides.
    pub fn of_slides(slides: usize) -> anyhow::Result<Option<Self>> {
        let Some(components) = components() else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let input = folder.path().join("input");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let prepared = runtime.block_on(renkei_demo::prepare(&components, &input, 7))?;
        let text = std::fs::read_to_string(&prepared.run_yaml)?;
        let mut spec: RunSpec = singleton_map_recursive::deserialize(Deserializer::from_str(&text))?;
        spec.store = folder.path().join("store").display().to_string();
        spec.encoder.folder = repository().join("crates/testkit/fixtures/pooling").display().to_string();
        keep_slides(&input.join("slides.csv"), slides)?;
        spec.model.bootstrap = 20;
        spec.model.permutations = 4;
        let study = Self { program: Program::beside_test(&prepared.secret)?, folder, spec };
        study.write(&study.spec)?;
        Ok(Some(study))
    }

    /// The folder with the study's input.
    #[must_use]
    pub fn input(&self) -> PathBuf {
        self.folder.path().join("input")
    }

    /// The spec file that [`Study::write`] writes.
    #[must_use]
    pub fn run_yaml(&self) -> PathBuf {
        self.input().join("study.yaml")
    }

    /// Writes `spec` as the study's spec file: JSON, which is YAML too.
    pub fn write(&self, spec: &RunSpec) -> anyhow::Result<()> {
        Ok(std::fs::write(self.run_yaml(), serde_json::to_string_pretty(spec)?)?)
    }

    /// Points the study at another store.
    pub fn with_store(&mut self, name: &str) -> anyhow::Result<PathBuf> {
        let store = self.folder.path().join(name);
        self.spec.store = store.display().to_string();
        self.write(&self.spec)?;
        Ok(store)
    }

    /// Arguments of `renkei run` for the study.
    #[must_use]
    pub fn run_arguments(&self) -> Vec<String> {
        vec!["run".to_owned(), self.run_yaml().display().to_string(), "--format".to_owned(), "json".to_owned()]
    }
}

fn keep_slides(table: &Path, slides: usize) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(table)?;
    let kept: Vec<&str> = text.lines().take(slides + 1).collect();
    Ok(std::fs::write(table, kept.join("\n") + "\n")?)
}

/// The manifest of the one sealed run in a store folder.
pub fn manifest_in(store: &Path) -> anyhow::Result<Manifest> {
    let mut found = Vec::new();
    for run in std::fs::read_dir(store.join("runs"))? {
        let file = run?.path().join("manifest.json");
        if file.exists() {
            found.push(serde_json::from_slice(&std::fs::read(file)?)?);
        }
    }
    anyhow::ensure!(found.len() == 1, "{} sealed runs instead of one", found.len());
    found.pop().ok_or_else(|| anyhow::anyhow!("no sealed run"))
}
