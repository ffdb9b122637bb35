//! An open slide: fetch stored tiles (asynchronous), decode them (on the caller's thread).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::path::Path;

use crate::codec::{self, Coding, Target};
use crate::error::{Result, SlideError};
use crate::header::{Codec, Level, SlideHeader};
use crate::limits::{Limits, within};
use crate::reading::DecodeScale;
use crate::source::Source;
use crate::stored::{RgbBuffer, StoredTile, StoredTiles};
use crate::{dicom, tiff};

/// An open slide. Cheap to clone; all clones share the tables.
#[derive(Clone)]
pub struct Slide(Arc<Inner>);

impl fmt::Debug for Slide {
    /// The header only: a path may carry an id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slide").field(&self.0.header).finish()
    }
}

struct Inner {
    origin: Origin,
    header: SlideHeader,
    tables: Vec<TileTable>,
    limits: Limits,
}

/// Where the stored tiles come from.
pub(crate) enum Origin {
    /// Ranges of objects, each a [`Place`].
    Objects(Vec<Source>),
    /// Regions of a staged copy; of a [`Place`] only the length counts.
    #[cfg(feature = "openslide")]
    OpenSlide(Arc<crate::openslide::Regions>),
}

/// Where one stored tile lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    /// 0: the scanner left the tile out.
    pub(crate) length: u32,
    /// Index of the file.
    pub(crate) source: u32,
}

/// How the bytes at a [`Place`] are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The compressed tile, nothing else.
    Bare,
    /// One or more DICOM items (PS3.5 A.4), to be joined.
    DicomItems,
}

/// The stored tiles of one level: `columns * rows` places in row order.
#[derive(Debug)]
pub(crate) struct TileTable {
    pub(crate) places: Vec<Place>,
    pub(crate) framing: Framing,
    pub(crate) coding: Coding,
}

/// What a reader found.
pub(crate) struct Parsed {
    pub(crate) origin: Origin,
    pub(crate) header: SlideHeader,
    pub(crate) tables: Vec<TileTable>,
}

/// Opens the slide at `path`: reads its header and tile tables by byte range, never the pixels.
///
/// With the cargo feature `openslide`, a slide that is not read here is copied whole to a temporary folder, which lives
/// as long as the [`Slide`], and its tiles are regions that OpenSlide decodes; this needs a tokio runtime.
///
/// # Errors
/// Everything in [`SlideError`] that concerns the file, and [`SlideError::Store`].
pub async fn open(store: Arc<dyn ObjectStore>, path: &Path, limits: &Limits) -> Result<Slide> {
    let parsed = read(store.clone(), path, limits).await;
    #[cfg(feature = "openslide")]
    let parsed = match parsed {
        Err(
            refused @ (SlideError::UnknownFormat
            | SlideError::UnsupportedLayout { .. }
            | SlideError::UnsupportedCodec { .. }),
        ) => crate::openslide::read(store, path, limits, refused).await,
        known => known,
    };
    let Parsed { origin, header, tables } = parsed?;
    Ok(Slide(Arc::new(Inner { origin, header, tables, limits: limits.clone() })))
}

async fn read(store: Arc<dyn ObjectStore>, path: &Path, limits: &Limits) -> Result<Parsed> {
    let source = Source::open(store.clone(), path.clone()).await?;
    match tiff::sniff(&source, limits).await? {
        true => tiff::read(source, limits).await,
        false if dicom::sniff(&source, limits).await? => dicom::read(store, path, source, limits).await,
        false => Err(SlideError::UnknownFormat),
    }
}

impl Slide {
    /// What the header says.
    #[must_use]
    pub fn header(&self) -> &SlideHeader {
        &self.0.header
    }

    /// One level, 0 the finest.
    ///
    /// # Errors
    /// [`SlideError::OutOfRange`] if there is no such level.
    pub fn level(&self, level: usize) -> Result<&Level> {
        let levels = &self.0.header.levels;
        levels.get(level).ok_or(SlideError::OutOfRange { what: "level", have: levels.len() as u64 })
    }

    fn table(&self, level: usize) -> Result<(&Level, &TileTable)> {
        let found = self.level(level)?;
        let have = self.0.tables.len() as u64;
        Ok((found, self.0.tables.get(level).ok_or(SlideError::OutOfRange { what: "level", have })?))
    }

    /// Compressed bytes of a rectangle of stored tiles, without reading them: for memory budgets.
    ///
    /// # Errors
    /// [`SlideError::OutOfRange`].
    pub fn stored_bytes(&self, level: usize, rows: Range<u32>, columns: Range<u32>) -> Result<u64> {
        Ok(self.places(level, rows, columns)?.iter().map(|(_, _, place)| u64::from(place.length)).sum())
    }

    fn places(&self, level: usize, rows: Range<u32>, columns: Range<u32>) -> Result<Vec<(u32, u32, Place)>> {
        let (found, table) = self.table(level)?;
        if rows.end > found.rows {
            return Err(SlideError::OutOfRange { what: "stored-tile row", have: u64::from(found.rows) });
        }
        if columns.end > found.columns {
            return Err(SlideError::OutOfRange { what: "stored-tile column", have: u64::from(found.columns) });
        }
        let at = |row: u32, column: u32| row as usize * found.columns as usize + column as usize;
        Ok(rows
            .flat_map(|row| columns.clone().map(move |column| (row, column)))
            .map(|(row, column)| (row, column, table.places.get(at(row, column)).copied().unwrap_or_default()))
            .collect())
    }

