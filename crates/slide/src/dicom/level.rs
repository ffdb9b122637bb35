//! One level from one instance, or from the parts of a concatenation.

use super::instance::Instance;
use crate::codec::{Coding, JpegCoding, Samples};
use crate::error::{Result, SlideError};
use crate::header::{Codec, Level};
use crate::limits::{Limits, within};
use crate::slide::{Framing, Place, TileTable};

/// An instance with the places of its frames.
pub(super) struct Part {
    pub(super) instance: Instance,
    pub(super) places: Vec<Place>,
}

/// Puts a level together; `parts` are equal in size and coding and in the order of their frames.
pub(super) fn level(parts: &[Part], downsample: f64, limits: &Limits) -> Result<(Level, TileTable)> {
    let Some(first) = parts.first().map(|part| &part.instance) else {
        return Err(SlideError::MalformedDicom { reason: "a level has no instance" });
    };
    let side = |what, value: u64, limit: u64| {
        within(what, value, limit.min(u64::from(u32::MAX)))?;
        Ok(value as u32)
    };
    let width = side("image width", first.width, limits.side)?;
    let height = side("image height", first.height, limits.side)?;
    let tile_width = side("tile width", first.frame_width, limits.tile_side)?;
    let tile_height = side("tile height", first.frame_height, limits.tile_side)?;
    let (columns, rows) = (width.div_ceil(tile_width), height.div_ceil(tile_height));
    within("number of stored tiles", u64::from(columns) * u64::from(rows), limits.tiles)?;
    let (codec, coding, framing) = coding(first)?;
    let level = Level { width, height, tile_width, tile_height, columns, rows, downsample, codec };
    let places = if first.organization == "TILED_FULL" { full(parts, &level)? } else { sparse(parts, &level)? };
    Ok((level, TileTable { places, framing, coding }))
}

/// Frames in row order, none left out.
fn full(parts: &[Part], level: &Level) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for part in parts {
        if part.instance.frame_offset != places.len() as u64 {
            return Err(SlideError::MalformedDicom { reason: "a part of the concatenation is missing" });
        }
        places.extend_from_slice(&part.places);
    }
    if places.len() as u64 == u64::from(level.columns) * u64::from(level.rows) {
        Ok(places)
    } else {
        Err(SlideError::MalformedDicom { reason: "it is TILED_FULL but has not one frame for each place" })
    }
}

/// Frames at stated places of one grid; the others stay empty.
fn sparse(parts: &[Part], level: &Level) -> Result<Vec<Place>> {
    let mut places = vec![Place::default(); level.columns as usize * level.rows as usize];
    for part in parts {
        for (place, &(x, y)) in part.places.iter().zip(&part.instance.positions) {
            let column = index(x, level.tile_width, level.columns)?;
            let row = index(y, level.tile_height, level.rows)?;
            let slot = &mut places[row * level.columns as usize + column];
            if slot.length > 0 {
                return Err(SlideError::UnsupportedLayout { reason: "two frames lie at one place" });
            }
            *slot = *place;
        }
    }
    Ok(places)
}

/// Index on the grid of a position counted from 1.
fn index(position: i64, tile: u32, count: u32) -> Result<usize> {
    let Some(at) = position.checked_sub(1).and_then(|at| u64::try_from(at).ok()) else {
        return Err(SlideError::MalformedDicom { reason: "a frame lies outside the image" });
    };
    let tile = u64::from(tile);
    match at / tile {
        index if index >= u64::from(count) => {
            Err(SlideError::MalformedDicom { reason: "a frame lies outside the image" })
        }
        index if at % tile == 0 => Ok(index as usize),
        _ => Err(SlideError::UnsupportedLayout { reason: "frames overlap or leave gaps between them" }),
    }
}

/// Transfer syntaxes of PS3.5 section 10 and photometric interpretations of PS3.3 C.7.6.3.1.2.
fn coding(instance: &Instance) -> Result<(Codec, Coding, Framing)> {
    let coded_ycbcr = matches!(instance.photometric.as_str(), "YBR_FULL" | "YBR_FULL_422");
    let known = coded_ycbcr || matches!(instance.photometric.as_str(), "RGB" | "YBR_ICT" | "YBR_RCT" | "MONOCHROME2");
    if !known {
        return Err(SlideError::UnsupportedLayout { reason: "photometric interpretation is none of colour or grey" });
    }
    match instance.transfer_syntax.as_str() {
        "1.2.840.10008.1.2.4.50" | "1.2.840.10008.1.2.4.51" => {
            let jpeg = JpegCoding { tables: None, ycbcr: coded_ycbcr, subsampling: (2, 1) };
            Ok((Codec::Jpeg, Coding::Jpeg(jpeg), Framing::DicomItems))
        }
        "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => {
            Ok((Codec::Jpeg2000, Coding::Jpeg2000 { ycbcr: coded_ycbcr }, Framing::DicomItems))
        }
        "1.2.840.10008.1.2" | "1.2.840.10008.1.2.1" => {
            let per_pixel = match (instance.photometric.as_str(), instance.samples) {
                ("RGB", 3) => 3,
                ("MONOCHROME2", 1) => 1,
                _ => {
                    return Err(SlideError::UnsupportedLayout {
                        reason: "uncompressed pixels are neither grey nor RGB",
                    });
                }
            };
            let samples = Samples { per_pixel, predicted: false };
            Ok((Codec::Uncompressed, Coding::Uncompressed(samples), Framing::Bare))
        }
        other => Err(SlideError::UnsupportedCodec { codec: format!("DICOM transfer syntax {}", uid(other)) }),
    }
}

/// Nothing but a UID's own characters reaches a message.
fn uid(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_digit() || *c == '.').take(64).collect()
}
