//! Pixels of virtual stored tiles from an open staged copy.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use openslide_rs::errors::OpenSlideError;
use openslide_rs::{Address, OpenSlide, Region, Size};

use super::stage::Staged;
use super::{TILE, TILE_BYTES};
use crate::error::{Result, SlideError};
use crate::stored::StoredTile;

/// A staged copy, open. The copy goes when this goes.
pub(crate) struct Regions {
    /// Shared by all readers; replaced when a region fails, because OpenSlide refuses everything after an error.
    shared: Mutex<Arc<OpenSlide>>,
    staged: Staged,
}

impl Regions {
    /// Opens the copy; `None` if OpenSlide knows no vendor for it.
    pub(super) async fn open(staged: Staged) -> Result<Option<Self>> {
        blocking(move || {
            match OpenSlide::detect_vendor(&staged.file).as_deref() {
                // A plain tiled TIFF that our reader refused stays refused: OpenSlide would cut 16 bits to 8.
                Err(OpenSlideError::UnsupportedFile(_)) | Ok("generic-tiff") => return Ok(None),
                _ => {}
            }
            let slide = OpenSlide::new(&staged.file);
            let slide = slide.map_err(|_| SlideError::OpenSlide { reason: "its structure is broken" })?;
            Ok(Some(Self { shared: Mutex::new(Arc::new(slide)), staged }))
        })
        .await?
    }

    fn shared(&self) -> MutexGuard<'_, Arc<OpenSlide>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Width, height and downsampling of each level, finest first.
    pub(super) fn levels(&self) -> Vec<(u32, u32, f64)> {
        let slide = self.shared().clone();
        let sizes = slide.all_level_dimensions().iter().zip(slide.all_level_downsamples());
        sizes.map(|(size, downsample)| (size.w, size.h, *downsample)).collect()
    }

    /// um per pixel of level 0 in x and y, where stated.
    pub(super) fn um_per_px(&self) -> Option<(f64, f64)> {
        let slide = self.shared().clone();
        let number = |name: &str| slide.property_value(name).ok()?.parse().ok();
        Some((number("openslide.mpp-x")?, number("openslide.mpp-y")?))
    }

    /// Fills in the pixels of `tiles` on a thread for blocking work. A tile that OpenSlide cannot read gets no bytes,
    /// which do not decode: it fails alone, as any other bad tile does.
    pub(crate) async fn fill(
        self: &Arc<Self>,
        level: usize,
        downsample: f64,
        tiles: Vec<StoredTile>,
    ) -> Result<Vec<StoredTile>> {
        let regions = self.clone();
        blocking(move || {
            let filled = tiles.into_iter().map(|tile| {
                let bytes = regions.pixels(&region(level, downsample, tile.column, tile.row)).unwrap_or_default();
                StoredTile { bytes: Some(bytes), ..tile }
            });
            filled.collect()
        })
        .await
    }

    fn pixels(&self, region: &Region) -> Option<Bytes> {
        let shared = self.shared().clone();
        if let Ok(bgra) = shared.read_region(region) {
            return Some(over_white(&bgra));
        }
        // The failure may be another thread's, so the tile is tried once more where no other thread reads.
        let mut shared = self.shared();
        let read = OpenSlide::new(&self.staged.file).ok()?.read_region(region);
        *shared = Arc::new(OpenSlide::new(&self.staged.file).ok()?);
        read.ok().map(|bgra| over_white(&bgra))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|_| SlideError::OpenSlide { reason: "reading it was broken off" })
}

/// The region of one tile. OpenSlide wants its corner in whole pixels of level 0; where the downsampling is no whole
/// number that puts a tile up to half such a pixel off.
fn region(level: usize, downsample: f64, column: u32, row: u32) -> Region {
    let corner = |index: u32| (f64::from(index) * f64::from(TILE) * downsample).round() as u32;
    let address = Address { x: corner(column), y: corner(row) };
    Region { address, level: level as u32, size: Size { w: TILE, h: TILE } }
}

/// Premultiplied BGRA to RGB on white.
fn over_white(bgra: &[u8]) -> Bytes {
    let mut rgb = Vec::with_capacity(TILE_BYTES as usize);
    for pixel in bgra.chunks_exact(4) {
        let paper = 255 - pixel[3];
        rgb.extend([2, 1, 0].map(|i| pixel[i].saturating_add(paper)));
    }
    Bytes::from(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_pixels_are_white_and_translucent_ones_pale() {
        assert_eq!(
            &over_white(&[0, 0, 0, 0, 1, 2, 3, 255, 10, 20, 30, 155])[..],
            [255, 255, 255, 3, 2, 1, 130, 120, 110]
        );
    }

    #[test]
    fn corners_are_rounded_in_level_0() {
        let found = region(1, 4.001, 1, 3);
        assert_eq!((found.address.x, found.address.y), (1024, 3073));
    }
}
