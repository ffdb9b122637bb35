//! Tiled TIFF and BigTIFF slides: Aperio SVS, OME-TIFF, generic.
//!
//! The directories are read by a small bounded reader of our own ([`ifd`]), because neither kept crate can face a hostile
//! header by range: `async-tiff` 0.4 panics on an unknown field type, on text without a final zero and on resolutions
//! that are no rationals, and reserves memory for any count that an entry claims; `tiff` 0.11 reads synchronously from
//! `Read + Seek`, loads every table of the first image before limits can be set, and spends 32 bytes on each table entry.

mod description;
mod ifd;
mod image;
mod ome;
mod pyramid;

use crate::error::Result;
use crate::header::{SlideFormat, SlideHeader};
use crate::limits::Limits;
use crate::slide::{Origin, Parsed};
use crate::source::{HeaderReader, Source};
use ifd::Tiff;

/// Whether the file begins like a TIFF.
pub(crate) async fn sniff(source: &Source, limits: &Limits) -> Result<bool> {
    if source.size() < 8 {
        return Ok(false);
    }
    let magic = HeaderReader::new(source, limits).peek("TIFF header", 0, 4).await?;
    Ok(matches!(&magic[..], b"II\x2a\0" | b"MM\0\x2a" | b"II\x2b\0" | b"MM\0\x2b"))
}

/// Reads directories and tile tables of the pyramid.
pub(crate) async fn read(source: Source, limits: &Limits) -> Result<Parsed> {
    let mut reader = HeaderReader::new(&source, limits);
    let mut tiff = Tiff::open(&mut reader).await?;
    let directories = tiff.directories(&mut reader).await?;
    let found = pyramid::find(&mut tiff, &mut reader, directories).await?;
    let (digest, bytes) = (reader.digest(), source.size());
    let header = SlideHeader { format: found.format, levels: found.levels, um_per_px: found.um_per_px, digest, bytes };
    Ok(Parsed { origin: Origin::Objects(vec![source]), header, tables: found.tables })
}

/// What [`pyramid::find`] found.
struct Pyramid {
    format: SlideFormat,
    levels: Vec<crate::Level>,
    um_per_px: Option<renkei_domain::UmPerPx>,
    tables: Vec<crate::slide::TileTable>,
}
