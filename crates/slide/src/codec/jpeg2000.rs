//! JPEG 2000 tiles through OpenJPEG.

use jpeg2k::{DecodeParameters, Image, ImageComponent};

use super::shrink::shrink;
use super::{Target, ycbcr_to_rgb};
use crate::stored::RgbBuffer;

pub(super) fn decode(ycbcr: bool, bytes: &[u8], target: &Target, out: &mut RgbBuffer) -> Result<(), String> {
    let header = Header::parse(bytes)?;
    header.check(target)?;
    let factor = target.scale.factor();
    let steps = factor.trailing_zeros();
    if header.decompositions >= steps {
        return decode_at(steps, ycbcr, bytes, out);
    }
    let mut full = RgbBuffer::default();
    full.resize(target.tile_width, target.tile_height);
    decode_at(0, ycbcr, bytes, &mut full)?;
    shrink(&full.pixels, target.tile_width, factor, out);
    Ok(())
}

fn decode_at(steps: u32, ycbcr: bool, bytes: &[u8], out: &mut RgbBuffer) -> Result<(), String> {
    let parameters = DecodeParameters::new().reduce(steps).strict(true);
    let image = Image::from_bytes_with(bytes, parameters).map_err(|e| e.to_string())?;
    let [red, green, blue, ..] = image.components() else { return Err("has fewer than 3 components".to_owned()) };
    let planes = [Plane::new(red, out)?, Plane::new(green, out)?, Plane::new(blue, out)?];
    let (width, stride) = (out.width as usize, out.stride());
    for (y, row) in out.pixels.chunks_exact_mut(stride).enumerate() {
        let lines = planes.each_ref().map(|plane| plane.line(y));
        for x in 0..width {
            let [a, b, c] = [0, 1, 2].map(|i| lines[i][x >> planes[i].shift_x].clamp(0, 255));
            let pixel = if ycbcr { ycbcr_to_rgb(a as f32, b as f32, c as f32) } else { [a as u8, b as u8, c as u8] };
            row[3 * x..3 * x + 3].copy_from_slice(&pixel);
        }
    }
    Ok(())
}

/// One component, perhaps at half the image's width or height.
struct Plane<'a> {
    samples: &'a [i32],
    width: usize,
    shift_x: u32,
    shift_y: u32,
}

impl<'a> Plane<'a> {
    fn new(component: &'a ImageComponent, out: &RgbBuffer) -> Result<Self, String> {
        let shift = |have: u32, want: u32| match have {
            _ if have == want => Some(0),
            _ if have == want.div_ceil(2) => Some(1),
            _ => None,
        };
        match (shift(component.width(), out.width), shift(component.height(), out.height)) {
            (Some(shift_x), Some(shift_y)) => {
                Ok(Self { samples: component.data(), width: component.width() as usize, shift_x, shift_y })
            }
            _ => Err(format!("component has {}x{} samples", component.width(), component.height())),
        }
    }

    fn line(&self, y: usize) -> &'a [i32] {
        let start = (y >> self.shift_y) * self.width;
        &self.samples[start..start + self.width]
    }
}

/// What the main header of the code stream says (ITU-T T.800 A.5.1 SIZ, A.6.1 COD).
struct Header {
    width: u32,
    height: u32,
    components: u16,
    eight_bits: bool,
    decompositions: u32,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let start = code_stream(bytes).ok_or("not a JPEG 2000 code stream")?;
        let be16 = |at: usize| Some(u16::from_be_bytes(bytes.get(start + at..start + at + 2)?.try_into().ok()?));
        let be32 = |at: usize| Some(u32::from_be_bytes(bytes.get(start + at..start + at + 4)?.try_into().ok()?));
        let parse = || {
            let components = be16(40)?;
            let depths = (0..usize::from(components.min(4))).map(|i| bytes.get(start + 42 + 3 * i).copied());
            Some(Self {
                width: be32(8)?.checked_sub(be32(16)?)?,
                height: be32(12)?.checked_sub(be32(20)?)?,
                components,
                eight_bits: depths.into_iter().all(|depth| depth == Some(7)),
                decompositions: decompositions(&bytes[start..])?,
            })
        };
        parse().ok_or_else(|| "main header is cut short".to_owned())
    }

    fn check(&self, target: &Target) -> Result<(), String> {
        if (self.width, self.height) != (target.tile_width, target.tile_height) {
            let (have, want) = ((self.width, self.height), (target.tile_width, target.tile_height));
            return Err(format!("holds {}x{} pixels, not {}x{}", have.0, have.1, want.0, want.1));
        }
        if !matches!(self.components, 3 | 4) || !self.eight_bits {
            return Err(format!("has {} components; 3 of 8 bits are read", self.components));
        }
        Ok(())
    }
}

/// Where SOC and SIZ lie: at the start, or inside the `jp2c` box of a JP2 file.
fn code_stream(bytes: &[u8]) -> Option<usize> {
    const SOC_SIZ: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
    if bytes.starts_with(&SOC_SIZ) {
        return Some(0);
    }
    let head = &bytes[..bytes.len().min(64 << 10)];
    head.windows(8).position(|w| w[..4] == *b"jp2c" && w[4..] == SOC_SIZ).map(|at| at + 4)
}

/// Wavelet decompositions of the default coding style: that many halvings can be had.
fn decompositions(stream: &[u8]) -> Option<u32> {
    const COD: u16 = 0xFF52;
    const SOT: u16 = 0xFF90;
    let mut at = 2;
    loop {
        let marker = u16::from_be_bytes(stream.get(at..at + 2)?.try_into().ok()?);
        let length = u16::from_be_bytes(stream.get(at + 2..at + 4)?.try_into().ok()?);
        match marker {
            COD => return stream.get(at + 9).map(|&levels| u32::from(levels)),
            SOT => return None,
            _ => at += 2 + usize::from(length.max(2)),
        }
    }
}
