//! The card beside a model: what the model is, what it takes and what it gives.

use std::path::{Path, PathBuf};

use renkei_domain::{Digest, UmPerPx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{InferenceError, Result};

#[cfg(test)]
mod tests;

/// The card's file name in an encoder's folder.
pub const CARD_FILE: &str = "card.yaml";

/// The largest side of a tile that a card may ask for, in pixels: a bound before any buffer is made.
pub const MAX_SIDE: usize = 4096;

/// The widest output that a card may name.
pub const MAX_WIDTH: usize = 65_536;

/// An encoder's card, version 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EncoderCard {
    /// The format of this card.
    pub version: CardVersion,
    /// The encoder's name, for people.
    pub name: String,
    /// The licence of the weights, as an SPDX expression where there is one.
    pub licence: String,
    /// SHA-256 of `model.onnx`.
    #[schemars(with = "String")]
    pub sha256: Digest,
    /// What the model takes.
    pub input: InputCard,
    /// The resolution that the encoder was trained at.
    pub um_per_px: UmPerPx,
    /// How far a slide's resolution may lie from `um_per_px`, as a fraction of it (0.1 = ten per cent).
    pub um_per_px_tolerance: f64,
    /// What the model gives.
    pub output: OutputCard,
    /// The largest absolute difference of a feature between two execution classes that still counts as equal.
    pub feature_tolerance: f32,
}

/// The version of the card's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32", extend("const" = 1))]
pub struct CardVersion;

impl TryFrom<u32> for CardVersion {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("card version {version} is unknown: this software reads version 1"))
        }
    }
}

impl From<CardVersion> for u32 {
    fn from(_: CardVersion) -> Self {
        1
    }
}

/// The model's one input: a batch of RGB tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputCard {
    /// The input's name in the model.
    pub name: String,
    /// The order of its axes.
    pub layout: Layout,
    /// The type of its elements.
    pub dtype: Dtype,
    /// Tile height in pixels.
    pub height: usize,
    /// Tile width in pixels.
    pub width: usize,
    /// Per channel (red, green, blue), subtracted from the pixel (0 to 255). Zeros for `uint8`.
    pub mean: [f32; 3],
    /// Per channel, what the difference is divided by. Ones for `uint8`.
    pub std: [f32; 3],
}

impl InputCard {
    /// Bytes of one tile as RGB, row by row: height x width x 3.
    #[must_use]
    pub fn tile_bytes(&self) -> usize {
        self.height * self.width * 3
    }
}

/// The order of a tensor's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Batch, channel, row, column.
    Nchw,
    /// Batch, row, column, channel.
    Nhwc,
}

/// The type of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// Single precision, normalised by Renkei.
    Float32,
    /// The pixels as they are; the model normalises by itself.
    Uint8,
}

/// The output that holds the features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputCard {
    /// The output's name in the model.
    pub name: String,
    /// Features per tile.
    pub width: usize,
    /// What a feature is.
    pub kind: OutputKind,
}

/// What an encoder's features are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Coordinates in a space without names.
    Embedding,
    /// Probabilities of classes, which sum to one.
    Probabilities,
}

impl EncoderCard {
    /// Reads and checks `card.yaml` in an encoder's folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(CARD_FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| InferenceError::Unreadable { path: path.clone(), source })?;
        Self::parse(&text, &path)
    }

    /// Reads and checks a card's text; `path` is named in errors.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let card: Self = serde_norway::from_str(text)
            .map_err(|source| InferenceError::CardSyntax { path: path.to_owned(), source })?;
        card.checked(path)
    }

    /// Whether a slide or level of `resolution` fits this encoder.
    #[must_use]
    pub fn fits_resolution(&self, resolution: UmPerPx) -> bool {
        resolution.relative_difference(self.um_per_px) <= self.um_per_px_tolerance
    }

    fn checked(self, path: &Path) -> Result<Self> {
        match self.first_fault() {
            None => Ok(self),
            Some((field, problem)) => Err(InferenceError::CardValue { path: PathBuf::from(path), field, problem }),
        }
    }

    fn first_fault(&self) -> Option<(&'static str, String)> {
        let blank = |field, text: &str| text.trim().is_empty().then(|| (field, "is empty".to_owned()));
        let bounded = |field, value: usize, most: usize| {
            (value == 0 || value > most).then(|| (field, format!("is {value}, not 1 to {most}")))
        };
        let positive = |field, value: f64| {
            (!value.is_finite() || value <= 0.0).then(|| (field, format!("is {value}, not a positive number")))
        };
        let fraction = self.um_per_px_tolerance;
        blank("name", &self.name)
            .or_else(|| blank("licence", &self.licence))
            .or_else(|| blank("input.name", &self.input.name))
            .or_else(|| blank("output.name", &self.output.name))
            .or_else(|| bounded("input.height", self.input.height, MAX_SIDE))
            .or_else(|| bounded("input.width", self.input.width, MAX_SIDE))
            .or_else(|| bounded("output.width", self.output.width, MAX_WIDTH))
            .or_else(|| {
                (!(0.0..1.0).contains(&fraction))
                    .then(|| ("um_per_px_tolerance", format!("is {fraction}, not 0 or more and below 1")))
            })
            .or_else(|| positive("feature_tolerance", f64::from(self.feature_tolerance)))
            .or_else(|| self.normalisation_fault())
    }

    fn normalisation_fault(&self) -> Option<(&'static str, String)> {
        let InputCard { dtype, mean, std, .. } = &self.input;
        if *dtype == Dtype::Uint8 && (*mean != [0.0; 3] || *std != [1.0; 3]) {
            return Some((
                "input.mean and input.std",
                "must be 0 and 1 for uint8, whose pixels pass as they are".to_owned(),
            ));
        }
        if mean.iter().any(|m| !m.is_finite()) {
            return Some(("input.mean", "is not finite".to_owned()));
        }
        let unusable = |s: &f32| !s.is_finite() || *s <= 0.0;
        std.iter().any(unusable).then(|| ("input.std", "is not a positive number in every channel".to_owned()))
    }
}
