//! The one way from a slide's header and an encoder's wish to a tile grid: planner and worker must agree on it.

use renkei_domain::UmPerPx;

use crate::error::Result;
use crate::grid::TileGrid;
use crate::header::SlideHeader;
use crate::reading::{Reading, choose_level};

/// What an encoder and a spec ask of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridWish {
    /// The encoder's resolution.
    pub um_per_px: UmPerPx,
    /// How far a level may be off, relative.
    pub tolerance: f64,
    /// Side of the encoder's input in pixels.
    pub tile_px: u32,
    /// Distance between tile centres in encoder pixels.
    pub stride_px: u32,
}

/// Chooses the level and lays the grid.
///
/// # Errors
/// As [`choose_level`] and [`TileGrid::new`].
pub fn lay(header: &SlideHeader, um_per_px0: Option<UmPerPx>, wish: &GridWish) -> Result<(Reading, TileGrid)> {
    let reading = choose_level(&header.levels, um_per_px0, wish.um_per_px, wish.tolerance)?;
    let level = header.levels.get(reading.level).ok_or(crate::SlideError::OutOfRange { what: "level", have: 0 })?;
    Ok((reading, TileGrid::new(level, &reading, wish.tile_px, wish.stride_px)?))
}
