//! Formats that only OpenSlide reads: a staged copy, cut into virtual stored tiles of plain RGB.

mod regions;
mod stage;

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

use crate::codec::{Coding, Samples};
use crate::error::{Result, SlideError};
use crate::header::{Codec, Level, SlideFormat, SlideHeader, square_pixels};
use crate::limits::{Limits, within};
use crate::slide::{Framing, Origin, Parsed, Place, TileTable};
pub(crate) use regions::Regions;

/// Width and height of a virtual stored tile: the encoders' usual one, and a divisor of what scanners store.
const TILE: u32 = 256;
/// Bytes of its pixels.
const TILE_BYTES: u32 = TILE * TILE * 3;

/// Reads the slide at `path` through OpenSlide, or returns `refused` where OpenSlide does not know the format either.
pub(crate) async fn read(
    store: Arc<dyn ObjectStore>,
    path: &Path,
    limits: &Limits,
    refused: SlideError,
) -> Result<Parsed> {
    let Some(staged) = stage::stage(store, path, limits).await? else { return Err(refused) };
    let (digest, bytes) = (staged.digest, staged.bytes);
    let Some(regions) = Regions::open(staged).await? else { return Err(refused) };
    let sizes = regions.levels();
    within("number of levels", sizes.len() as u64, limits.directories)?;
    let (mut levels, mut tables) = (Vec::new(), Vec::new());
    for (width, height, downsample) in sizes {
        let level = level(width, height, downsample, limits)?;
        let count = level.columns as usize * level.rows as usize;
        let samples = Samples { per_pixel: 3, predicted: false };
        tables.push(TileTable {
            places: vec![Place { offset: 0, length: TILE_BYTES, source: 0 }; count],
            framing: Framing::Bare,
            coding: Coding::Uncompressed(samples),
        });
        levels.push(level);
    }
    if levels.is_empty() {
        return Err(SlideError::OpenSlide { reason: "it has no level" });
    }
    let um_per_px = regions.um_per_px().map(|(x, y)| square_pixels(x, y)).transpose()?.flatten();
    let header = SlideHeader { format: SlideFormat::OpenSlide, levels, um_per_px, digest, bytes };
    Ok(Parsed { origin: Origin::OpenSlide(Arc::new(regions)), header, tables })
}

fn level(width: u32, height: u32, downsample: f64, limits: &Limits) -> Result<Level> {
    for (what, value) in [("image width", u64::from(width)), ("image height", u64::from(height))] {
        within(what, value, limits.side)?;
        if value == 0 {
            return Err(SlideError::AbsurdDimensions { what, value, limit: limits.side });
        }
    }
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    within("number of stored tiles", u64::from(columns) * u64::from(rows), limits.tiles)?;
    if !(downsample.is_finite() && downsample >= 1.0) {
        return Err(SlideError::OpenSlide { reason: "a level is larger than the first" });
    }
    let (tile_width, tile_height, codec) = (TILE, TILE, Codec::Uncompressed);
    Ok(Level { width, height, tile_width, tile_height, columns, rows, downsample, codec })
}
