//! Slides, tissue, tiles, encoder and what is made of its features.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpecError;

/// The slide table: columns `slide_id, case_id, uri[, um_per_px]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideSpec {
    /// CSV or Parquet; path relative to the spec, or a store URI. Slide URIs in it are relative to the table.
    pub table: String,
    /// What a slide that cannot be read does.
    #[serde(default)]
    pub on_failure: SlideFailure,
}

/// What a slide that cannot be read does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlideFailure {
    /// It is set aside with its reason, counted in the report, and the run goes on.
    #[default]
    Quarantine,
    /// It stops the run.
    Stop,
}

/// The tile encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EncoderSpec {
    /// Folder with `model.onnx` and `card.yaml`; path relative to the spec.
    pub folder: String,
    /// Tiles per inference (on the processor few stay in the cache and win; a GPU wants 64); a shorter last batch is padded, so that results do not depend on who shares a batch.
    #[serde(default = "EncoderSpec::default_batch")]
    pub batch: u32,
}

impl EncoderSpec {
    fn default_batch() -> u32 {
        2
    }
}

/// Tissue detection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TissueSpec {
    /// How tissue is told from glass.
    pub method: TissueMethod,
    /// The least fraction of a tile that must be tissue, 0 to 1.
    pub min_fraction: f64,
}

/// How tissue is told from glass. Pen marks are not tissue in either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TissueMethod {
    /// Otsu's threshold on the saturation of a thumbnail.
    Otsu,
    /// An ONNX model on a thumbnail.
    Onnx {
        /// The model file; path relative to the spec.
        model: String,
        /// The least probability that counts as tissue.
        threshold: f64,
    },
    /// Every tile is taken.
    Everything,
}

impl Default for TissueSpec {
    fn default() -> Self {
        Self { method: TissueMethod::Otsu, min_fraction: 0.5 }
    }
}

/// The tile grid and the size of shards.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TileSpec {
    /// Distance between tile centres in pixels at the encoder's resolution; without it the encoder's input size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stride_px: Option<u32>,
    /// About how many tiles a shard holds; without it 2,048 (10 s and more of work for a typical encoder).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles_per_shard: Option<u32>,
}

impl TileSpec {
    /// The shard size in tiles.
    #[must_use]
    pub fn shard_tiles(&self) -> u32 {
        self.tiles_per_shard.unwrap_or(2048)
    }
}

/// Compression of features and key features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeatureSpec {
    /// Dimensions kept by PCA.
    pub dimensions: u32,
    /// Key features asked for; never more than a twentieth of the tiles there are.
    pub key_features: u32,
}

impl Default for FeatureSpec {
    fn default() -> Self {
        Self { dimensions: 64, key_features: 100 }
    }
}

impl TissueSpec {
    pub(super) fn check(&self) -> Result<(), SpecError> {
        if !(0.0..=1.0).contains(&self.min_fraction) {
            return Err(SpecError::field("tissue.min_fraction", "must lie between 0 and 1"));
        }
        match self.method {
            TissueMethod::Onnx { threshold, .. } if !(0.0..=1.0).contains(&threshold) => {
                Err(SpecError::field("tissue.method.onnx.threshold", "must lie between 0 and 1"))
            }
            _ => Ok(()),
        }
    }
}

impl TileSpec {
    pub(super) fn check(&self) -> Result<(), SpecError> {
        if self.stride_px == Some(0) {
            return Err(SpecError::field("tiles.stride_px", "must be positive"));
        }
        if self.tiles_per_shard == Some(0) {
            return Err(SpecError::field("tiles.tiles_per_shard", "must be positive"));
        }
        Ok(())
    }
}

impl FeatureSpec {
    pub(super) fn check(&self) -> Result<(), SpecError> {
        if self.dimensions == 0 {
            return Err(SpecError::field("features.dimensions", "must be positive"));
        }
        if self.key_features < 2 {
            return Err(SpecError::field("features.key_features", "must be 2 or more: one cluster holds no contrast"));
        }
        Ok(())
    }
}
