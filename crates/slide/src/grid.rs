//! The encoder's tile grid over one level, and its cut into bands of stored-tile rows. Pure.

use std::ops::Range;

use crate::error::{Result, SlideError};
use crate::header::Level;
use crate::reading::Reading;

/// A grid of square encoder tiles, each centred in a square cell. Partial cells at the right and lower edge are dropped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileGrid {
    columns: u32,
    rows: u32,
    tile_px: u32,
    stride_px: u32,
    level: usize,
    /// Pixels of the level per encoder pixel.
    level_px: f64,
    decode_factor: u32,
    resampled: bool,
    downsample: f64,
    stored: (u32, u32),
    stored_count: (u32, u32),
}

/// One cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Row, 0 at the top.
    pub row: u32,
    /// Column, 0 at the left.
    pub column: u32,
}

/// A rectangle in pixels of a stated level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Extent to the right.
    pub width: f64,
    /// Extent downwards.
    pub height: f64,
}

/// A run of grid rows: one shard of a slide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Rows of the grid.
    pub rows: Range<u32>,
    /// Rows of stored tiles they need.
    pub stored_rows: Range<u32>,
}

impl TileGrid {
    /// Lays cells of `stride_px` encoder pixels over `level`, with a tile of `tile_px` in the middle of each.
    ///
    /// # Errors
    /// [`SlideError::Grid`] if a tile is empty or larger than its cell.
    pub fn new(level: &Level, reading: &Reading, tile_px: u32, stride_px: u32) -> Result<Self> {
        let level_px = reading.level_px_per_px();
        if tile_px == 0 || tile_px > stride_px {
            return Err(SlideError::Grid { reason: "tile size must be at least 1 and at most the stride" });
        }
        if !(level_px.is_finite() && level_px > 0.0) {
            return Err(SlideError::Grid { reason: "resampling ratio must be positive" });
        }
        let stride = f64::from(stride_px) * level_px;
        Ok(Self {
            columns: (f64::from(level.width) / stride) as u32,
            rows: (f64::from(level.height) / stride) as u32,
            tile_px,
            stride_px,
            level: reading.level,
            level_px,
            decode_factor: reading.decode_scale.factor(),
            resampled: reading.resample.is_some(),
            downsample: level.downsample,
            stored: (level.tile_width, level.tile_height),
            stored_count: (level.columns, level.rows),
        })
    }

    /// Cells across.
    #[must_use]
    pub fn columns(&self) -> u32 {
        self.columns
    }

    /// Cells down.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Side of an encoder tile in encoder pixels.
    #[must_use]
    pub fn tile_px(&self) -> u32 {
        self.tile_px
    }

    /// Index of the level the grid lies over.
    #[must_use]
    pub fn level(&self) -> usize {
        self.level
    }

    /// The cells of one row, from left to right.
    pub fn cells(&self, row: u32) -> impl Iterator<Item = Cell> + use<> {
        (0..self.columns).map(move |column| Cell { row, column })
    }

    /// The encoder tile of a cell, in pixels of the grid's level.
    #[must_use]
    pub fn rect(&self, cell: Cell) -> Rect {
        let side = f64::from(self.tile_px) * self.level_px;
        Rect { x: self.origin(cell.column), y: self.origin(cell.row), width: side, height: side }
    }

    /// The encoder tile of a cell, in pixels of level 0.
    #[must_use]
    pub fn rect_level0(&self, cell: Cell) -> Rect {
        let Rect { x, y, width, height } = self.rect(cell);
        let by = self.downsample;
        Rect { x: x * by, y: y * by, width: width * by, height: height * by }
    }

    fn origin(&self, index: u32) -> f64 {
        // Whole encoder pixels, so that a tile that needs no resampling begins on a pixel.
        let margin = (self.stride_px - self.tile_px) / 2;
        (u64::from(index) * u64::from(self.stride_px) + u64::from(margin)) as f64 * self.level_px
    }

    /// Columns and rows of the stored tiles under a cell's encoder tile.
    #[must_use]
    pub fn stored(&self, cell: Cell) -> (Range<u32>, Range<u32>) {
        (
            self.span(cell.column, self.stored.0, self.stored_count.0),
            self.span(cell.row, self.stored.1, self.stored_count.1),
        )
    }

    fn span(&self, index: u32, stored: u32, count: u32) -> Range<u32> {
        let (pixels, _) = self.window(index);
        let stored = u64::from(stored / self.decode_factor);
        let end = pixels.end.div_ceil(stored).min(u64::from(count));
        (pixels.start / stored).min(end) as u32..end as u32
    }

    /// Along one axis: the whole decoded pixels under the tile, and where in them the tile begins.
    pub(crate) fn window(&self, index: u32) -> (Range<u64>, f64) {
        let start = self.origin(index) / f64::from(self.decode_factor);
        if !self.resampled {
            let start = start.round() as u64;
            return (start..start + u64::from(self.tile_px), 0.0);
        }
        let end = start + self.decoded_side();
        (start.floor() as u64..end.ceil() as u64, start - start.floor())
    }

    /// Side of an encoder tile in decoded pixels.
    pub(crate) fn decoded_side(&self) -> f64 {
        f64::from(self.tile_px) * self.level_px / f64::from(self.decode_factor)
    }

