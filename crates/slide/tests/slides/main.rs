//! Slides from bytes to pixels: real ones, fixtures of every format, broken ones, written ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;
mod fixtures;
mod hostile;
mod openslide;
mod region;
#[cfg(feature = "openslide")]
mod staged;
mod write;
