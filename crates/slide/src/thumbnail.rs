//! A low-power picture of a whole slide, built tile by tile in bounded memory.

use std::ops::Range;

use crate::error::{Result, SlideError};
use crate::header::{Level, SlideHeader};
use crate::reading::DecodeScale;
use crate::slide::Slide;
use crate::stored::{RgbBuffer, StoredTiles};

/// Longer side that a thumbnail has at least, where the slide is that large.
const LONG_SIDE: u32 = 1024;
/// Longer side that it never exceeds.
const LONGEST_SIDE: u32 = 2048;
/// Stored tiles of one piece.
const PIECE_TILES: u32 = 128;

/// A low-power picture of a slide.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumbnail {
    /// Its pixels.
    pub image: RgbBuffer,
    /// Pixels of level 0 per pixel of the thumbnail.
    pub level0_px: f64,
    /// Stored tiles that did not decode; their place is white.
    pub bad_tiles: u64,
}

/// Builds a [`Thumbnail`] from the coarsest level that is large enough, decoded at the smallest scale that is, piece by
/// piece: memory is the thumbnail and one piece of compressed tiles, whatever the slide's size.
#[derive(Debug)]
pub struct ThumbnailBuilder {
    level: usize,
    scale: DecodeScale,
    /// Decoded pixels per thumbnail pixel, along each axis.
    block: u32,
    width: u32,
    height: u32,
    /// Size of the level's image in decoded pixels.
    extent: (u32, u32),
    level0_px: f64,
    stored: (u32, u32),
    sums: Vec<[u32; 4]>,
    bad_tiles: u64,
    buffer: RgbBuffer,
}

impl ThumbnailBuilder {
    /// Plans the thumbnail of a slide.
    ///
    /// # Errors
    /// [`SlideError::OutOfRange`] if the header has no level.
    pub fn new(header: &SlideHeader) -> Result<Self> {
        let large = |level: &Level| level.width.max(level.height) >= LONG_SIDE;
        let index = header.levels.iter().rposition(large).unwrap_or(0);
        let level = header.levels.get(index).ok_or(SlideError::OutOfRange { what: "level", have: 0 })?;
        let long = level.width.max(level.height);
        let fits = |scale: &&DecodeScale| {
            scale.divides(level) && (**scale == DecodeScale::Full || long / scale.factor() >= LONG_SIDE)
        };
        let scale = DecodeScale::ALL.iter().rev().find(fits).copied().unwrap_or_default();
        let extent = (level.width.div_ceil(scale.factor()), level.height.div_ceil(scale.factor()));
        let long = extent.0.max(extent.1);
        let block = (long / LONG_SIDE).max(long.div_ceil(LONGEST_SIDE)).max(1);
        let (width, height) = (extent.0.div_ceil(block), extent.1.div_ceil(block));
        Ok(Self {
            level: index,
            scale,
            block,
            width,
            height,
            extent,
            level0_px: f64::from(scale.factor()) * f64::from(block) * level.downsample,
            stored: (level.columns, level.rows),
            sums: vec![[0; 4]; width as usize * height as usize],
            bad_tiles: 0,
            buffer: RgbBuffer::default(),
        })
    }

    /// The level that the pieces are read from.
    #[must_use]
    pub fn level(&self) -> usize {
        self.level
    }

    /// Rectangles of stored tiles to fetch and [`Self::add`], each `(rows, columns)`, in any order.
    pub fn pieces(&self) -> impl Iterator<Item = (Range<u32>, Range<u32>)> + use<> {
        let (columns, rows) = self.stored;
        let starts = move || (0..columns).step_by(PIECE_TILES as usize);
        (0..rows).flat_map(move |row| {
            starts().map(move |start| (row..row + 1, start..start.saturating_add(PIECE_TILES).min(columns)))
        })
    }

    /// Decodes a piece and adds it. A tile that does not decode is counted and left white.
    ///
    /// # Errors
    /// [`SlideError::OutOfRange`] if the piece is of another slide or level.
    pub fn add(&mut self, slide: &Slide, piece: &StoredTiles) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        for tile in &piece.tiles {
            match slide.decode(self.level, tile, self.scale, &mut buffer) {
                Ok(()) => self.add_tile(tile.column, tile.row, &buffer),
                Err(SlideError::BadTile { .. }) => self.bad_tiles += 1,
                Err(other) => return Err(other),
            }
        }
        self.buffer = buffer;
        Ok(())
    }

    fn add_tile(&mut self, column: u32, row: u32, tile: &RgbBuffer) {
        let (left, top) = (column.saturating_mul(tile.width), row.saturating_mul(tile.height));
        let seen_width = self.extent.0.saturating_sub(left).min(tile.width) as usize;
        let seen_height = self.extent.1.saturating_sub(top).min(tile.height);
        for (y, line) in (top..top + seen_height).zip(tile.pixels.chunks_exact(tile.stride())) {
            let start = (y / self.block) as usize * self.width as usize;
            let sums = &mut self.sums[start..start + self.width as usize];
            for (x, pixel) in (left..).zip(line[..seen_width * 3].chunks_exact(3)) {
                let sum = &mut sums[(x / self.block) as usize];
                (0..3).for_each(|i| sum[i] += u32::from(pixel[i]));
                sum[3] += 1;
            }
        }
    }

    /// The thumbnail: the mean of each block of pixels, white where nothing was added.
    #[must_use]
    pub fn finish(self) -> Thumbnail {
        let mean = |sum: &[u32; 4]| match sum[3] {
            0 => [255; 3],
            count => [0, 1, 2].map(|i| ((sum[i] + count / 2) / count) as u8),
        };
        let pixels = self.sums.iter().flat_map(mean).collect();
        let image = RgbBuffer { width: self.width, height: self.height, pixels };
        Thumbnail { image, level0_px: self.level0_px, bad_tiles: self.bad_tiles }
    }
}

impl Slide {
    /// Fetches and builds the thumbnail, decoding on the calling thread between reads.
    ///
    /// Where I/O and decoding must overlap, drive a [`ThumbnailBuilder`] instead.
    ///
    /// # Errors
    /// As [`Slide::fetch`].
    pub async fn thumbnail(&self) -> Result<Thumbnail> {
        let mut builder = ThumbnailBuilder::new(self.header())?;
        for (rows, columns) in builder.pieces() {
            let piece = self.fetch(builder.level(), rows, columns).await?;
            builder.add(self, &piece)?;
        }
        Ok(builder.finish())
    }
}