    pub(crate) fn resampled(&self) -> bool {
        self.resampled
    }

    /// Width and height of a decoded stored tile.
    pub(crate) fn decoded_tile(&self) -> (u32, u32) {
        (self.stored.0 / self.decode_factor, self.stored.1 / self.decode_factor)
    }

    /// Stored-tile rows that one grid row needs.
    #[must_use]
    pub fn row_band(&self, row: u32) -> Range<u32> {
        self.span(row, self.stored.1, self.stored_count.1)
    }

    /// Cuts the grid into consecutive bands of at most `max_stored_rows` stored rows each (a single grid row may need more).
    ///
    /// Every cell lies in exactly one band. In the upper half of what fits, a cut is preferred where no stored tile is
    /// shared by both sides, so that as few tiles as possible are decoded twice.
    #[must_use]
    pub fn bands(&self, max_stored_rows: u32) -> Vec<Band> {
        let mut bands = Vec::new();
        let mut start = 0;
        while start < self.rows {
            let first = self.row_band(start).start;
            let fits = |end: u32| self.row_band(end - 1).end - first <= max_stored_rows;
            let mut last = start + 1;
            while last < self.rows && fits(last + 1) {
                last += 1;
            }
            let clean = |end: u32| end == self.rows || self.row_band(end - 1).end <= self.row_band(end).start;
            let half = start + (last - start).div_ceil(2);
            let end = (half..=last).rev().find(|&end| clean(end)).unwrap_or(last);
            bands.push(Band { rows: start..end, stored_rows: first..self.row_band(end - 1).end });
            start = end;
        }
        bands
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::header::Codec;
    use crate::reading::DecodeScale;

    fn level(width: u32, height: u32, tile: u32) -> Level {
        let (columns, rows) = (width.div_ceil(tile), height.div_ceil(tile));
        let (tile_width, tile_height) = (tile, tile);
        Level { width, height, tile_width, tile_height, columns, rows, downsample: 4.0, codec: Codec::Jpeg }
    }

    fn reading(decode_scale: DecodeScale, resample: Option<f64>) -> Reading {
        Reading { level: 1, decode_scale, resample }
    }

    #[test]
    fn tiles_are_centred_and_partial_cells_dropped() {
        let grid = TileGrid::new(&level(1000, 600, 256), &reading(DecodeScale::Full, None), 224, 256).unwrap();
        assert_eq!((grid.columns(), grid.rows()), (3, 2));
        let cell = Cell { row: 1, column: 2 };
        assert_eq!(grid.rect(cell), Rect { x: 528.0, y: 272.0, width: 224.0, height: 224.0 });
        assert_eq!(grid.rect_level0(cell), Rect { x: 2112.0, y: 1088.0, width: 896.0, height: 896.0 });
        assert_eq!(grid.stored(cell), (2..3, 1..2));
    }

    #[test]
    fn half_scale_covers_twice_the_stored_tiles() {
        let grid = TileGrid::new(&level(2048, 2048, 256), &reading(DecodeScale::Half, None), 256, 256).unwrap();
        assert_eq!((grid.columns(), grid.rows()), (4, 4));
        assert_eq!(grid.stored(Cell { row: 0, column: 1 }), (2..4, 0..2));
    }

    #[test]
    fn cuts_fall_where_no_stored_tile_is_shared() {
        let grid = TileGrid::new(&level(3840, 7680, 240), &reading(DecodeScale::Full, None), 256, 256).unwrap();
        let bands = grid.bands(18);
        assert_eq!(bands[0], Band { rows: 0..15, stored_rows: 0..16 });
        assert_eq!(bands[1], Band { rows: 15..30, stored_rows: 16..32 });
    }

    #[test]
    fn tiles_larger_than_their_cells_are_refused() {
        assert!(TileGrid::new(&level(900, 900, 240), &reading(DecodeScale::Full, None), 257, 256).is_err());
    }

    proptest! {
        #[test]
        fn bands_cover_every_row_once_and_stay_within_the_level(
            height in 1u32..200_000, tile in 8u32..600, tile_px in 1u32..600, margin in 0u32..300,
            resample in proptest::option::of(0.9f64..3.0), scale in 0usize..4, most in 1u32..40,
        ) {
            let tile = tile * 8;
            let reading = reading(DecodeScale::ALL[scale], resample);
            let level = level(height, height, tile);
            let grid = TileGrid::new(&level, &reading, tile_px, tile_px + margin).unwrap();
            let bands = grid.bands(most);
            prop_assert_eq!(&bands, &grid.bands(most));
            let mut next = 0;
            for band in &bands {
                prop_assert_eq!(band.rows.start, next);
                prop_assert!(band.rows.end > band.rows.start);
                next = band.rows.end;
                prop_assert!(band.rows.len() == 1 || band.stored_rows.len() as u32 <= most);
                prop_assert!(band.stored_rows.end <= level.rows);
                for row in band.rows.clone() {
                    let needed = grid.row_band(row);
                    prop_assert!(needed.start < needed.end);
                    prop_assert!(needed.start >= band.stored_rows.start && needed.end <= band.stored_rows.end);
                }
            }
            prop_assert_eq!(next, grid.rows());
        }
    }
}
