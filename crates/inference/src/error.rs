//! What can go wrong between a folder with a model and a row of features.

use std::path::PathBuf;

use renkei_domain::{Digest, ErrorKind};

/// The result of this crate's functions.
pub type Result<T, E = InferenceError> = std::result::Result<T, E>;

/// A failure to load or run a model. Texts name files, never tiles' contents.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// No ONNX Runtime library was named.
    #[error(
        "no ONNX Runtime library is named: set RENKEI_ONNXRUNTIME to the path of libonnxruntime.so ('deploy/demo/fetch' puts one under .renkei/demo/onnxruntime)"
    )]
    LibraryUnnamed,
    /// The library file is not there.
    #[error("no ONNX Runtime library at {}: correct the path, or run 'deploy/demo/fetch', which puts one under .renkei/demo/onnxruntime", path.display())]
    LibraryMissing {
        /// The path tried.
        path: PathBuf,
    },
    /// The file is there but is no ONNX Runtime that can be used.
    #[error("{} cannot be used as ONNX Runtime's library: {reason}; version 1.{} or newer for this processor is needed", path.display(), ort::MINOR_VERSION)]
    LibraryUnusable {
        /// The library's path.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// Another library was loaded before; one process holds one.
    #[error("ONNX Runtime is already loaded from {}, so {} cannot be loaded too: use one path in one process", loaded.display(), asked.display())]
    LibraryTaken {
        /// The library in use.
        loaded: PathBuf,
        /// The library asked for.
        asked: PathBuf,
    },
    /// A model folder's file cannot be read.
    #[error("{} cannot be read: {source}; an encoder is a folder with model.onnx and card.yaml", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The card is no YAML, lacks a field or has one too many.
    #[error("{}: {source}; correct the card", path.display())]
    CardSyntax {
        /// The card's path.
        path: PathBuf,
        /// Where and what.
        source: serde_norway::Error,
    },
    /// A field of the card has a value that cannot be meant.
    #[error("{}: {field} {problem}; correct the card", path.display())]
    CardValue {
        /// The card's path.
        path: PathBuf,
        /// The field, dotted.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The model's bytes are not those the card names.
    #[error("{} has SHA-256 {found}, but its card says {card}: fetch the model again, or, if it was changed on purpose, write a new card", path.display())]
    ModelHash {
        /// The model's path.
        path: PathBuf,
        /// The card's digest.
        card: Digest,
        /// The file's digest.
        found: Digest,
    },
    /// ONNX Runtime refuses the model.
    #[error("{} is refused by ONNX Runtime: {reason}; export it again as one ONNX file without external data", path.display())]
    ModelRefused {
        /// The model's path.
        path: PathBuf,
        /// What ONNX Runtime said.
        reason: String,
    },
    /// Card and model contradict each other.
    #[error("{}: the card says {what} is {card}, the model says {model}; correct the card, or export the model to fit it", path.display())]
    Misfit {
        /// The model's path.
        path: PathBuf,
        /// The property in question.
        what: &'static str,
        /// The card's side (or what is needed).
        card: String,
        /// The model's side.
        model: String,
    },
    /// The provider asked for cannot be had.
    #[error(
        "the {provider} provider cannot be used: {reason}; use provider cpu, or an ONNX Runtime library and driver that support it"
    )]
    ProviderUnavailable {
        /// The provider asked for.
        provider: &'static str,
        /// Why not.
        reason: String,
    },
    /// A session setting that cannot be meant.
    #[error("the session's {setting} is zero: set it to one or more")]
    ZeroSetting {
        /// The setting.
        setting: &'static str,
    },
    /// A tile of another size than the encoder's input.
    #[error(
        "a tile has {found} bytes, but the encoder takes {expected} (height x width x 3): cut tiles to the card's size"
    )]
    TileSize {
        /// Bytes wanted.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// More tiles than the batch holds.
    #[error("the batch already holds {capacity} tiles: encode it before adding more")]
    BatchFull {
        /// Tiles in a full batch.
        capacity: usize,
    },
    /// A batch made by another encoder.
    #[error("the batch was made for another encoder: make it with this encoder's new_batch")]
    ForeignBatch,
    /// Features that are no numbers.
    #[error(
        "tile {tile} of the batch gives features that are not finite: the model or the tile is broken; leave the tile out and report the encoder"
    )]
    NotFinite {
        /// The tile's position in the batch.
        tile: usize,
    },
    /// The model ran into an error.
    #[error("the model did not run: {reason}")]
    Run {
        /// What ONNX Runtime said.
        reason: String,
    },
    /// A thumbnail whose bytes do not match its size.
    #[error("a thumbnail of {width} x {height} needs {expected} bytes of RGB, not {found}, and at least one pixel")]
    ThumbnailSize {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
        /// Bytes wanted.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
}

impl InferenceError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::LibraryMissing { .. } => ErrorKind::NotFound,
            Self::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Unreadable { .. } => ErrorKind::Unavailable,
            Self::LibraryUnnamed
            | Self::LibraryUnusable { .. }
            | Self::CardSyntax { .. }
            | Self::CardValue { .. }
            | Self::Misfit { .. }
            | Self::ProviderUnavailable { .. }
            | Self::ZeroSetting { .. } => ErrorKind::Invalid,
            Self::LibraryTaken { .. } => ErrorKind::Conflict,
            Self::ModelHash { .. } | Self::ModelRefused { .. } | Self::NotFinite { .. } => ErrorKind::Data,
            Self::TileSize { .. }
            | Self::BatchFull { .. }
            | Self::ForeignBatch
            | Self::ThumbnailSize { .. }
            | Self::Run { .. } => ErrorKind::Internal,
        }
    }
}
