//! Whole-slide images, read by byte range from any object store: levels, stored tiles, tissue, the encoder's tile grid.
//!
//! A slide is hostile input. Every size, count and offset is held against [`Limits`] before anything is allocated; a bad
//! tile fails its tile, a bad slide fails its slide. Labels and macro images are never decoded, and of a header only what
//! [`SlideHeader`] lists leaves this crate.
//!
//! I/O and CPU work are separate verbs, so that a caller can overlap them: [`open`], [`Slide::fetch`] are asynchronous;
//! [`Slide::decode`], [`Region`], [`TissueMask`] run where they are called.
//!
//! With the cargo feature `openslide`, formats that are not read here (MIRAX, NDPI, Leica, Philips, Sakura, Trestle,
//! Ventana) go through the C library OpenSlide on a copy in a temporary folder. It is off by default: a whole download,
//! and a parser in C that faces the same hostile input.

mod codec;
mod dicom;
mod error;
mod grid;
mod header;
mod lay;
mod limits;
#[cfg(feature = "openslide")]
mod openslide;
mod reading;
mod region;
mod slide;
mod source;
mod stored;
mod thumbnail;
mod tiff;
mod tissue;
pub mod write;

pub use error::{Result, SlideError};
pub use grid::{Band, Cell, Rect, TileGrid};
pub use header::{Codec, Level, SlideFormat, SlideHeader};
pub use lay::{GridWish, lay};
pub use limits::Limits;
pub use reading::{DecodeScale, Reading, choose_level};
pub use region::Region;
pub use slide::{JpegProfile, Slide, open};
pub use stored::{RgbBuffer, StoredTile, StoredTiles};
pub use thumbnail::{Thumbnail, ThumbnailBuilder};
pub use tissue::TissueMask;
