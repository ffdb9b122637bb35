//! What an encoder gives: one row of numbers for each tile.

use crate::error::{InferenceError, Result};

/// Features of the tiles of one batch, in the order they were added: row-major `[len, width]`, all finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    values: Vec<f32>,
    width: usize,
}

impl Features {
    /// Takes rows of `width` values; an infinite or undefined value fails its tile.
    pub(crate) fn new(values: Vec<f32>, width: usize) -> Result<Self> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(place) => Err(InferenceError::NotFinite { tile: place / width }),
            None => Ok(Self { values, width }),
        }
    }

    /// The number of tiles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no tile.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Features per tile.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, row-major.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, row-major, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Each tile's features.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }
}
