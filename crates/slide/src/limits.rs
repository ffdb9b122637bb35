//! Bounds on what a header may claim. A slide is hostile input: every size is checked against these before it is used.

use crate::error::{Result, SlideError};

/// The bounds. The defaults hold every slide seen from a clinical scanner with room to spare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Image directories (TIFF) or instances of a pyramid (DICOM): default 64.
    pub directories: u64,
    /// Files in the folder of a DICOM slide, which are looked through for its other levels: default 256.
    pub folder: u64,
    /// Entries of one TIFF directory: default 512.
    pub entries: u64,
    /// Bytes of one header value, such as a tile table: default 64 MiB.
    pub value_bytes: u64,
    /// Bytes of all header values of a slide together: default 512 MiB.
    pub header_bytes: u64,
    /// Width or height of a level in pixels: default 2^21.
    pub side: u64,
    /// Width or height of a stored tile in pixels: default 4096.
    pub tile_side: u64,
    /// Stored tiles of one level: default 16 million.
    pub tiles: u64,
    /// Compressed bytes of one stored tile: default 64 MiB.
    pub tile_bytes: u64,
    /// Compressed bytes of one call of [`crate::Slide::fetch`]: default 1 GiB.
    pub fetch_bytes: u64,
    /// Bytes of all files staged for OpenSlide: default 64 GiB.
    #[cfg(feature = "openslide")]
    pub staged_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            directories: 64,
            folder: 256,
            entries: 512,
            value_bytes: 64 << 20,
            header_bytes: 512 << 20,
            side: 1 << 21,
            tile_side: 4096,
            tiles: 16 << 20,
            tile_bytes: 64 << 20,
            fetch_bytes: 1 << 30,
            #[cfg(feature = "openslide")]
            staged_bytes: 64 << 30,
        }
    }
}

/// Refuses a `value` beyond `limit`.
pub(crate) fn within(what: &'static str, value: u64, limit: u64) -> Result<()> {
    if value > limit { Err(SlideError::AbsurdDimensions { what, value, limit }) } else { Ok(()) }
}
