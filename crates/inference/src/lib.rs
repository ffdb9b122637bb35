//! Runs tile encoders and tissue models through ONNX Runtime, so that results can be repeated byte for byte.
//!
//! ```no_run
//! # fn main() -> Result<(), renkei_inference::InferenceError> {
//! use renkei_inference::{Encoder, Runtime, SessionOptions, locate};
//! let runtime = Runtime::init(&locate(None)?)?;
//! let mut encoder = Encoder::load("encoders/efficientnet-lite0".as_ref(), &runtime, SessionOptions::default())?;
//! let mut batch = encoder.new_batch();
//! batch.push(&vec![200; 224 * 224 * 3])?;
//! let features = encoder.encode(&mut batch)?;
//! assert_eq!((features.len(), features.width()), (1, 1280));
//! # Ok(()) }
//! ```
//!
//! ONNX Runtime is a library file that is loaded when first needed ([`Runtime::init`]); building needs none.

mod batch;
mod card;
mod class;
mod contract;
mod encoder;
mod error;
mod features;
mod invariance;
mod mask;
mod pool;
mod provider;
mod runtime;
mod session;

pub use batch::TileBatch;
pub use card::{
    CARD_FILE, CardVersion, Dtype, EncoderCard, InputCard, Layout, MAX_SIDE, MAX_WIDTH, OutputCard, OutputKind,
};
pub use class::ExecutionClass;
pub use encoder::{Encoder, EncoderSource, MODEL_FILE};
pub use error::{InferenceError, Result};
pub use features::Features;
pub use invariance::batch_invariant;
pub use mask::{MaskModel, TissueProbabilities};
pub use pool::{EncoderPool, Lease};
pub use provider::{Provider, ProviderChoice};
pub use runtime::{LIBRARY_VARIABLE, Runtime, locate};
pub use session::SessionOptions;
