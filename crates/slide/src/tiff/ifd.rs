//! TIFF 6.0 and BigTIFF directories: entries are read whole, values only when asked for and never beyond the limits.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::error::{Result, SlideError};
use crate::limits::within;
use crate::source::HeaderReader;

/// Numbers of the tags that are read; all others stay unread.
pub(super) mod tag {
    pub(crate) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(crate) const IMAGE_WIDTH: u16 = 256;
    pub(crate) const IMAGE_LENGTH: u16 = 257;
    pub(crate) const BITS_PER_SAMPLE: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const IMAGE_DESCRIPTION: u16 = 270;
    pub(crate) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(crate) const X_RESOLUTION: u16 = 282;
    pub(crate) const Y_RESOLUTION: u16 = 283;
    pub(crate) const PLANAR_CONFIGURATION: u16 = 284;
    pub(crate) const RESOLUTION_UNIT: u16 = 296;
    pub(crate) const SOFTWARE: u16 = 305;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_LENGTH: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
    pub(crate) const SUB_IFDS: u16 = 330;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;
    pub(crate) const JPEG_TABLES: u16 = 347;
    pub(crate) const YCBCR_SUBSAMPLING: u16 = 530;
}

/// Most values of a tag that is no tile table.
const FEW: u64 = 1024;

/// Byte order and offset width of one file, and the directories already seen.
pub(super) struct Tiff {
    little: bool,
    big: bool,
    first: u64,
    seen: BTreeSet<u64>,
}

/// One directory: where each value lies.
#[derive(Debug, Clone)]
pub(super) struct Directory(BTreeMap<u16, Entry>);

#[derive(Debug, Clone)]
struct Entry {
    kind: u16,
    count: u64,
    /// The value itself if it fits, else its offset.
    field: Bytes,
}

impl Tiff {
    pub(super) async fn open(reader: &mut HeaderReader<'_>) -> Result<Self> {
        let magic = reader.read("TIFF header", 0, 8).await?;
        let mut tiff = Self { little: magic[0] == b'I', big: false, first: 0, seen: BTreeSet::new() };
        tiff.big = tiff.uint(&magic[2..4]) == 43;
        tiff.first = if tiff.big {
            if tiff.uint(&magic[4..6]) != 8 || tiff.uint(&magic[6..8]) != 0 {
                return Err(SlideError::MalformedTiff { reason: "BigTIFF header has another offset size than 8" });
            }
            tiff.uint(&reader.read("BigTIFF header", 8, 8).await?)
        } else {
            tiff.uint(&magic[4..8])
        };
        Ok(tiff)
    }

    fn uint(&self, bytes: &[u8]) -> u64 {
        let join = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        if self.little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) }
    }

    /// The chain of main directories.
    pub(super) async fn directories(&mut self, reader: &mut HeaderReader<'_>) -> Result<Vec<Directory>> {
        let mut found = Vec::new();
        let mut next = self.first;
        while next != 0 {
            let (directory, after) = self.directory(reader, next).await?;
            found.push(directory);
            next = after;
        }
        Ok(found)
    }

    /// The directories that `directory` names as its sub-directories (TIFF Technical Note 1), without their chains.
    pub(super) async fn children(
        &mut self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
    ) -> Result<Vec<Directory>> {
        let mut found = Vec::new();
        for offset in self.uints(reader, directory, tag::SUB_IFDS).await?.unwrap_or_default() {
            found.push(self.directory(reader, offset).await?.0);
        }
        Ok(found)
    }

    async fn directory(&mut self, reader: &mut HeaderReader<'_>, offset: u64) -> Result<(Directory, u64)> {
        if !self.seen.insert(offset) {
            return Err(SlideError::MalformedTiff { reason: "directories form a loop" });
        }
        within("number of image directories", self.seen.len() as u64, reader.limits().directories)?;
        let (count_size, entry_size, word) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.uint(&reader.read("TIFF directory", offset, count_size).await?);
        within("number of directory entries", count, reader.limits().entries)?;
        let body = reader.read("TIFF directory", offset + count_size, count * entry_size + word as u64).await?;
        let mut entries = BTreeMap::new();
        for at in (0..count).map(|i| (i * entry_size) as usize) {
            let entry = Entry {
                kind: self.uint(&body[at + 2..at + 4]) as u16,
                count: self.uint(&body[at + 4..at + 4 + word]),
                field: body.slice(at + 4 + word..at + entry_size as usize),
            };
            entries.insert(self.uint(&body[at..at + 2]) as u16, entry);
        }
        let next = self.uint(&body[(count * entry_size) as usize..]);
        Ok((Directory(entries), next))
    }

    async fn value(&self, reader: &mut HeaderReader<'_>, entry: &Entry, size: u64) -> Result<Bytes> {
        let length = entry.count.saturating_mul(size);
        within("size of a header value", length, reader.limits().value_bytes)?;
        if length <= entry.field.len() as u64 {
            Ok(entry.field.slice(..length as usize))
        } else {
            reader.read("header value", self.uint(&entry.field), length).await
        }
    }

    /// All whole numbers of a tag that holds few.
    pub(super) async fn uints(
        &self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<Vec<u64>>> {
        let Some(entry) = directory.0.get(&tag) else { return Ok(None) };
        within("number of values of a tag", entry.count, FEW)?;
        self.numbers(reader, entry).await.map(Some)
    }

    /// The whole numbers of a tag that must hold `count`; `None` if it holds another number of them, which stay unread.
    pub(super) async fn table(
        &self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
        tag: u16,
        count: usize,
    ) -> Result<Option<Vec<u64>>> {
        match directory.0.get(&tag) {
            Some(entry) if entry.count == count as u64 => self.numbers(reader, entry).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn numbers(&self, reader: &mut HeaderReader<'_>, entry: &Entry) -> Result<Vec<u64>> {
        let size = match entry.kind {
            1 | 7 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return Err(SlideError::MalformedTiff { reason: "a tag that holds whole numbers has another type" }),
        };
        let bytes = self.value(reader, entry, size).await?;
        Ok(bytes.chunks_exact(size as usize).map(|chunk| self.uint(chunk)).collect())
    }

    /// The first whole number of a tag.
    pub(super) async fn uint_of(
        &self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<u64>> {
        Ok(self.uints(reader, directory, tag).await?.and_then(|values| values.first().copied()))
    }

    /// The bytes of a tag, whatever its type.
    pub(super) async fn bytes(
        &self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<Bytes>> {
        match directory.0.get(&tag) {
            Some(entry) if matches!(entry.kind, 1 | 2 | 7) => self.value(reader, entry, 1).await.map(Some),
            _ => Ok(None),
        }
    }

    /// The first number of a tag of rationals; `None` also for a zero denominator or another type.
    pub(super) async fn rational(
        &self,
        reader: &mut HeaderReader<'_>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<f64>> {
        let Some(entry) = directory.0.get(&tag).filter(|entry| entry.kind == 5 && entry.count > 0) else {
            return Ok(None);
        };
        let bytes = self.value(reader, entry, 8).await?;
        let (above, below) = (self.uint(&bytes[..4]), self.uint(&bytes[4..8]));
        Ok((below != 0).then(|| above as f64 / below as f64))
    }
}

impl Directory {
    pub(super) fn has(&self, tag: u16) -> bool {
        self.0.contains_key(&tag)
    }
}
