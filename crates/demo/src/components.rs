//! What `deploy/demo/fetch` brought, and where it lies.

use std::path::{Path, PathBuf};

use renkei_domain::Digest;

use crate::error::DemoError;

/// Paths of the fetched components that the demo's input is made of.
#[derive(Debug, Clone)]
pub(crate) struct Components {
    pub(crate) slide: PathBuf,
    pub(crate) cohort: PathBuf,
    pub(crate) model: PathBuf,
    pub(crate) card: PathBuf,
}

impl Components {
    /// Finds them under `folder`; the first that is absent is named.
    pub(crate) fn find(folder: &Path) -> Result<Self, DemoError> {
        let at = |what: &'static str, relative: &str| {
            let path = folder.join(relative);
            if path.is_file() { Ok(path) } else { Err(DemoError::Missing { what, path }) }
        };
        Ok(Self {
            slide: at("the demo's slide", "slides/cmu-1-small-region.svs")?,
            cohort: at("the demo's cohort", "cohort/blood_storage.csv")?,
            model: at("the demo's encoder", "encoders/efficientnet-lite0/model.onnx")?,
            card: at("the card of the demo's encoder", "encoders/efficientnet-lite0/card.yaml")?,
        })
    }

    /// One digest of all that decides the demo's bytes. The card stands for the model, whose hash it holds.
    pub(crate) fn digest(&self) -> Result<Digest, DemoError> {
        let mut parts = Vec::new();
        for path in [&self.slide, &self.cohort, &self.card] {
            parts.push(std::fs::read(path).map_err(DemoError::file("read", path))?);
        }
        Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)))
    }
}
