//! Which directories are levels of the pyramid, and which are thumbnails, labels and macros that are never touched.

use super::description::{self, Description};
use super::ifd::{Directory, Tiff, tag};
use super::{Pyramid, image};
use crate::error::{Result, SlideError};
use crate::header::{SlideFormat, square_pixels};
use crate::source::HeaderReader;

/// Bits of NewSubfileType that mark an Aperio label (1) or macro (9).
const APERIO_ASSOCIATED: u64 = 1;
/// Relative difference that rounding may put between the downsampling in x and in y.
const ASPECT_TOLERANCE: f64 = 0.02;

pub(super) async fn find(
    tiff: &mut Tiff,
    reader: &mut HeaderReader<'_>,
    directories: Vec<Directory>,
) -> Result<Pyramid> {
    let tiled: Vec<Directory> = directories.into_iter().filter(|d| d.has(tag::TILE_OFFSETS)).collect();
    let Some(base) = tiled.first().cloned() else {
        return Err(SlideError::UnsupportedLayout { reason: "no image is stored in tiles" });
    };
    let described = describe(tiff, reader, &base).await?;
    if described.laid_by_vendor {
        return Err(SlideError::UnsupportedLayout {
            reason: "tiles of Leica, Philips, Trestle and Ventana are laid in the vendor's own way, which only a build \
                     with `--features openslide` reads",
        });
    }
    let children = tiff.children(reader, &base).await?;
    let candidates = match described.format {
        SlideFormat::OmeTiff if !children.is_empty() => std::iter::once(base.clone()).chain(children).collect(),
        _ => tiled.into_iter().chain(children).collect::<Vec<_>>(),
    };
    let mut pyramid = Pyramid { format: described.format, levels: Vec::new(), um_per_px: None, tables: Vec::new() };
    for directory in scaled(tiff, reader, candidates, described.format).await? {
        let index = pyramid.levels.len();
        let (level, table) = image::level(tiff, reader, &directory.0, index, directory.1).await?;
        pyramid.levels.push(level);
        pyramid.tables.push(table);
    }
    pyramid.um_per_px = resolution(tiff, reader, &base, &described).await?;
    Ok(pyramid)
}

async fn describe(tiff: &Tiff, reader: &mut HeaderReader<'_>, base: &Directory) -> Result<Description> {
    let text = tiff.bytes(reader, base, tag::IMAGE_DESCRIPTION).await?.unwrap_or_default();
    let software = tiff.bytes(reader, base, tag::SOFTWARE).await?.unwrap_or_default();
    Ok(description::parse(&String::from_utf8_lossy(&text), &software))
}

/// The candidates that show the same field as the first one at ever lower resolution, with their downsampling.
async fn scaled(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    candidates: Vec<Directory>,
    format: SlideFormat,
) -> Result<Vec<(Directory, f64)>> {
    let mut base = None;
    let mut found: Vec<(Directory, f64)> = Vec::new();
    for (position, directory) in candidates.into_iter().enumerate() {
        let subfile = tiff.uint_of(reader, &directory, tag::NEW_SUBFILE_TYPE).await?.unwrap_or(0);
        let associated = format == SlideFormat::AperioSvs && subfile & APERIO_ASSOCIATED != 0;
        if position > 0 && (associated || !directory.has(tag::TILE_OFFSETS)) {
            continue;
        }
        let (width, height) = image::dimensions(tiff, reader, &directory).await?;
        let &mut (width0, height0) = base.get_or_insert((width, height));
        let (x, y) = (f64::from(width0) / f64::from(width), f64::from(height0) / f64::from(height));
        let coarser = found.last().is_none_or(|(_, last)| x > last * 1.01);
        // One pixel of rounding matters in a small level, hence the second term.
        let allowed = ASPECT_TOLERANCE + 1.0 / f64::from(width.min(height));
        if coarser && (x - y).abs() <= allowed * x.max(y) {
            found.push((directory, (x + y) / 2.0));
        }
    }
    Ok(found)
}

/// What the description says, else the resolution tags.
async fn resolution(
    tiff: &Tiff,
    reader: &mut HeaderReader<'_>,
    base: &Directory,
    described: &Description,
) -> Result<Option<renkei_domain::UmPerPx>> {
    if let Some((x, y)) = described.um_per_px {
        return square_pixels(x, y);
    }
    let um_per_unit = match tiff.uint_of(reader, base, tag::RESOLUTION_UNIT).await? {
        None | Some(2) => 25_400.0,
        Some(3) => 10_000.0,
        Some(_) => return Ok(None),
    };
    let x = tiff.rational(reader, base, tag::X_RESOLUTION).await?;
    let y = tiff.rational(reader, base, tag::Y_RESOLUTION).await?;
    match (x, y) {
        (Some(x), Some(y)) if x * COARSEST_SCAN > um_per_unit => square_pixels(um_per_unit / x, um_per_unit / y),
        _ => Ok(None),
    }
}

/// um/px from which on a resolution tag is a print density (96 or 300 dots an inch), not a scan.
const COARSEST_SCAN: f64 = 40.0;
