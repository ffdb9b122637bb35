//! Builds ONNX Runtime sessions the one way that this software uses them.

use std::path::Path;

use ort::session::Session;
use ort::session::builder::SessionBuilder;

use crate::error::{InferenceError, Result};
use crate::provider::{self, Provider, ProviderChoice};
use crate::runtime::Runtime;

/// How an encoder's sessions run. All of it is part of the execution class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionOptions {
    /// Where to run.
    pub provider: ProviderChoice,
    /// Threads inside one session (intra-op). One, with as many sessions as cores, is both the fastest and the same
    /// on machines of different size; see [`EncoderPool`](crate::EncoderPool).
    pub intra_threads: usize,
    /// Tiles in every batch. On the processor small ones stay in the cache and win; a GPU wants 64 or more.
    pub batch: usize,
}

impl Default for SessionOptions {
    /// The processor, one thread, batches of two.
    fn default() -> Self {
        Self { provider: ProviderChoice::Cpu, intra_threads: 1, batch: 2 }
    }
}

impl SessionOptions {
    pub(crate) fn checked(self) -> Result<Self> {
        let zero = |setting| Err(InferenceError::ZeroSetting { setting });
        match self {
            Self { intra_threads: 0, .. } => zero("intra_threads"),
            Self { batch: 0, .. } => zero("batch"),
            _ => Ok(self),
        }
    }
}

/// A session over the model's bytes (which were hashed: the file is not read a second time) and what it runs on.
pub(crate) fn open(
    bytes: &[u8],
    path: &Path,
    runtime: &Runtime,
    choice: ProviderChoice,
    threads: usize,
) -> Result<(Session, Provider)> {
    let refused = |error: ort::Error| InferenceError::ModelRefused { path: path.to_owned(), reason: error.to_string() };
    let mut builder = configured(runtime, threads).map_err(refused)?;
    let provider = provider::register(choice, &mut builder)?;
    let session = builder.commit_from_memory(bytes).map_err(refused)?;
    Ok((session, provider))
}

/// A model whose weights lie in a second file would escape its hash; looked for in here, such a file is never found.
const NO_EXTERNAL_DATA: (&str, &str) =
    ("session.model_external_initializers_file_folder_path", "/dev/null/renkei-refuses-external-data");

fn configured(runtime: &Runtime, threads: usize) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(runtime.environment())?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_deterministic_compute(true)?
        .with_config_entry(NO_EXTERNAL_DATA.0, NO_EXTERNAL_DATA.1)?)
}
