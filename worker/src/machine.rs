//! What a process gives to every run it computes shards of, and the models that one run asks for.

use std::num::NonZeroUsize;
use std::sync::Arc;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_domain::spec::TissueMethod;
use renkei_inference::{EncoderPool, InferenceError, MaskModel, ProviderChoice, Runtime, SessionOptions};
use renkei_launch::Inputs;
use renkei_runtime::{Clock, MemoryBudget};

/// This process's part in a run.
#[derive(Debug, Clone)]
pub struct Machine {
    /// ONNX Runtime.
    pub runtime: Runtime,
    /// The site's keyed hash.
    pub pseudonyms: Pseudonymiser,
    /// Shards at once.
    pub slots: NonZeroUsize,
    /// What buffers may hold together, over all runs.
    pub memory: MemoryBudget,
    /// The stores that this process can open.
    pub stores: Stores,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The models of one run, loaded and compared with their cards.
#[derive(Debug)]
pub struct Models {
    /// Encoder sessions, one a slot.
    pub encoder: EncoderPool,
    /// The tissue model, if the spec names one.
    pub mask: Option<MaskModel>,
}

impl Models {
    /// Loads what the spec names.
    pub fn load(inputs: &Inputs, machine: &Machine) -> Result<Self, InferenceError> {
        let spec = &inputs.launch.spec;
        let options =
            SessionOptions { provider: ProviderChoice::Cpu, intra_threads: 1, batch: spec.encoder.batch as usize };
        let mask = match &spec.tissue.method {
            TissueMethod::Onnx { model, .. } => Some(MaskModel::load(&inputs.launch.path(model), &machine.runtime)?),
            TissueMethod::Otsu | TissueMethod::Everything => None,
        };
        let encoder = EncoderPool::open(&inputs.encoder, &machine.runtime, options, machine.slots)?;
        Ok(Self { encoder, mask })
    }

    /// The execution class that features will be computed in.
    #[must_use]
    pub fn class(&self) -> String {
        self.encoder.class().to_string()
    }
}
