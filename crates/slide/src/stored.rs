//! Compressed tiles as they lie in the file, and decoded pixels.

use bytes::Bytes;
use renkei_domain::Digest;

/// One compressed tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTile {
    /// Column in the level.
    pub column: u32,
    /// Row in the level.
    pub row: u32,
    /// Compressed bytes; `None` for a tile the scanner left out, which decodes to white.
    pub bytes: Option<Bytes>,
}

/// Compressed tiles of one level, in row order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTiles {
    /// The level they belong to.
    pub level: usize,
    /// The tiles, row by row, each row from left to right.
    pub tiles: Vec<StoredTile>,
}

impl StoredTiles {
    /// Compressed bytes held.
    #[must_use]
    pub fn byte_size(&self) -> u64 {
        self.tiles.iter().filter_map(|tile| tile.bytes.as_ref()).map(|bytes| bytes.len() as u64).sum()
    }

    /// SHA-256 of the compressed bytes in order, each tile preceded by its length (absent tiles count as empty).
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of_parts(self.tiles.iter().map(|tile| tile.bytes.as_deref().unwrap_or_default()))
    }
}

/// Pixels as interleaved RGB, 8 bits, rows without padding. Reuse one buffer for many tiles: it keeps its memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RgbBuffer {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub pixels: Vec<u8>,
}

impl RgbBuffer {
    /// Bytes of one row.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.width as usize * 3
    }

    /// Takes a new size; what the pixels hold afterwards is unspecified.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        self.width = width;
        self.height = height;
        self.pixels.resize(width as usize * height as usize * 3, 0);
    }
}
