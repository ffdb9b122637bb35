//! Slides that only OpenSlide reads, through a staged copy (cargo feature `openslide`).
//!
//! `trestle.tif` is no scan: tifffile wrote it in Trestle's layout (overlapping tiles of 32 pixels, Deflate) from pixels
//! of CMU-1-Small-Region at 1010, 1383 with the low three bits cleared; level 1 is every second pixel.

use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use renkei_domain::ErrorKind;
use renkei_slide::{
    Cell, Codec, DecodeScale, Limits, Reading, Region, RgbBuffer, SlideError, SlideFormat, TileGrid, open,
};

use crate::common::{block, fixture, fixture_bytes, in_memory, pixels};

/// Width, height and CRC-32 of each level as openslide-python reads it (OpenSlide 3.4.1 and 4.0.1 alike).
const LEVELS: [(u32, u32, u32); 2] = [(320, 176, 0xd012_b506), (160, 88, 0xa990_91d7)];

/// The value of a tag's first entry in the first directory of the fixture.
fn set(file: &mut [u8], tag: u16, value: u16) {
    let start = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let entries = (0..30).map(|i| start + 2 + 12 * i);
    let at = entries.into_iter().find(|&at| file[at..at + 2] == tag.to_le_bytes()).unwrap();
    file[at + 8..at + 10].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn pixels_equal_openslide() {
    let slide = fixture("trestle.tif").unwrap();
    let header = slide.header();
    assert_eq!((header.format, header.levels.len()), (SlideFormat::OpenSlide, 2));
    assert_eq!(header.um_per_px.unwrap().get(), 0.5);
    assert_eq!(header.bytes, fixture_bytes("trestle.tif").len() as u64);
    for (level, (width, height, crc)) in LEVELS.into_iter().enumerate() {
        let found = slide.level(level).unwrap();
        assert_eq!((found.width, found.height, found.codec), (width, height, Codec::Uncompressed));
        assert_eq!(found.downsample, [1.0, 2.0][level]);
        let mut ours = flate2::Crc::new();
        ours.update(&pixels(&slide, level).unwrap().pixels);
        assert_eq!(ours.sum(), crc, "level {level}");
    }
}

#[test]
fn the_digest_is_of_the_bytes() {
    let digest = |bytes| in_memory(bytes, &Limits::default()).unwrap().header().digest;
    let mut other = fixture_bytes("trestle.tif");
    assert_eq!(digest(other.clone()), fixture("trestle.tif").unwrap().header().digest);
    other.push(0);
    assert_ne!(digest(other), fixture("trestle.tif").unwrap().header().digest);
}

#[test]
fn grid_region_and_thumbnail_work_as_for_any_slide() {
    let slide = fixture("trestle.tif").unwrap();
    let whole = pixels(&slide, 0).unwrap();
    let reading = Reading { level: 0, decode_scale: DecodeScale::Full, resample: None };
    let grid = TileGrid::new(slide.level(0).unwrap(), &reading, 160, 160).unwrap();
    let (cell, mut region) = (Cell { row: 0, column: 1 }, Region::new(&grid));
    let wanted = region.missing([cell]);
    assert_eq!(wanted, [(0, 0), (1, 0)]);
    for tile in &block(slide.fetch_tiles(0, &wanted)).unwrap().tiles {
        let mut decoded = RgbBuffer::default();
        slide.decode(0, tile, DecodeScale::Full, &mut decoded).unwrap();
        region.place(tile.column, tile.row, decoded);
    }
    let mut out = vec![0; 160 * 160 * 3];
    region.tile(cell, &mut out).unwrap();
    let rect = grid.rect(cell);
    let (left, top) = (rect.x as usize, rect.y as usize);
    let rows = (top..top + 160).map(|y| &whole.pixels[y * whole.stride() + left * 3..][..160 * 3]);
    assert!(rows.flatten().eq(&out));
    let thumbnail = block(slide.thumbnail()).unwrap();
    assert_eq!((thumbnail.bad_tiles, &thumbnail.image), (0, &whole));
}

#[test]
fn a_bad_tile_fails_alone() {
    let mut file = fixture_bytes("trestle.tif");
    let first = file.windows(2).position(|pair| pair == [0x78, 0xda]).unwrap();
    file[first..first + 64].fill(0xff);
    let slide = in_memory(file, &Limits::default()).unwrap();
    let tiles = block(slide.fetch(0, 0..1, 0..2)).unwrap().tiles;
    let mut out = RgbBuffer::default();
    let error = slide.decode(0, &tiles[0], DecodeScale::Full, &mut out).unwrap_err();
    assert!(matches!(error, SlideError::BadTile { level: 0, column: 0, row: 0, .. }), "{error}");
    slide.decode(0, &tiles[1], DecodeScale::Full, &mut out).unwrap();
    let sound = fixture("trestle.tif").unwrap();
    assert_eq!(tiles[1], block(sound.fetch(0, 0..1, 1..2)).unwrap().tiles[0]);
}

#[test]
fn broken_and_oversized_slides_are_refused_with_typed_errors() {
    let mut file = fixture_bytes("trestle.tif");
    set(&mut file, 259, 9999);
    let error = in_memory(file, &Limits::default()).unwrap_err();
    assert!(matches!(error, SlideError::OpenSlide { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Data);
    let little = Limits { staged_bytes: 1000, ..Limits::default() };
    let error = in_memory(fixture_bytes("trestle.tif"), &little).unwrap_err();
    assert!(matches!(error, SlideError::AbsurdDimensions { limit: 1000, .. }), "{error}");
    let narrow = Limits { side: 319, ..Limits::default() };
    let error = in_memory(fixture_bytes("trestle.tif"), &narrow).unwrap_err();
    assert!(matches!(error, SlideError::AbsurdDimensions { value: 320, limit: 319, .. }), "{error}");
}

/// Opens a MIRAX slide whose folder holds one file.
fn mirax(name: &str, text: &str) -> SlideError {
    let store = InMemory::new();
    block(store.put(&Path::from("a/case.mrxs"), vec![0xff, 0xd8, 0xff].into())).unwrap();
    block(store.put(&Path::from(format!("a/case/{name}")), text.to_owned().into())).unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    block(open(store, &Path::from("a/case.mrxs"), &Limits::default())).unwrap_err()
}

#[test]
fn a_mirax_slide_is_staged_with_its_folder_and_cannot_reach_out_of_it() {
    let reason = |error| match error {
        SlideError::OpenSlide { reason } => reason,
        other => panic!("{other}"),
    };
    assert!(reason(mirax("Index.dat", "")).contains("no Slidedat.ini"));
    for outside in ["INDEXFILE = ../Index.dat", "FILE_0=/data/other.dat", " FILE_7 =..\\x.dat"] {
        assert!(reason(mirax("Slidedat.ini", &format!("[DATAFILE]\n{outside}\n"))).contains("outside"), "{outside}");
    }
    let plain = mirax("Slidedat.ini", "[GENERAL]\nSLIDE_VERSION=1\n[HIERARCHICAL]\nINDEXFILE=Index.dat\n");
    assert!(reason(plain).contains("structure"));
}
