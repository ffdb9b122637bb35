//! Writes tiled TIFF and BigTIFF slides from JPEG tiles that are compressed already, as Aperio's scanners lay them out.

use std::io::{Seek, SeekFrom, Write};

use renkei_domain::UmPerPx;

use crate::error::{Result, SlideError};
use crate::slide::JpegProfile;

/// Which offsets a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TiffKind {
    /// 32 bits: files up to 4 GiB.
    Classic,
    /// 64 bits.
    Big,
}

/// Streams a slide to `out`: tiles go out as they come, directories at the end. Memory is 16 bytes a tile.
#[derive(Debug)]
pub struct TiledTiffWriter<W> {
    out: W,
    kind: TiffKind,
    um_per_px: Option<UmPerPx>,
    at: u64,
    levels: Vec<Written>,
}

/// A level whose tiles are out or on their way.
#[derive(Debug)]
struct Written {
    width: u32,
    height: u32,
    profile: JpegProfile,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
}

/// A directory entry's value; strings end in a zero.
enum Value {
    Short(Vec<u16>),
    Long(Vec<u32>),
    Offsets(Vec<u64>),
    Rational(u32, u32),
    Text(String),
    Bytes(Vec<u8>),
}

impl<W: Write + Seek> TiledTiffWriter<W> {
    /// Begins a file. `um_per_px` is the resolution of the first level.
    ///
    /// # Errors
    /// [`SlideError::Write`], as for all methods.
    pub fn new(mut out: W, kind: TiffKind, um_per_px: Option<UmPerPx>) -> Result<Self> {
        let header: &[u8] = match kind {
            TiffKind::Classic => b"II\x2a\0\0\0\0\0\0\0\0\0\0\0\0\0",
            TiffKind::Big => b"II\x2b\0\x08\0\0\0\0\0\0\0\0\0\0\0",
        };
        out.write_all(header).map_err(SlideError::Write)?;
        Ok(Self { out, kind, um_per_px, at: header.len() as u64, levels: Vec::new() })
    }

    /// Begins the next level, the finest first; its tiles follow in row order.
    pub fn level(&mut self, width: u32, height: u32, profile: &JpegProfile) {
        let profile = profile.clone();
        self.levels.push(Written { width, height, profile, offsets: Vec::new(), lengths: Vec::new() });
    }

    /// Writes the next tile of the level: a JPEG stream that goes with the level's tables, or nothing for a tile left out.
    ///
    /// # Errors
    /// [`SlideError::Write`], [`SlideError::TileOffsets`] before any level or beyond 4 GiB in a classic file.
    pub fn tile(&mut self, jpeg: &[u8]) -> Result<()> {
        let number = self.levels.len();
        let Some(level) = self.levels.last_mut() else {
            return Err(SlideError::TileOffsets { level: 0, reason: "a tile came before its level" });
        };
        if self.kind == TiffKind::Classic && self.at + jpeg.len() as u64 > u64::from(u32::MAX) {
            return Err(SlideError::TileOffsets { level: number - 1, reason: "more than 4 GiB need BigTIFF" });
        }
        self.out.write_all(jpeg).map_err(SlideError::Write)?;
        level.offsets.push(if jpeg.is_empty() { 0 } else { self.at });
        level.lengths.push(jpeg.len() as u64);
        self.at += jpeg.len() as u64;
        Ok(())
    }

