//! An encoder: a model and its card, ready to turn tiles into features.

use std::path::{Path, PathBuf};

use ort::session::Session;
use ort::value::TensorRef;
use renkei_domain::Digest;

use crate::batch::{Pixels, TileBatch};
use crate::card::EncoderCard;
use crate::class::ExecutionClass;
use crate::contract;
use crate::error::{InferenceError, Result};
use crate::features::Features;
use crate::runtime::Runtime;
use crate::session::{self, SessionOptions};

/// The model's file name in an encoder's folder.
pub const MODEL_FILE: &str = "model.onnx";

/// An encoder's folder, read and checked against its own card: what several sessions can be opened from.
#[derive(Debug)]
pub struct EncoderSource {
    card: EncoderCard,
    bytes: Vec<u8>,
    path: PathBuf,
}

impl EncoderSource {
    /// Reads `card.yaml` and `model.onnx` in `folder` and compares the model's SHA-256 with the card's.
    /// Needs no ONNX Runtime, so a spec can be checked with it before any work.
    pub fn read(folder: &Path) -> Result<Self> {
        let card = EncoderCard::read(folder)?;
        let path = folder.join(MODEL_FILE);
        let bytes = std::fs::read(&path).map_err(|source| InferenceError::Unreadable { path: path.clone(), source })?;
        let found = Digest::of(&bytes);
        if found != card.sha256 {
            return Err(InferenceError::ModelHash { path, card: card.sha256, found });
        }
        Ok(Self { card, bytes, path })
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> &EncoderCard {
        &self.card
    }

    /// Opens a session and checks that the model's names, types and shapes are the card's.
    pub fn open(&self, runtime: &Runtime, options: SessionOptions) -> Result<Encoder> {
        let SessionOptions { provider, intra_threads, batch } = options.checked()?;
        let (session, provider) = session::open(&self.bytes, &self.path, runtime, provider, intra_threads)?;
        contract::check(&self.card, &session, &self.path, batch)?;
        let class = ExecutionClass::of(runtime, provider, intra_threads, batch)?;
        Ok(Encoder { card: self.card.clone(), session, class })
    }
}

/// One session of an encoder. It runs one batch at a time; for more, see [`EncoderPool`](crate::EncoderPool).
#[derive(Debug)]
pub struct Encoder {
    card: EncoderCard,
    session: Session,
    class: ExecutionClass,
}

impl Encoder {
    /// Reads, checks and opens the encoder in `folder`: [`EncoderSource::read`], then [`EncoderSource::open`].
    pub fn load(folder: &Path, runtime: &Runtime, options: SessionOptions) -> Result<Self> {
        EncoderSource::read(folder)?.open(runtime, options)
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> &EncoderCard {
        &self.card
    }

    /// What the features' bytes depend on besides encoder and tile.
    #[must_use]
    pub fn class(&self) -> &ExecutionClass {
        &self.class
    }

    /// An empty batch of the session's size, to be filled and encoded again and again.
    #[must_use]
    pub fn new_batch(&self) -> TileBatch {
        TileBatch::new(&self.card.input, self.class.batch)
    }

    /// Encodes the batch's tiles and empties it, also when it fails. A short batch is filled up with its last tile and
    /// the extra rows are cut, so every run of the model has the same shape.
    ///
    /// # Errors
    /// [`InferenceError::NotFinite`] names the tile whose features are no numbers.
    pub fn encode(&mut self, batch: &mut TileBatch) -> Result<Features> {
        let features = self.run(batch);
        batch.clear();
        features
    }

    fn run(&mut self, batch: &mut TileBatch) -> Result<Features> {
        if batch.capacity() != self.class.batch || *batch.input() != self.card.input {
            return Err(InferenceError::ForeignBatch);
        }
        let (tiles, width) = (batch.len(), self.card.output.width);
        if tiles == 0 {
            return Features::new(Vec::new(), width);
        }
        let shape = contract::input_shape(&self.card.input, batch.capacity());
        let name = self.card.output.name.as_str();
        let values = match batch.filled() {
            Pixels::Float32(pixels) => {
                run(&mut self.session, TensorRef::from_array_view((shape, pixels.as_slice())), name)
            }
            Pixels::Uint8(pixels) => {
                run(&mut self.session, TensorRef::from_array_view((shape, pixels.as_slice())), name)
            }
        };
        let mut values = values.map_err(|error| InferenceError::Run { reason: error.to_string() })?;
        if values.len() != self.class.batch * width {
            return Err(InferenceError::Run {
                reason: format!("it gave {} values for {} tiles of {width} features", values.len(), self.class.batch),
            });
        }
        values.truncate(tiles * width);
        Features::new(values, width)
    }
}

/// The named output's values.
fn run<T>(session: &mut Session, input: ort::Result<TensorRef<'_, T>>, output: &str) -> ort::Result<Vec<f32>>
where
    T: ort::value::PrimitiveTensorElementType + std::fmt::Debug,
{
    let outputs = session.run(ort::inputs![input?])?;
    Ok(outputs[output].try_extract_tensor::<f32>()?.1.to_vec())
}
