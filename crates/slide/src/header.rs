//! What a slide's header says, by allow-list: nothing that could name a person is kept.

use renkei_domain::{Digest, UmPerPx};
use serde::{Deserialize, Serialize};

/// Which reader a slide went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlideFormat {
    /// Aperio SVS: a tiled TIFF whose description begins with "Aperio".
    AperioSvs,
    /// OME-TIFF: a TIFF whose description is OME-XML.
    OmeTiff,
    /// Any other tiled TIFF or BigTIFF.
    TiledTiff,
    /// DICOM VL Whole Slide Microscopy (PS3.3 A.32.8).
    Dicom,
    /// Any other, through OpenSlide on a staged copy (cargo feature `openslide`).
    OpenSlide,
}

/// How stored tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// JPEG baseline or progressive, 8 bits.
    Jpeg,
    /// JPEG 2000, 8 bits.
    Jpeg2000,
    /// LZW (TIFF 6.0 section 13).
    Lzw,
    /// Deflate with zlib framing.
    Deflate,
    /// Not compressed; also what OpenSlide has decoded.
    Uncompressed,
}

impl Codec {
    /// Whether the codec decodes to a half, quarter or eighth without decoding in full.
    #[must_use]
    pub fn scales(self) -> bool {
        matches!(self, Self::Jpeg | Self::Jpeg2000)
    }
}

/// One level of the pyramid. All sizes in pixels of the level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Width of the image.
    pub width: u32,
    /// Height of the image.
    pub height: u32,
    /// Width of a stored tile.
    pub tile_width: u32,
    /// Height of a stored tile.
    pub tile_height: u32,
    /// Stored tiles across.
    pub columns: u32,
    /// Stored tiles down.
    pub rows: u32,
    /// Pixels of level 0 per pixel of this level, mean of both axes.
    pub downsample: f64,
    /// How the stored tiles are compressed.
    pub codec: Codec,
}

/// What a slide's header says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideHeader {
    /// Which reader it went through.
    pub format: SlideFormat,
    /// The pyramid, finest first, never empty.
    pub levels: Vec<Level>,
    /// Resolution of level 0, where the slide states it.
    pub um_per_px: Option<UmPerPx>,
    /// The slide's identity: SHA-256 over the file size and all structural bytes read (directories, tables, offsets).
    pub digest: Digest,
    /// Size of the file, of all files for a slide of several.
    pub bytes: u64,
}

/// Combines the horizontal and vertical resolution: they may differ by 1 % at most.
///
/// A value that is no optical resolution (a print density, a zero) counts as absent.
pub(crate) fn square_pixels(x: f64, y: f64) -> crate::Result<Option<UmPerPx>> {
    let (Ok(_), Ok(_)) = (UmPerPx::new(x), UmPerPx::new(y)) else { return Ok(None) };
    if (x - y).abs() > 0.01 * x.min(y) {
        return Err(crate::SlideError::Aniso { x, y });
    }
    Ok(UmPerPx::new((x + y) / 2.0).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oblong_pixels_are_refused_and_nonsense_is_absent() {
        assert_eq!(square_pixels(0.5, 0.5).unwrap().unwrap().get(), 0.5);
        assert!(square_pixels(0.5, 0.504).is_ok());
        assert!(matches!(square_pixels(0.5, 0.51), Err(crate::SlideError::Aniso { .. })));
        assert_eq!(square_pixels(0.0, 0.5).unwrap(), None);
        assert_eq!(square_pixels(f64::NAN, f64::INFINITY).unwrap(), None);
    }
}
