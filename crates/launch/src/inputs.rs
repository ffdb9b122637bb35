//! Everything that a spec names, located and read as far as needs no ONNX Runtime.

use renkei_artifacts::{Location, Stores};
use renkei_cohort::Sources;
use renkei_domain::Digest;
use renkei_domain::spec::TissueMethod;
use renkei_inference::{EncoderSource, InferenceError};
use renkei_slide::GridWish;

use crate::{Launch, LaunchError, grid_wish};

/// The opened inputs of a spec.
#[derive(Debug)]
pub struct Inputs {
    /// The spec.
    pub launch: Launch,
    /// The store that the run's objects go to.
    pub store: Location,
    /// The slide table.
    pub slide_table: Location,
    /// The records.
    pub sources: Sources,
    /// The encoder, its model's hash compared with its card.
    pub encoder: EncoderSource,
    /// SHA-256 of the tissue model, where the spec names one.
    pub tissue_model: Option<Digest>,
}

impl Inputs {
    /// Checks the spec and opens what it names, in the stores that `stores` can open. Reads no record and no slide yet.
    pub fn open(launch: Launch, stores: &Stores) -> Result<Self, LaunchError> {
        let spec = &launch.spec;
        spec.check()?;
        Ok(Self {
            store: Location::resolve_with(&spec.store, &launch.base, stores)?,
            slide_table: Location::resolve_with(&spec.slides.table, &launch.base, stores)?,
            sources: Sources::resolve(&spec.cohort, &launch.base, stores)?,
            encoder: EncoderSource::read(&launch.path(&spec.encoder.folder))?,
            tissue_model: tissue_model(&launch)?,
            launch,
        })
    }

    /// The tile grid that encoder and spec ask for.
    #[must_use]
    pub fn grid_wish(&self) -> GridWish {
        grid_wish(self.encoder.card(), &self.launch.spec.tiles)
    }
}

fn tissue_model(launch: &Launch) -> Result<Option<Digest>, LaunchError> {
    let TissueMethod::Onnx { model, .. } = &launch.spec.tissue.method else { return Ok(None) };
    let path = launch.path(model);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(Digest::of(&bytes))),
        Err(source) => Err(InferenceError::Unreadable { path, source }.into()),
    }
}
