//! Where on a slide there is tissue.

mod ink;
mod otsu;
mod sums;

use crate::error::{Result, SlideError};
use crate::grid::Rect;
use crate::stored::RgbBuffer;
use crate::thumbnail::Thumbnail;
use sums::Sums;

/// Saturations (of 255) between which the threshold may lie. Otsu's method always finds two classes: on a blank slide it
/// would cut the noise, on a field full of tissue it would cut pale stroma from dark nuclei.
const THRESHOLD_BOUNDS: (u8, u8) = (12, 64);
/// Values (of 255) below which a pixel is too dark for its saturation to mean anything: ink, folds of the holder, gaps.
const DARK: u8 = 40;

/// A mask over a slide: which parts are tissue.
#[derive(Debug, Clone, PartialEq)]
pub struct TissueMask {
    width: u32,
    height: u32,
    /// Pixels of level 0 per mask pixel in x and y.
    scale: (f64, f64),
    tissue: Sums,
}

impl TissueMask {
    /// Otsu's threshold (1979) on the saturation of a thumbnail, after a 3x3 median. Ink and very dark pixels are no tissue.
    #[must_use]
    pub fn from_thumbnail(thumbnail: &Thumbnail) -> Self {
        let image = &thumbnail.image;
        let ink = ink::mask(image);
        let saturation = otsu::median3(&saturations(image), image.width as usize);
        let usable = |i: usize| !ink[i] && value(&image.pixels[3 * i..3 * i + 3]) >= DARK;
        let mut histogram = [0u64; 256];
        (0..saturation.len()).filter(|&i| usable(i)).for_each(|i| histogram[usize::from(saturation[i])] += 1);
        let threshold = otsu::threshold(&histogram).clamp(THRESHOLD_BOUNDS.0, THRESHOLD_BOUNDS.1);
        let tissue = |i: usize| usable(i) && saturation[i] > threshold;
        Self::new(image.width, image.height, (thumbnail.level0_px, thumbnail.level0_px), tissue)
    }

    /// A mask model's output over a picture of the whole slide: tissue where the probability exceeds `threshold`.
    ///
    /// `probabilities` are `height` rows of `width` values; `level0` is the width and height of level 0 in pixels.
    ///
    /// # Errors
    /// [`SlideError::Mask`] if the number of values is not `width * height`, if one is not finite, or if a side is 0.
    pub fn from_probabilities(
        width: u32,
        height: u32,
        level0: (u32, u32),
        probabilities: &[f32],
        threshold: f32,
    ) -> Result<Self> {
        if width == 0 || height == 0 || probabilities.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(SlideError::Mask { reason: "there is not one probability for each pixel" });
        }
        if probabilities.iter().any(|p| !p.is_finite()) {
            return Err(SlideError::Mask { reason: "a probability is not a number" });
        }
        let scale = (f64::from(level0.0) / f64::from(width), f64::from(level0.1) / f64::from(height));
        if scale.0 <= 0.0 || scale.1 <= 0.0 {
            return Err(SlideError::Mask { reason: "the slide has no pixels" });
        }
        Ok(Self::new(width, height, scale, |i| probabilities[i] > threshold))
    }

    fn new(width: u32, height: u32, scale: (f64, f64), tissue: impl Fn(usize) -> bool) -> Self {
        Self { width, height, scale, tissue: Sums::of(width as usize, height as usize, tissue) }
    }

    /// Part of a rectangle, given in pixels of level 0, that is tissue: 0 to 1. Mask pixels that it touches count whole;
    /// outside the mask there is none.
    #[must_use]
    pub fn fraction(&self, rect: Rect) -> f32 {
        let axis = |start: f64, extent: f64, scale: f64, size: u32| {
            let from = (start / scale).floor().clamp(0.0, f64::from(size)) as usize;
            let to = ((start + extent) / scale - 1e-9).ceil().clamp(0.0, f64::from(size)) as usize;
            (from, to.max(from))
        };
        let (left, right) = axis(rect.x, rect.width, self.scale.0, self.width);
        let (top, bottom) = axis(rect.y, rect.height, self.scale.1, self.height);
        let area = (right - left) * (bottom - top);
        if area == 0 {
            return 0.0;
        }
        let inside = self.tissue.count((left, right), (top, bottom));
        inside as f32 / area as f32
    }

    /// Pixels across.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// One byte a pixel, row by row: 1 for tissue.
    #[must_use]
    pub fn to_pixels(&self) -> Vec<u8> {
        let (width, height) = (self.width as usize, self.height as usize);
        let pixel = |x: usize, y: usize| self.tissue.count((x, x + 1), (y, y + 1)) as u8;
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect()
    }

    /// Part of the whole mask that is tissue: 0 to 1.
    #[must_use]
    pub fn coverage(&self) -> f32 {
        let (width, height) = (f64::from(self.width) * self.scale.0, f64::from(self.height) * self.scale.1);
        self.fraction(Rect { x: 0.0, y: 0.0, width, height })
    }
}

fn value(pixel: &[u8]) -> u8 {
    pixel[0].max(pixel[1]).max(pixel[2])
}

/// Saturation of HSV, 0 to 255, of each pixel.
fn saturations(image: &RgbBuffer) -> Vec<u8> {
    let saturation = |pixel: &[u8]| {
        let (most, least) = (value(pixel), pixel[0].min(pixel[1]).min(pixel[2]));
        (u32::from(most - least) * 255 / u32::from(most).max(1)) as u8
    };
    image.pixels.chunks_exact(3).map(saturation).collect()
}

#[cfg(test)]
mod tests;
