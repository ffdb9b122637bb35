//! One directory as a level: its size, how its tiles are coded and where they lie.

use super::ifd::{Directory, Tiff, tag};
use crate::codec::{Coding, JpegCoding, Samples};
use crate::error::{Result, SlideError};
use crate::header::{Codec, Level};
use crate::limits::within;
use crate::slide::{Framing, Place, TileTable};
use crate::source::HeaderReader;

/// Width and height of a directory's image, checked.
pub(super) async fn dimensions(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    directory: &Directory,
) -> Result<(u32, u32)> {
    let width = side(tiff, reader, directory, tag::IMAGE_WIDTH, "image width").await?;
    let height = side(tiff, reader, directory, tag::IMAGE_LENGTH, "image height").await?;
    Ok((width, height))
}

async fn side(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    directory: &Directory,
    tag: u16,
    what: &'static str,
) -> Result<u32> {
    let value = tiff.uint_of(reader, directory, tag).await?.unwrap_or(0);
    let limit = match tag {
        tag::TILE_WIDTH | tag::TILE_LENGTH => reader.limits().tile_side,
        _ => reader.limits().side,
    };
    within(what, value, limit.min(u64::from(u32::MAX)))?;
    if value == 0 {
        return Err(SlideError::AbsurdDimensions { what, value, limit });
    }
    Ok(value as u32)
}

/// Reads a directory as level `index`, whose pixels each cover `downsample` pixels of level 0.
pub(super) async fn level(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    directory: &Directory,
    index: usize,
    downsample: f64,
) -> Result<(Level, TileTable)> {
    let (width, height) = dimensions(tiff, reader, directory).await?;
    let tile_width = side(tiff, reader, directory, tag::TILE_WIDTH, "tile width").await?;
    let tile_height = side(tiff, reader, directory, tag::TILE_LENGTH, "tile height").await?;
    let (columns, rows) = (width.div_ceil(tile_width), height.div_ceil(tile_height));
    within("number of stored tiles", u64::from(columns) * u64::from(rows), reader.limits().tiles)?;
    let (codec, coding) = coding(tiff, reader, directory).await?;
    let places = places(tiff, reader, directory, index, columns as usize * rows as usize).await?;
    let level = Level { width, height, tile_width, tile_height, columns, rows, downsample, codec };
    Ok((level, TileTable { places, framing: Framing::Bare, coding }))
}

async fn coding(tiff: &Tiff, reader: &mut HeaderReader<'_>, directory: &Directory) -> Result<(Codec, Coding)> {
    let bits = tiff.uints(reader, directory, tag::BITS_PER_SAMPLE).await?.unwrap_or(vec![1]);
    let format = tiff.uints(reader, directory, tag::SAMPLE_FORMAT).await?.unwrap_or_default();
    if bits.iter().any(|&depth| depth != 8) || format.iter().any(|&kind| kind != 1) {
        return Err(SlideError::UnsupportedLayout { reason: "samples are not unsigned 8-bit numbers" });
    }
    let samples = tiff.uint_of(reader, directory, tag::SAMPLES_PER_PIXEL).await?.unwrap_or(1);
    let planar = tiff.uint_of(reader, directory, tag::PLANAR_CONFIGURATION).await?.unwrap_or(1);
    if planar != 1 && samples > 1 {
        return Err(SlideError::UnsupportedLayout { reason: "colours lie in separate planes" });
    }
    let photometric = tiff.uint_of(reader, directory, tag::PHOTOMETRIC).await?.unwrap_or(0);
    let compression = tiff.uint_of(reader, directory, tag::COMPRESSION).await?.unwrap_or(1);
    match compression {
        7 => {
            let tables = tiff.bytes(reader, directory, tag::JPEG_TABLES).await?;
            let subsampling = tiff.uints(reader, directory, tag::YCBCR_SUBSAMPLING).await?.unwrap_or_default();
            let factor = |i: usize| subsampling.get(i).map_or(2, |&v| v.min(4) as u16);
            let subsampling = (factor(0), factor(1));
            Ok((Codec::Jpeg, Coding::Jpeg(JpegCoding { tables, ycbcr: photometric == 6, subsampling })))
        }
        33003 => Ok((Codec::Jpeg2000, Coding::Jpeg2000 { ycbcr: true })),
        33005 | 34712 => Ok((Codec::Jpeg2000, Coding::Jpeg2000 { ycbcr: false })),
        1 | 5 | 8 | 32946 => {
            let predictor = tiff.uint_of(reader, directory, tag::PREDICTOR).await?.unwrap_or(1);
            let samples = plain_samples(photometric, samples, predictor)?;
            Ok(match compression {
                1 => (Codec::Uncompressed, Coding::Uncompressed(Samples { predicted: false, ..samples })),
                5 => (Codec::Lzw, Coding::Lzw(samples)),
                _ => (Codec::Deflate, Coding::Deflate(samples)),
            })
        }
        other => Err(SlideError::UnsupportedCodec { codec: format!("TIFF compression {other}") }),
    }
}

fn plain_samples(photometric: u64, samples: u64, predictor: u64) -> Result<Samples> {
    let per_pixel = match (photometric, samples) {
        (1, 1) => 1,
        (2, 3) => 3,
        (2, 4) => 4,
        _ => return Err(SlideError::UnsupportedLayout { reason: "pixels are neither grey, RGB nor RGB with alpha" }),
    };
    match predictor {
        1 | 2 => Ok(Samples { per_pixel, predicted: predictor == 2 }),
        _ => Err(SlideError::UnsupportedLayout { reason: "predictor is not the horizontal one" }),
    }
}

async fn places(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    directory: &Directory,
    level: usize,
    count: usize,
) -> Result<Vec<Place>> {
    let offsets = tiff.table(reader, directory, tag::TILE_OFFSETS, count).await?;
    let lengths = tiff.table(reader, directory, tag::TILE_BYTE_COUNTS, count).await?;
    let (Some(offsets), Some(lengths)) = (offsets, lengths) else {
        return Err(SlideError::TileOffsets {
            level,
            reason: "it has another number of entries than the image has tiles",
        });
    };
    let (size, longest) = (reader.size(), reader.limits().tile_bytes.min(u64::from(u32::MAX)));
    let mut places = Vec::with_capacity(count);
    for (offset, length) in offsets.into_iter().zip(lengths) {
        within("compressed size of a stored tile", length, longest)?;
        let place = Place { offset, length: length as u32, source: 0 };
        if length > 0 && offset.checked_add(length).is_none_or(|end| end > size) {
            return Err(SlideError::TileOffsets { level, reason: "a tile lies outside the file" });
        }
        if length > 0 && offset < 8 {
            return Err(SlideError::TileOffsets { level, reason: "a tile with bytes has no offset" });
        }
        places.push(place);
    }
    check_overlaps(&places, level)?;
    Ok(places)
}

/// Tiles may share all their bytes (writers store equal tiles once) but not a part of them.
fn check_overlaps(places: &[Place], level: usize) -> Result<()> {
    let mut held: Vec<(u64, u64)> =
        places.iter().filter(|p| p.length > 0).map(|p| (p.offset, p.offset + u64::from(p.length))).collect();
    if held.is_empty() {
        return Err(SlideError::TileOffsets { level, reason: "all its tiles have zero length" });
    }
    held.sort_unstable();
    held.dedup();
    match held.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        true => Err(SlideError::TileOffsets { level, reason: "tiles overlap" }),
        false => Ok(()),
    }
}
