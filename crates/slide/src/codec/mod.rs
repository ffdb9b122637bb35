//! Compressed tile in, RGB pixels out. Sizes are checked before a decoder sees the bytes.

mod jpeg;
mod jpeg2000;
mod plain;
mod shrink;

use bytes::Bytes;

pub(crate) use plain::Samples;

use crate::reading::DecodeScale;
use crate::stored::RgbBuffer;

/// How the tiles of one level are coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coding {
    Jpeg(JpegCoding),
    /// The flag says that components are YCbCr although the code stream does not (Aperio 33003).
    Jpeg2000 {
        ycbcr: bool,
    },
    Lzw(Samples),
    Deflate(Samples),
    Uncompressed(Samples),
}

/// What JPEG tiles of one level share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JpegCoding {
    pub(crate) tables: Option<Bytes>,
    pub(crate) ycbcr: bool,
    pub(crate) subsampling: (u16, u16),
}

/// What a tile must decode to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) tile_width: u32,
    pub(crate) tile_height: u32,
    pub(crate) scale: DecodeScale,
}

/// Decodes `bytes` into `out`, which has the target's size. The error says why not.
pub(crate) fn decode(coding: &Coding, bytes: &[u8], target: &Target, out: &mut RgbBuffer) -> Result<(), String> {
    match coding {
        Coding::Jpeg(jpeg) => jpeg::decode(jpeg, bytes, target, out),
        Coding::Jpeg2000 { ycbcr } => jpeg2000::decode(*ycbcr, bytes, target, out),
        Coding::Lzw(samples) => plain::decode(samples, plain::lzw, bytes, target, out),
        Coding::Deflate(samples) => plain::decode(samples, plain::deflate, bytes, target, out),
        Coding::Uncompressed(samples) => plain::decode(samples, plain::uncompressed, bytes, target, out),
    }
}

/// ITU-R BT.601 full range, as in JFIF: YCbCr to RGB.
fn ycbcr_to_rgb(y: f32, cb: f32, cr: f32) -> [u8; 3] {
    let (cb, cr) = (cb - 128.0, cr - 128.0);
    let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    [byte(y + 1.402 * cr), byte(y - 0.344_136 * cb - 0.714_136 * cr), byte(y + 1.772 * cb)]
}