    /// Writes the directories and returns the output.
    ///
    /// # Errors
    /// [`SlideError::Write`], [`SlideError::TileOffsets`] if a level has not all its tiles.
    pub fn finish(mut self) -> Result<W> {
        let mut link = if self.kind == TiffKind::Big { 8 } else { 4 };
        for (index, level) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            let (across, down) = (level.profile.tile_width, level.profile.tile_height);
            let tiles = u64::from(level.width.div_ceil(across)) * u64::from(level.height.div_ceil(down));
            if level.offsets.len() as u64 != tiles {
                return Err(SlideError::TileOffsets { level: index, reason: "not all its tiles were written" });
            }
            link = self.directory(link, entries(level, self.um_per_px.filter(|_| index == 0)))?;
        }
        self.out.flush().map_err(SlideError::Write)?;
        Ok(self.out)
    }

    /// Writes one directory after its values, points `link` at it, and returns where its own link lies.
    fn directory(&mut self, link: u64, entries: Vec<(u16, Value)>) -> Result<u64> {
        let big = self.kind == TiffKind::Big;
        let word = if big { 8 } else { 4 };
        let mut table = Vec::new();
        let count = entries.len() as u64;
        table.extend_from_slice(&count.to_le_bytes()[..if big { 8 } else { 2 }]);
        for (tag, value) in entries {
            let (kind, count, mut bytes) = value.encode(big);
            if bytes.len() > word {
                self.pad()?;
                let offset = self.at;
                self.put(&bytes)?;
                bytes = offset.to_le_bytes()[..word].to_vec();
            }
            bytes.resize(word, 0);
            table.extend(tag.to_le_bytes());
            table.extend(kind.to_le_bytes());
            table.extend_from_slice(&count.to_le_bytes()[..word]);
            table.extend(bytes);
        }
        self.pad()?;
        let start = self.at;
        let next = start + table.len() as u64;
        table.extend(vec![0; word]);
        self.put(&table)?;
        self.out.seek(SeekFrom::Start(link)).map_err(SlideError::Write)?;
        self.out.write_all(&start.to_le_bytes()[..word]).map_err(SlideError::Write)?;
        self.out.seek(SeekFrom::Start(self.at)).map_err(SlideError::Write)?;
        Ok(next)
    }

    fn pad(&mut self) -> Result<()> {
        let short = self.at.next_multiple_of(8) - self.at;
        self.put(&[0; 8][..short as usize])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(SlideError::Write)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// The entries of a level's directory, by tag number.
fn entries(level: Written, um_per_px: Option<UmPerPx>) -> Vec<(u16, Value)> {
    let Written { width, height, profile, offsets, lengths } = level;
    let (across, down) = (profile.tile_width, profile.tile_height);
    let mpp = um_per_px.map(|um| format!("|MPP = {}", um.get())).unwrap_or_default();
    let description =
        format!("Aperio Image Library (Renkei)\r\n{width}x{height} [0,0 {width}x{height}] ({across}x{down}) JPEG{mpp}");
    let mut entries = vec![
        (254, Value::Long(vec![0])),
        (256, Value::Long(vec![width])),
        (257, Value::Long(vec![height])),
        (258, Value::Short(vec![8, 8, 8])),
        (259, Value::Short(vec![7])),
        (262, Value::Short(vec![if profile.ycbcr { 6 } else { 2 }])),
        (270, Value::Text(description)),
        (277, Value::Short(vec![3])),
    ];
    if let Some(um) = um_per_px {
        // Pixels a centimetre, in thousandths.
        let density = (10_000_000.0 / um.get()).round() as u32;
        entries.extend([(282, Value::Rational(density, 1000)), (283, Value::Rational(density, 1000))]);
    }
    entries.push((284, Value::Short(vec![1])));
    if um_per_px.is_some() {
        entries.push((296, Value::Short(vec![3])));
    }
    entries.extend([
        (322, Value::Long(vec![across])),
        (323, Value::Long(vec![down])),
        (324, Value::Offsets(offsets)),
        (325, Value::Offsets(lengths)),
    ]);
    if let Some(tables) = profile.tables {
        entries.push((347, Value::Bytes(tables.to_vec())));
    }
    entries.push((530, Value::Short(vec![profile.subsampling.0, profile.subsampling.1])));
    entries
}

impl Value {
    /// Type number, count and bytes.
    fn encode(self, big: bool) -> (u16, u64, Vec<u8>) {
        match self {
            Self::Short(v) => (3, v.len() as u64, v.into_iter().flat_map(u16::to_le_bytes).collect()),
            Self::Long(v) => (4, v.len() as u64, v.into_iter().flat_map(u32::to_le_bytes).collect()),
            Self::Offsets(v) if big => (16, v.len() as u64, v.into_iter().flat_map(u64::to_le_bytes).collect()),
            // The writer keeps a classic file below 4 GiB.
            Self::Offsets(v) => (4, v.len() as u64, v.into_iter().flat_map(|v| (v as u32).to_le_bytes()).collect()),
            Self::Rational(above, below) => (5, 1, [above.to_le_bytes(), below.to_le_bytes()].concat()),
            Self::Text(text) => (2, text.len() as u64 + 1, [text.as_bytes(), &[0]].concat()),
            Self::Bytes(bytes) => (7, bytes.len() as u64, bytes),
        }
    }
}
