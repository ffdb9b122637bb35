//! JPEG tiles through libjpeg-turbo.
//!
//! A TIFF tile may lack its tables (TIFF Technical Note 2) and does not say its colour space: the directory does. So the
//! stream handed to the decoder is put together anew: SOI, an Adobe APP14 segment that states the colour transform, the
//! shared tables, then the tile without its own JFIF and Adobe segments. On the way the frame header is checked, so that
//! the decoder never sees an image of another size than the directory promised.

use std::cell::RefCell;

use turbojpeg::{Decompressor, Image, PixelFormat, ScalingFactor};

use super::{JpegCoding, Target};
use crate::reading::DecodeScale;
use crate::stored::RgbBuffer;

/// Scans of a progressive tile; more is an attack on time ("Two Issues with the JPEG Standard", libjpeg-turbo).
const SCANS: u32 = 64;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP14: u8 = 0xEE;

struct Scratch {
    decompressor: Decompressor,
    scale: DecodeScale,
    stream: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

pub(super) fn decode(coding: &JpegCoding, tile: &[u8], target: &Target, out: &mut RgbBuffer) -> Result<(), String> {
    SCRATCH.with_borrow_mut(|slot| {
        let scratch = match slot {
            Some(scratch) => scratch,
            None => slot.insert(Scratch::new()?),
        };
        scratch.decode(coding, tile, target, out)
    })
}

impl Scratch {
    fn new() -> Result<Self, String> {
        let mut decompressor = Decompressor::new().map_err(|e| e.to_string())?;
        decompressor.set_scan_limit(SCANS).map_err(|e| e.to_string())?;
        Ok(Self { decompressor, scale: DecodeScale::Full, stream: Vec::new() })
    }

    fn decode(&mut self, coding: &JpegCoding, tile: &[u8], target: &Target, out: &mut RgbBuffer) -> Result<(), String> {
        assemble(coding, tile, target, &mut self.stream)?;
        if self.scale != target.scale {
            let factor = ScalingFactor::new(1, target.scale.factor() as usize);
            self.decompressor.set_scaling_factor(factor).map_err(|e| e.to_string())?;
            self.scale = target.scale;
        }
        let image = Image {
            width: out.width as usize,
            height: out.height as usize,
            pitch: out.stride(),
            format: PixelFormat::RGB,
            pixels: &mut out.pixels[..],
        };
        self.decompressor.decompress(&self.stream, image).map_err(|e| e.to_string())
    }
}

/// Puts the stream together; refuses a frame that is not `target`'s size or not 1 or 3 components.
fn assemble(coding: &JpegCoding, tile: &[u8], target: &Target, stream: &mut Vec<u8>) -> Result<(), String> {
    stream.clear();
    let transform = u8::from(coding.ycbcr);
    stream.extend([0xFF, SOI, 0xFF, APP14, 0, 14, b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform]);
    if let Some(tables) = &coding.tables {
        let mut segments = Segments::new(tables)?;
        while let Some((marker, segment)) = segments.next()? {
            if !matches!(marker, APP0 | APP14) {
                stream.extend_from_slice(segment);
            }
        }
    }
    let mut segments = Segments::new(tile)?;
    let mut framed = false;
    while let Some((marker, segment)) = segments.next()? {
        match marker {
            APP0 | APP14 => {}
            SOS if !framed => return Err("scan before the frame header".to_owned()),
            SOS => {
                stream.extend_from_slice(segment);
                stream.extend_from_slice(segments.rest());
                return Ok(());
            }
            0xC0..=0xC2 => {
                check_frame(segment, target)?;
                framed = true;
                stream.extend_from_slice(segment);
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err("only Huffman-coded lossy JPEG is read".to_owned());
            }
            _ => stream.extend_from_slice(segment),
        }
    }
    Err("no scan".to_owned())
}

/// Frame header (ITU-T T.81 B.2.2): marker, length, precision, lines, samples, components.
fn check_frame(segment: &[u8], target: &Target) -> Result<(), String> {
    let &[_, _, _, _, precision, h1, h0, w1, w0, components, ..] = segment else {
        return Err("frame header is cut short".to_owned());
    };
    let (width, height) = (u32::from(w1) << 8 | u32::from(w0), u32::from(h1) << 8 | u32::from(h0));
    if (width, height) != (target.tile_width, target.tile_height) {
        return Err(format!("holds {width}x{height} pixels, not {}x{}", target.tile_width, target.tile_height));
    }
    if precision != 8 || !matches!(components, 1 | 3) {
        return Err(format!("has {components} components of {precision} bits; 1 or 3 of 8 are read"));
    }
    Ok(())
}

/// Marker segments after SOI, each with its marker.
struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, String> {
        if bytes.starts_with(&[0xFF, SOI]) { Ok(Self { bytes, at: 2 }) } else { Err("not a JPEG stream".to_owned()) }
    }

    fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, String> {
        while self.bytes.get(self.at..self.at + 2) == Some(&[0xFF, 0xFF]) {
            self.at += 1;
        }
        let cut = || "marker segment is cut short".to_owned();
        let Some(&[sentinel, marker, ..]) = self.bytes.get(self.at..) else { return Ok(None) };
        match (sentinel, marker) {
            (0xFF, EOI) => Ok(None),
            (0xFF, 0xC0..=0xFE) => {
                let Some(&[_, _, l1, l0, ..]) = self.bytes.get(self.at..) else { return Err(cut()) };
                let end = self.at + 2 + (usize::from(l1) << 8 | usize::from(l0));
                let segment = self.bytes.get(self.at..end).ok_or_else(cut)?;
                self.at = end;
                Ok(Some((marker, segment)))
            }
            _ => Err("bytes between marker segments".to_owned()),
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }
}
