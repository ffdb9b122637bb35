//! The tile grid that an encoder and a spec ask for.

use renkei_domain::spec::TileSpec;
use renkei_inference::EncoderCard;
use renkei_slide::GridWish;

/// Planner and worker lay the grid by the same wish.
#[must_use]
pub fn grid_wish(card: &EncoderCard, tiles: &TileSpec) -> GridWish {
    let tile_px = u32::try_from(card.input.width).unwrap_or(u32::MAX);
    GridWish {
        um_per_px: card.um_per_px,
        tolerance: card.um_per_px_tolerance,
        tile_px,
        stride_px: tiles.stride_px.unwrap_or(tile_px),
    }
}
