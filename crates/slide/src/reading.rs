//! Which level to read, at which scale, for the resolution an encoder wants. Pure.

use renkei_domain::UmPerPx;
use serde::{Deserialize, Serialize};

use crate::error::{Result, SlideError};
use crate::header::Level;

/// By how much a stored tile is made smaller while it is decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeScale {
    /// Full size.
    #[default]
    Full,
    /// Half the width and height.
    Half,
    /// A quarter.
    Quarter,
    /// An eighth.
    Eighth,
}

impl DecodeScale {
    /// All scales, finest first.
    pub const ALL: [Self; 4] = [Self::Full, Self::Half, Self::Quarter, Self::Eighth];

    /// Stored pixels per decoded pixel: 1, 2, 4 or 8.
    #[must_use]
    pub fn factor(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// Whether the level's stored tiles have sides that are whole multiples of the factor, so that scaled tiles still abut.
    #[must_use]
    pub fn divides(self, level: &Level) -> bool {
        level.tile_width.is_multiple_of(self.factor()) && level.tile_height.is_multiple_of(self.factor())
    }
}

/// How to read a slide for one encoder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Level to read.
    pub level: usize,
    /// Scale to decode at.
    pub decode_scale: DecodeScale,
    /// Decoded pixels per encoder pixel, where the decoded resolution is not the target within the tolerance.
    pub resample: Option<f64>,
}

impl Reading {
    /// Pixels of the level per pixel of the encoder.
    #[must_use]
    pub fn level_px_per_px(&self) -> f64 {
        f64::from(self.decode_scale.factor()) * self.resample.unwrap_or(1.0)
    }
}

/// Chooses level and decode scale for `target`.
///
/// A level that has the target resolution within `tolerance` (relative, such as 0.1) is read as it is; else one that
/// has it after the codec's own scaling; else the coarsest that is still finer than the target, to be resampled.
/// Among equals the stored level wins over a scaled finer one: it is fewer bytes.
///
/// # Errors
/// [`SlideError::MissingResolution`] without `um_per_px0`; [`SlideError::TooCoarse`] if even level 0 is coarser than the
/// target beyond the tolerance, since up-sampling would invent detail.
pub fn choose_level(levels: &[Level], um_per_px0: Option<UmPerPx>, target: UmPerPx, tolerance: f64) -> Result<Reading> {
    let finest = um_per_px0.ok_or(SlideError::MissingResolution)?;
    let candidates: Vec<(f64, Reading)> = DecodeScale::ALL
        .into_iter()
        .flat_map(|scale| levels.iter().enumerate().map(move |(index, level)| (scale, index, level)))
        .filter(|(scale, _, level)| *scale == DecodeScale::Full || (level.codec.scales() && scale.divides(level)))
        .map(|(decode_scale, level, found)| {
            let um = finest.get() * found.downsample * f64::from(decode_scale.factor());
            (um / target.get(), Reading { level, decode_scale, resample: None })
        })
        .collect();
    let off = |ratio: f64| (ratio - 1.0).abs();
    let fits = candidates.iter().filter(|(ratio, _)| off(*ratio) <= tolerance);
    let preference = |(ratio, reading): &(f64, Reading)| (reading.decode_scale, off(*ratio));
    if let Some((_, reading)) = fits.min_by(|a, b| cmp(preference(a), preference(b))) {
        return Ok(*reading);
    }
    let finer = candidates.iter().filter(|(ratio, _)| *ratio <= 1.0);
    finer
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.decode_scale.cmp(&a.1.decode_scale)))
        .map(|(ratio, reading)| Reading { resample: Some(1.0 / ratio), ..*reading })
        .ok_or(SlideError::TooCoarse { finest, target })
}

fn cmp(a: (DecodeScale, f64), b: (DecodeScale, f64)) -> std::cmp::Ordering {
    a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Codec;

    fn pyramid(downsamples: &[f64]) -> Vec<Level> {
        downsamples
            .iter()
            .map(|&downsample| Level {
                width: (40_000.0 / downsample) as u32,
                height: (30_000.0 / downsample) as u32,
                tile_width: 256,
                tile_height: 256,
                columns: (40_000.0f64 / downsample / 256.0).ceil() as u32,
                rows: (30_000.0f64 / downsample / 256.0).ceil() as u32,
                downsample,
                codec: Codec::Jpeg,
            })
            .collect()
    }

    fn chosen(downsamples: &[f64], um0: f64, target: f64) -> (usize, u32, Option<f64>) {
        let um = |v| UmPerPx::new(v).unwrap();
        let reading = choose_level(&pyramid(downsamples), Some(um(um0)), um(target), 0.1).unwrap();
        (reading.level, reading.decode_scale.factor(), reading.resample)
    }

    #[test]
    fn a_level_within_tolerance_is_read_as_it_is() {
        assert_eq!(chosen(&[1.0, 4.0, 16.0], 0.2520, 0.25), (0, 1, None));
        assert_eq!(chosen(&[1.0, 4.0, 16.0], 0.2520, 1.0), (1, 1, None));
    }

    #[test]
    fn a_target_twice_as_coarse_is_decoded_at_half_scale() {
        assert_eq!(chosen(&[1.0, 4.0, 16.0], 0.25, 0.5), (0, 2, None));
        assert_eq!(chosen(&[1.0], 0.25, 2.0), (0, 8, None));
    }

    #[test]
    fn a_stored_level_wins_over_a_scaled_finer_one() {
        assert_eq!(chosen(&[1.0, 2.0], 0.25, 0.5), (1, 1, None));
    }

    #[test]
    fn otherwise_the_nearest_finer_reading_is_resampled() {
        assert_eq!(chosen(&[1.0, 4.0], 0.25, 0.4), (0, 1, Some(1.6)));
        let (level, scale, resample) = chosen(&[1.0, 4.0], 0.25, 0.7);
        assert_eq!((level, scale), (0, 2));
        assert!((resample.unwrap() - 1.4).abs() < 1e-12);
    }

    #[test]
    fn a_codec_that_cannot_scale_is_resampled() {
        let mut levels = pyramid(&[1.0]);
        levels[0].codec = Codec::Lzw;
        let um = |v| UmPerPx::new(v).unwrap();
        let reading = choose_level(&levels, Some(um(0.25)), um(0.5), 0.1).unwrap();
        assert_eq!((reading.decode_scale, reading.resample), (DecodeScale::Full, Some(2.0)));
    }

    #[test]
    fn missing_or_too_coarse_resolution_is_refused() {
        let um = |v| UmPerPx::new(v).unwrap();
        let levels = pyramid(&[1.0]);
        assert!(matches!(choose_level(&levels, None, um(0.5), 0.1), Err(SlideError::MissingResolution)));
        assert!(matches!(choose_level(&levels, Some(um(0.5)), um(0.25), 0.1), Err(SlideError::TooCoarse { .. })));
    }
}
