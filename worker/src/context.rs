//! What a run is made with: plain settings and the seams of this process.

use std::sync::{Arc, Mutex};

use renkei_artifacts::{RunStore, Stores};
use renkei_cohort::{Pseudonymiser, Sources};
use renkei_domain::RunId;
use renkei_domain::record::Identity;
use renkei_domain::spec::{RunSpec, TissueMethod};
use renkei_inference::{EncoderPool, MaskModel};
use renkei_launch::{Inputs, grid_wish};
use renkei_runtime::{AttemptIds, Clock, MemoryBudget, SystemAttemptIds};
use renkei_slide::{GridWish, Limits};

use crate::machine::{Machine, Models};
use crate::progress::Progress;
use crate::stages::embed::SlideCache;

/// Everything that the stages of one run share.
#[derive(Debug)]
pub struct Context {
    /// The spec, checked.
    pub spec: RunSpec,
    /// What went into the run.
    pub identity: Identity,
    /// The run's objects.
    pub store: RunStore,
    /// The stores that slides may lie in.
    pub stores: Stores,
    /// The records.
    pub sources: Sources,
    /// The site's keyed hash.
    pub pseudonyms: Pseudonymiser,
    /// Encoder sessions, one a slot.
    pub encoder: EncoderPool,
    /// The tissue model, if the spec names one.
    pub mask: Option<Mutex<MaskModel>>,
    /// What buffers may hold together.
    pub memory: MemoryBudget,
    /// Bounds on what a slide may claim.
    pub limits: Limits,
    /// Open slides, so that shards of one slide share header and mask.
    pub slides: SlideCache,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names of attempts.
    pub attempts: Arc<dyn AttemptIds>,
    /// Counters for a display.
    pub progress: Arc<Progress>,
}

impl Context {
    /// What the shards of `run` are made with.
    #[must_use]
    pub fn new(inputs: Inputs, models: Models, machine: &Machine, identity: Identity, run: RunId) -> Self {
        Self {
            store: RunStore::new(Arc::clone(&inputs.store.store), inputs.store.path.clone(), run),
            identity,
            spec: inputs.launch.spec,
            stores: machine.stores.clone(),
            sources: inputs.sources,
            pseudonyms: machine.pseudonyms.clone(),
            encoder: models.encoder,
            mask: models.mask.map(Mutex::new),
            memory: machine.memory.clone(),
            limits: Limits::default(),
            slides: SlideCache::default(),
            clock: Arc::clone(&machine.clock),
            attempts: Arc::new(SystemAttemptIds),
            progress: Arc::default(),
        }
    }

    /// The grid that encoder and spec ask for.
    #[must_use]
    pub fn grid_wish(&self) -> GridWish {
        grid_wish(self.encoder.card(), &self.spec.tiles)
    }

    /// The least probability that counts as tissue, if a model decides.
    #[must_use]
    pub fn mask_threshold(&self) -> Option<f32> {
        match self.spec.tissue.method {
            TissueMethod::Onnx { threshold, .. } => Some(threshold as f32),
            TissueMethod::Otsu | TissueMethod::Everything => None,
        }
    }
}