    /// Reads the compressed tiles of a rectangle; near ones come in one request.
    ///
    /// # Errors
    /// [`SlideError::OutOfRange`], [`SlideError::Store`], and [`SlideError::AbsurdDimensions`] beyond `limits.fetch_bytes`.
    pub async fn fetch(&self, level: usize, rows: Range<u32>, columns: Range<u32>) -> Result<StoredTiles> {
        let places = self.places(level, rows, columns)?;
        self.fetch_places(level, &places).await
    }

    /// Reads the listed tiles, each `(column, row)`, in the order given: for a band of which only some tiles hold tissue.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn fetch_tiles(&self, level: usize, tiles: &[(u32, u32)]) -> Result<StoredTiles> {
        let mut places = Vec::with_capacity(tiles.len());
        for &(column, row) in tiles {
            places.extend(self.places(level, row..row.saturating_add(1), column..column.saturating_add(1))?);
        }
        self.fetch_places(level, &places).await
    }

    async fn fetch_places(&self, level: usize, places: &[(u32, u32, Place)]) -> Result<StoredTiles> {
        let total = places.iter().map(|(_, _, place)| u64::from(place.length)).sum();
        within("sum of the compressed tiles of one fetch", total, self.0.limits.fetch_bytes)?;
        let tiles: Vec<StoredTile> =
            places.iter().map(|&(row, column, _)| StoredTile { column, row, bytes: None }).collect();
        let tiles = match &self.0.origin {
            Origin::Objects(sources) => self.read_ranges(sources, level, places, tiles).await?,
            #[cfg(feature = "openslide")]
            Origin::OpenSlide(regions) => regions.fill(level, self.level(level)?.downsample, tiles).await?,
        };
        Ok(StoredTiles { level, tiles })
    }

    async fn read_ranges(
        &self,
        sources: &[Source],
        level: usize,
        places: &[(u32, u32, Place)],
        mut tiles: Vec<StoredTile>,
    ) -> Result<Vec<StoredTile>> {
        let framing = self.table(level)?.1.framing;
        for (number, source) in sources.iter().enumerate() {
            let (indices, ranges): (Vec<usize>, Vec<Range<u64>>) = places
                .iter()
                .enumerate()
                .filter(|(_, (_, _, place))| place.source as usize == number && place.length > 0)
                .map(|(index, (_, _, place))| (index, place.offset..place.offset + u64::from(place.length)))
                .unzip();
            if ranges.is_empty() {
                continue;
            }
            for (index, bytes) in indices.into_iter().zip(source.read_all(&ranges).await?) {
                let tile = &mut tiles[index];
                tile.bytes = Some(unwrapped(framing, bytes, level, tile)?);
            }
        }
        Ok(tiles)
    }

    /// Decodes one stored tile to interleaved RGB at `1/scale` of its size. A tile that is absent becomes white.
    ///
    /// Runs on the calling thread and keeps one decompressor a thread. The result is `tile_width / scale` by
    /// `tile_height / scale` pixels, padding beyond the edge of the level included.
    ///
    /// # Errors
    /// [`SlideError::BadTile`] if the bytes do not decode, [`SlideError::OutOfRange`] if the scale does not divide the tile.
    pub fn decode(&self, level: usize, tile: &StoredTile, scale: DecodeScale, out: &mut RgbBuffer) -> Result<()> {
        let (found, table) = self.table(level)?;
        let factor = scale.factor();
        if !scale.divides(found) {
            return Err(SlideError::OutOfRange { what: "decode scale", have: 1 });
        }
        out.resize(found.tile_width / factor, found.tile_height / factor);
        let Some(bytes) = &tile.bytes else {
            out.pixels.fill(255);
            return Ok(());
        };
        let target = Target { tile_width: found.tile_width, tile_height: found.tile_height, scale };
        codec::decode(&table.coding, bytes, &target, out).map_err(|reason| SlideError::BadTile {
            level,
            column: tile.column,
            row: tile.row,
            reason,
        })
    }

    /// What is needed to store this level's tiles elsewhere byte for byte: the shared JPEG tables and the colour space.
    ///
    /// # Errors
    /// [`SlideError::UnsupportedCodec`] if the level is not JPEG, [`SlideError::OutOfRange`].
    pub fn jpeg_profile(&self, level: usize) -> Result<JpegProfile> {
        let (found, table) = self.table(level)?;
        match (&table.coding, found.codec) {
            (Coding::Jpeg(jpeg), Codec::Jpeg) => Ok(JpegProfile {
                tables: jpeg.tables.clone(),
                ycbcr: jpeg.ycbcr,
                subsampling: jpeg.subsampling,
                tile_width: found.tile_width,
                tile_height: found.tile_height,
            }),
            _ => Err(SlideError::UnsupportedCodec { codec: format!("{:?} (JPEG is needed here)", found.codec) }),
        }
    }
}

/// What all JPEG tiles of a level share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpegProfile {
    /// The `JPEGTables` tag (an abbreviated stream of tables), where the tiles do not carry their own.
    pub tables: Option<Bytes>,
    /// Whether the coded components are YCbCr; RGB otherwise.
    pub ycbcr: bool,
    /// Chroma subsampling, horizontally and vertically, as the header states it.
    pub subsampling: (u16, u16),
    /// Width of a stored tile in pixels.
    pub tile_width: u32,
    /// Height of a stored tile in pixels.
    pub tile_height: u32,
}

fn unwrapped(framing: Framing, bytes: Bytes, level: usize, tile: &StoredTile) -> Result<Bytes> {
    match framing {
        Framing::Bare => Ok(bytes),
        Framing::DicomItems => dicom::join_items(&bytes).ok_or_else(|| SlideError::BadTile {
            level,
            column: tile.column,
            row: tile.row,
            reason: "frame is not a sequence of items".to_owned(),
        }),
    }
}
