//! Slides and the risk on them.

use serde::{Deserialize, Serialize};

use super::{RgbImage, TissueMask};

/// A slide that the report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideView {
    /// Why it is shown, for example "highest risk".
    pub role: String,
    /// Where its tissue is.
    pub mask: Option<TissueMask>,
    /// The risk on it.
    pub surface: RiskSurface,
}

/// Contributions of tiles to the score of one slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskSurface {
    /// The slide's pseudonymous id.
    pub slide_id: String,
    /// Width of level 0 in pixels, above 0.
    pub width_px: f64,
    /// Height of level 0 in pixels, above 0.
    pub height_px: f64,
    /// Micrometres a level-0 pixel, where known.
    pub um_per_px: Option<f64>,
    /// Side of a tile in level-0 pixels, above 0 (not always whole: the encoder's resolution decides). Tiles lie on a
    /// grid of this step and do not overlap.
    pub tile_side_px: f64,
    /// The tiles; order does not matter.
    pub tiles: Vec<TileRisk>,
    /// The slide's score.
    pub score: f64,
    /// The part of the score that no tile bears: `score = offset + sum of tile risks`.
    pub offset: f64,
    /// What the numbers are, for example "contribution to the log hazard".
    pub quantity: String,
    /// Ends of the colour scale; one for all slides of a report, so that colours compare.
    pub scale: RiskScale,
    /// The whole slide, small (about 1,000 pixels on its long side).
    pub thumbnail: Option<RgbImage>,
    /// The warning to print on the picture; the report's banner.
    pub banner: Option<String>,
}

/// The risk of one tile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TileRisk {
    /// Left edge in level-0 pixels.
    pub x_px: f64,
    /// Top edge in level-0 pixels.
    pub y_px: f64,
    /// Contribution to the slide's score, finite.
    pub risk: f64,
}

/// Ends of the colour scale: `low` is blue, `high` is red, values beyond take the colour of the end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskScale {
    /// The value drawn in full blue.
    pub low: f64,
    /// The value drawn in full red, above `low`.
    pub high: f64,
}

impl RiskScale {
    /// The scale for these risks (all tiles of all slides shown together): from the 1st to the 99th percentile, made
    /// symmetric about nought where they lie on both sides of it, so that grey means no contribution.
    #[must_use]
    pub fn over(risks: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = risks.into_iter().filter(|risk| risk.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return Self { low: -1.0, high: 1.0 } };
        let at = |share: usize| sorted[last * share / 100];
        let (low, high) = (at(1), at(99));
        if low < 0.0 && high > 0.0 {
            let reach = high.max(-low);
            Self { low: -reach, high: reach }
        } else if high > low {
            Self { low, high }
        } else {
            Self { low: low - 1.0, high: high + 1.0 }
        }
    }

    /// Where a risk lies on the scale, 0 (blue) to 1 (red).
    #[must_use]
    pub fn position(self, risk: f64) -> f64 {
        ((risk - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}
