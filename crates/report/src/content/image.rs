//! Images that the report embeds.

use serde::{Deserialize, Serialize};

use crate::error::ReportError;

/// An image already encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedImage {
    /// Its format.
    pub media_type: MediaType,
    /// The file's bytes.
    #[serde(with = "super::base64_bytes")]
    pub bytes: Vec<u8>,
}

/// Formats that every browser shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// Pixels, three bytes each (red, green, blue), row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RgbImage {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// `3 * width * height` bytes.
    #[serde(with = "super::base64_bytes")]
    pub pixels: Vec<u8>,
}

/// Where the tissue is, over the whole slide: one byte a pixel, row by row from the top left, 0 for none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TissueMask {
    /// Columns, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// `width * height` bytes.
    #[serde(with = "super::base64_bytes")]
    pub pixels: Vec<u8>,
}

impl RgbImage {
    /// Whether the pixels fill the image.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        check(self.width, self.height, 3, &self.pixels, "an image")
    }
}

impl TissueMask {
    /// Whether the pixels fill the mask.
    pub(crate) fn check(&self) -> Result<(), ReportError> {
        check(self.width, self.height, 1, &self.pixels, "a tissue mask")
    }
}

fn check(width: u32, height: u32, channels: u64, pixels: &[u8], of: &str) -> Result<(), ReportError> {
    let wanted = u64::from(width) * u64::from(height) * channels;
    if wanted > 0 && pixels.len() as u64 == wanted {
        return Ok(());
    }
    Err(ReportError::Content { what: format!("{of} of {width} x {height} px has {} bytes", pixels.len()) })
}
