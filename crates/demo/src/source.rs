//! The stored tiles of the fetched slide, sorted by how they look. Nothing here knows of men or outcomes.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use renkei_domain::UmPerPx;
use renkei_slide::{DecodeScale, JpegProfile, Limits, Rect, RgbBuffer, Slide, SlideError, StoredTile, TissueMask};

use crate::error::DemoError;

/// Least part of a tile that must be tissue for a class.
const TISSUE: f32 = 0.75;
/// Most part of a tile that may be tissue for glass.
const GLASS: f32 = 0.005;
/// Distinct tiles that each class must have.
const LEAST_TILES: usize = 4;

/// Where a stored tile lies in the fetched slide: column and row.
pub(crate) type Place = (u32, u32);

/// How one tile looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    pub(crate) place: Place,
    /// Part of the tile that is tissue, 0 to 1.
    pub(crate) tissue: f32,
    /// Mean haematoxylin optical density.
    pub(crate) haematoxylin: f64,
}

/// The places of each class, in row order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Classes {
    /// The third of the tissue tiles with the most haematoxylin: crowded nuclei.
    pub(crate) dense: Vec<Place>,
    /// The third with the least: fibres with few nuclei.
    pub(crate) sparse: Vec<Place>,
    /// Tiles without tissue.
    pub(crate) glass: Vec<Place>,
}

/// Compressed tiles of each class and what it takes to store them elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) dense: Vec<Bytes>,
    pub(crate) sparse: Vec<Bytes>,
    pub(crate) glass: Vec<Bytes>,
    pub(crate) profile: JpegProfile,
    pub(crate) um_per_px: Option<UmPerPx>,
}

/// Reads the slide and sorts its tiles.
pub(crate) async fn read(path: &Path) -> Result<Source, DemoError> {
    let slide = open(path).await?;
    let level = slide.level(0)?.clone();
    let mask = TissueMask::from_thumbnail(&slide.thumbnail().await?);
    let (columns, rows) = (level.width / level.tile_width, level.height / level.tile_height);
    let stored = slide.fetch(0, 0..rows, 0..columns).await?;
    let mut looks = Vec::new();
    for tile in &stored.tiles {
        looks.push(look(&slide, tile, &mask)?);
    }
    let classes = classify(&looks)?;
    let bytes = |places: &[Place]| {
        let wanted = stored.tiles.iter().filter(|tile| places.contains(&(tile.column, tile.row)));
        wanted.filter_map(|tile| tile.bytes.clone()).collect()
    };
    Ok(Source {
        dense: bytes(&classes.dense),
        sparse: bytes(&classes.sparse),
        glass: bytes(&classes.glass),
        profile: slide.jpeg_profile(0)?,
        um_per_px: slide.header().um_per_px,
    })
}

/// Opens a slide on this machine's disk.
pub(crate) async fn open(path: &Path) -> Result<Slide, DemoError> {
    let location =
        object_store::path::Path::from_absolute_path(path.canonicalize().map_err(DemoError::file("find", path))?)
            .map_err(|error| DemoError::Slide(SlideError::Store(error.into())))?;
    Ok(renkei_slide::open(Arc::new(LocalFileSystem::new()), &location, &Limits::default()).await?)
}

fn look(slide: &Slide, tile: &StoredTile, mask: &TissueMask) -> Result<Look, DemoError> {
    let mut pixels = RgbBuffer::default();
    slide.decode(0, tile, DecodeScale::Full, &mut pixels)?;
    let (width, height) = (f64::from(pixels.width), f64::from(pixels.height));
    let (x, y) = (f64::from(tile.column) * width, f64::from(tile.row) * height);
    let tissue = mask.fraction(Rect { x, y, width, height });
    Ok(Look { place: (tile.column, tile.row), tissue, haematoxylin: haematoxylin(&pixels) })
}

/// Mean optical density of haematoxylin over all pixels: colour deconvolution after Ruifrok and Johnston 2001 with their
/// vectors of haematoxylin, eosin and the rest, of which only haematoxylin's row of the inverse is needed.
fn haematoxylin(image: &RgbBuffer) -> f64 {
    const FROM_RED_GREEN_BLUE: [f64; 3] = [1.880, -0.074, -0.595];
    let density = |value: u8| -((f64::from(value) + 1.0) / 256.0).log10();
    let of = |pixel: &[u8]| -> f64 { pixel.iter().zip(FROM_RED_GREEN_BLUE).map(|(&v, by)| density(v) * by).sum() };
    let sum: f64 = image.pixels.chunks_exact(3).map(of).sum();
    sum / (image.pixels.len() / 3).max(1) as f64
}

/// Among tiles with enough tissue, the third with the most haematoxylin and the third with the least; the middle is left
/// out, so that the classes look different.
pub(crate) fn classify(looks: &[Look]) -> Result<Classes, DemoError> {
    let mut tissue: Vec<&Look> = looks.iter().filter(|look| look.tissue >= TISSUE).collect();
    tissue.sort_by(|a, b| a.haematoxylin.total_cmp(&b.haematoxylin).then(a.place.cmp(&b.place)));
    let third = tissue.len() / 3;
    if third < LEAST_TILES {
        return Err(DemoError::FewTiles { what: "tissue", found: tissue.len(), needed: 3 * LEAST_TILES });
    }
    let glass = places(looks.iter().filter(|look| look.tissue <= GLASS));
    if glass.is_empty() {
        return Err(DemoError::FewTiles { what: "glass", found: 0, needed: 1 });
    }
    let sparse = places(tissue[..third].iter().copied());
    let dense = places(tissue[tissue.len() - third..].iter().copied());
    Ok(Classes { dense, sparse, glass })
}

fn places<'a>(looks: impl Iterator<Item = &'a Look>) -> Vec<Place> {
    let mut places: Vec<Place> = looks.map(|look| look.place).collect();
    places.sort_by_key(|&(column, row)| (row, column));
    places
}
