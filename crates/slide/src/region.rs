//! Decoded stored tiles in, encoder tiles out. Each stored tile is decoded once and kept until no cell needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::{Result, SlideError};
use crate::grid::{Cell, TileGrid};
use crate::stored::RgbBuffer;

/// The decoded stored tiles of a slide that are live, and the cutting of encoder tiles from them.
///
/// Use: [`Self::missing`] for the cells wanted next, fetch and decode those, [`Self::place`] them, [`Self::tile`] each
/// cell, [`Self::retire_left_above`] what the next cells do not reach, [`Self::retire_above`] the stored row that the
/// next cells begin in. Memory is what is placed and not retired.
pub struct Region {
    grid: TileGrid,
    decoded: BTreeMap<(u32, u32), RgbBuffer>,
    spare: Vec<RgbBuffer>,
    resizer: Resizer,
    window: Vec<u8>,
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("grid", &self.grid).field("tiles", &self.decoded.len()).finish_non_exhaustive()
    }
}

impl Region {
    /// An empty region for one grid.
    #[must_use]
    pub fn new(grid: &TileGrid) -> Self {
        let (decoded, spare) = (BTreeMap::new(), Vec::new());
        Self { grid: *grid, decoded, spare, resizer: Resizer::new(), window: Vec::new() }
    }

    /// Stored tiles, each `(column, row)` and in row order, that `cells` need and that are not placed.
    #[must_use]
    pub fn missing(&self, cells: impl IntoIterator<Item = Cell>) -> Vec<(u32, u32)> {
        let mut needed = BTreeSet::new();
        for cell in cells {
            let (columns, rows) = self.grid.stored(cell);
            needed.extend(rows.flat_map(|row| columns.clone().map(move |column| (row, column))));
        }
        let absent = needed.into_iter().filter(|at| !self.decoded.contains_key(at));
        absent.map(|(row, column)| (column, row)).collect()
    }

    /// A buffer to decode into: a retired one where there is one, so that memory is used again.
    pub fn spare(&mut self) -> RgbBuffer {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a decoded stored tile.
    pub fn place(&mut self, column: u32, row: u32, tile: RgbBuffer) {
        if let Some(old) = self.decoded.insert((row, column), tile) {
            self.spare.push(old);
        }
    }

    /// Drops all stored tiles above stored row `row`.
    pub fn retire_above(&mut self, row: u32) {
        let kept = self.decoded.split_off(&(row, 0));
        self.spare.extend(std::mem::replace(&mut self.decoded, kept).into_values());
    }

    /// Drops the stored tiles that are both left of stored column `column` and above stored row `row`, so that few
    /// buffers are in use at once and stay in the processor's cache.
    pub fn retire_left_above(&mut self, column: u32, row: u32) {
        self.spare.extend(self.decoded.extract_if(..(row, 0), |&(_, at), _| at < column).map(|(_, tile)| tile));
    }

    /// Bytes of pixels held, spare buffers included.
    #[must_use]
    pub fn byte_size(&self) -> u64 {
        self.decoded.values().chain(&self.spare).map(|tile| tile.pixels.capacity() as u64).sum()
    }

    /// Writes the encoder tile of `cell` to `out`: `tile_px` rows of `tile_px` RGB pixels, without padding.
    ///
    /// Resampling, where the reading asks for it, is a triangle filter widened to the ratio (no aliasing).
    ///
    /// # Errors
    /// [`SlideError::BadTile`] if a stored tile under the cell is not placed; [`SlideError::Grid`] if `out` is not
    /// `tile_px * tile_px * 3` bytes.
    pub fn tile(&mut self, cell: Cell, out: &mut [u8]) -> Result<()> {
        let side = self.grid.tile_px();
        if out.len() != side as usize * side as usize * 3 {
            return Err(SlideError::Grid { reason: "output is not tile_px * tile_px * 3 bytes" });
        }
        if !self.grid.resampled() {
            return self.copy(cell, out);
        }
        let ((xs, left), (ys, top)) = (self.grid.window(cell.column), self.grid.window(cell.row));
        let (width, height) = ((xs.end - xs.start) as u32, (ys.end - ys.start) as u32);
        let mut window = std::mem::take(&mut self.window);
        window.resize(width as usize * height as usize * 3, 0);
        let resampled = self.copy(cell, &mut window).and_then(|()| {
            let impossible = |_| SlideError::Grid { reason: "tile cannot be resampled" };
            let source = ImageRef::new(width, height, &window, PixelType::U8x3).map_err(impossible)?;
            let mut target = Image::from_slice_u8(side, side, out, PixelType::U8x3).map_err(impossible)?;
            let extent = self.grid.decoded_side();
            let (across, down) = (extent.min(f64::from(width) - left), extent.min(f64::from(height) - top));
            let options = ResizeOptions::new()
                .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
                .crop(left, top, across, down)
                .use_alpha(false);
            let done = self.resizer.resize(&source, &mut target, Some(&options));
            done.map_err(|_| SlideError::Grid { reason: "tile cannot be resampled" })
        });
        self.window = window;
        resampled
    }

    /// Copies the decoded pixels under a cell to `out`, whose size is the window's.
    fn copy(&self, cell: Cell, out: &mut [u8]) -> Result<()> {
        let ((xs, _), (ys, _)) = (self.grid.window(cell.column), self.grid.window(cell.row));
        let (tile_width, tile_height) = self.grid.decoded_tile();
        let (tile_width, tile_height) = (u64::from(tile_width), u64::from(tile_height));
        let stride = (xs.end - xs.start) as usize * 3;
        let (columns, rows) = self.grid.stored(cell);
        for row in rows {
            let (top, bottom) = overlap(&ys, u64::from(row) * tile_height, tile_height);
            for column in columns.clone() {
                let tile = self.decoded.get(&(row, column)).ok_or_else(|| self.absent(column, row))?;
                let (left, right) = overlap(&xs, u64::from(column) * tile_width, tile_width);
                let bytes = (right - left) as usize * 3;
                let from_x = (left - u64::from(column) * tile_width) as usize * 3;
                let to_x = (left - xs.start) as usize * 3;
                for y in top..bottom {
                    let from = (y - u64::from(row) * tile_height) as usize * tile.stride() + from_x;
                    let to = (y - ys.start) as usize * stride + to_x;
                    out[to..to + bytes].copy_from_slice(&tile.pixels[from..from + bytes]);
                }
            }
        }
        Ok(())
    }

    fn absent(&self, column: u32, row: u32) -> SlideError {
        SlideError::BadTile { level: self.grid.level(), column, row, reason: "it was not decoded".to_owned() }
    }
}

fn overlap(wanted: &std::ops::Range<u64>, start: u64, length: u64) -> (u64, u64) {
    (wanted.start.max(start), wanted.end.min(start + length))
}
