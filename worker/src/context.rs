//! What a run is made with: plain settings and the seams of this process.

use std::sync::{Arc, Mutex};

use renkei_artifacts::RunStore;
use renkei_cohort::{Pseudonymiser, Sources};
use renkei_domain::record::Identity;
use renkei_domain::spec::{RunSpec, TileSpec, TissueMethod};
use renkei_inference::{EncoderCard, EncoderPool, MaskModel};
use renkei_runtime::{AttemptIds, Clock, MemoryBudget};
use renkei_slide::{GridWish, Limits};

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
    /// Fencing number of this process.
    pub epoch: u64,
    /// Counters for a display.
    pub progress: Arc<Progress>,
}

impl Context {
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

/// The grid that an encoder and a spec ask for: planner and worker lay it by the same wish.
#[must_use]
pub fn grid_wish(card: &EncoderCard, tiles: &TileSpec) -> GridWish {
    let tile_px = u32::try_from(card.input.width).unwrap_or(u32::MAX);
    GridWish {
        um_per_px: card.um_per_px,
        tolerance: card.um_per_px_tolerance,
        tile_px,
        stride_px: tiles.stride_px.unwrap_or(tile_px),
    }
}
