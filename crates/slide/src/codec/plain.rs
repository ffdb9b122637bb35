//! Tiles whose bytes are samples once unpacked: LZW, Deflate, uncompressed; with or without TIFF's horizontal predictor.

use std::io::Read;

use super::Target;
use super::shrink::shrink;
use crate::stored::RgbBuffer;

/// How samples of 8 bits lie in an unpacked tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Samples {
    /// 1 (grey), 3 (RGB) or 4 (RGB and one that is ignored), interleaved.
    pub(crate) per_pixel: u8,
    /// Each sample is the difference to its left neighbour (TIFF 6.0 section 14).
    pub(crate) predicted: bool,
}

/// Fills a buffer of exactly the unpacked size from the compressed bytes.
pub(super) type Unpack = fn(&[u8], &mut [u8]) -> Result<(), String>;

pub(super) fn decode(
    samples: &Samples,
    unpack: Unpack,
    bytes: &[u8],
    target: &Target,
    out: &mut RgbBuffer,
) -> Result<(), String> {
    let row_bytes = target.tile_width as usize * usize::from(samples.per_pixel);
    let mut unpacked = vec![0; row_bytes * target.tile_height as usize];
    unpack(bytes, &mut unpacked)?;
    if samples.predicted {
        unpacked.chunks_exact_mut(row_bytes).for_each(|row| undo_prediction(row, usize::from(samples.per_pixel)));
    }
    let rgb = to_rgb(unpacked, samples.per_pixel);
    match target.scale.factor() {
        1 => out.pixels = rgb,
        factor => shrink(&rgb, target.tile_width, factor, out),
    }
    Ok(())
}

fn undo_prediction(row: &mut [u8], per_pixel: usize) {
    for i in per_pixel..row.len() {
        row[i] = row[i].wrapping_add(row[i - per_pixel]);
    }
}

fn to_rgb(samples: Vec<u8>, per_pixel: u8) -> Vec<u8> {
    match per_pixel {
        1 => samples.iter().flat_map(|&v| [v, v, v]).collect(),
        4 => samples.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect(),
        _ => samples,
    }
}

pub(super) fn lzw(bytes: &[u8], out: &mut [u8]) -> Result<(), String> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let step = decoder.decode_bytes(&bytes[read..], &mut out[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(weezl::LzwStatus::Ok) => {}
            Ok(_) => break,
            Err(_) => return Err("LZW code is invalid".to_owned()),
        }
    }
    full(written, out.len())
}

pub(super) fn deflate(bytes: &[u8], out: &mut [u8]) -> Result<(), String> {
    flate2::read::ZlibDecoder::new(bytes).read_exact(out).map_err(|e| format!("deflate stream is invalid: {e}"))
}

pub(super) fn uncompressed(bytes: &[u8], out: &mut [u8]) -> Result<(), String> {
    let held = bytes.get(..out.len()).ok_or_else(|| format!("holds {} bytes, not {}", bytes.len(), out.len()))?;
    out.copy_from_slice(held);
    Ok(())
}

fn full(written: usize, wanted: usize) -> Result<(), String> {
    if written == wanted { Ok(()) } else { Err(format!("unpacks to {written} bytes, not {wanted}")) }
}
