//! Slides that are broken or want to break the reader: typed errors, no panic, no allocation beyond the limits.

use crate::common::{block, fixture_bytes, in_memory, pixels, svs};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use renkei_domain::UmPerPx;
use renkei_slide::write::TiffKind;
use renkei_slide::{DecodeScale, Limits, RgbBuffer, SlideError, choose_level};

/// Offset of the value field of a tag in the first directory of a little-endian classic TIFF.
fn field(file: &[u8], tag: u16) -> usize {
    let start = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let count = u16::from_le_bytes(file[start..start + 2].try_into().unwrap());
    let entries = (0..usize::from(count)).map(|i| start + 2 + 12 * i);
    8 + entries.into_iter().find(|&at| file[at..at + 2] == tag.to_le_bytes()).unwrap()
}

/// Offset of the `index`th number of a table of 32-bit numbers.
fn entry(file: &[u8], tag: u16, index: usize) -> usize {
    let at = field(file, tag);
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize + 4 * index
}

fn number(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(file[at..at + 4].try_into().unwrap())
}

fn patched(change: impl Fn(&mut Vec<u8>)) -> Result<renkei_slide::Slide, SlideError> {
    let mut file = svs(TiffKind::Classic, true);
    change(&mut file);
    in_memory(file, &Limits::default())
}

fn put(file: &mut [u8], at: usize, value: u32) {
    file[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn set_value(file: &mut [u8], tag: u16, value: u32) {
    let at = field(file, tag);
    put(file, at, value);
}

fn set_count(file: &mut [u8], tag: u16, count: u32) {
    let at = field(file, tag) - 4;
    put(file, at, count);
}

fn set_entry(file: &mut [u8], tag: u16, index: usize, value: u32) {
    let at = entry(file, tag, index);
    put(file, at, value);
}

#[test]
fn absurd_dimensions_are_refused() {
    for tag in [256, 257, 322, 323] {
        for value in [0, u32::MAX, 1 << 22] {
            let error = patched(|file| set_value(file, tag, value)).unwrap_err();
            assert!(matches!(error, SlideError::AbsurdDimensions { .. }), "tag {tag}: {error}");
        }
    }
    let few = Limits { tiles: 11, ..Limits::default() };
    let error = in_memory(svs(TiffKind::Classic, true), &few).unwrap_err();
    assert!(matches!(error, SlideError::AbsurdDimensions { what: "number of stored tiles", value: 12, limit: 11 }));
}

#[test]
fn tables_that_point_nowhere_or_twice_are_refused() {
    let outside = patched(|file| set_entry(file, 324, 3, 0x7fff_ffff)).unwrap_err();
    assert!(matches!(&outside, SlideError::TileOffsets { reason, .. } if reason.contains("outside")), "{outside}");
    let overlap = patched(|file| {
        let first = number(file, entry(file, 324, 0));
        set_entry(file, 324, 1, first + 1);
    })
    .unwrap_err();
    assert!(matches!(&overlap, SlideError::TileOffsets { reason, .. } if reason.contains("overlap")), "{overlap}");
    let empty = patched(|file| (0..12).for_each(|i| set_entry(file, 325, i, 0))).unwrap_err();
    assert!(matches!(&empty, SlideError::TileOffsets { reason, .. } if reason.contains("zero length")), "{empty}");
    let unplaced = patched(|file| set_entry(file, 324, 0, 0)).unwrap_err();
    assert!(matches!(unplaced, SlideError::TileOffsets { .. }), "{unplaced}");
    let short = patched(|file| set_count(file, 324, 11)).unwrap_err();
    assert!(matches!(short, SlideError::TileOffsets { .. }), "{short}");
    let huge = patched(|file| set_count(file, 324, u32::MAX)).unwrap_err();
    assert!(matches!(huge, SlideError::TileOffsets { .. }), "{huge}");
    let text = patched(|file| set_count(file, 270, u32::MAX)).unwrap_err();
    assert!(matches!(text, SlideError::AbsurdDimensions { what: "size of a header value", .. }), "{text}");
}

#[test]
fn a_tile_of_zero_length_is_white_and_equal_tiles_may_be_shared() {
    let slide = patched(|file| {
        set_entry(file, 325, 5, 0);
        let (offset, length) = (number(file, entry(file, 324, 0)), number(file, entry(file, 325, 0)));
        set_entry(file, 324, 1, offset);
        set_entry(file, 325, 1, length);
    })
    .unwrap();
    let stored = block(slide.fetch(0, 0..2, 0..2)).unwrap();
    assert_eq!(stored.tiles[0].bytes, stored.tiles[1].bytes);
    let mut tile = RgbBuffer::default();
    slide.decode(0, &stored.tiles[3], DecodeScale::Half, &mut tile).unwrap();
    assert_eq!((tile.width, tile.height, tile.pixels), (32, 32, vec![255; 32 * 32 * 3]));
}

#[test]
fn directories_in_a_loop_are_refused() {
    let looped = patched(|file| {
        let start = number(file, 4);
        let count = u32::from(u16::from_le_bytes(file[start as usize..start as usize + 2].try_into().unwrap()));
        put(file, (start + 2 + 12 * count) as usize, start);
    });
    assert!(matches!(looped, Err(SlideError::MalformedTiff { .. })));
}

#[test]
fn a_missing_resolution_is_named_when_a_level_is_chosen() {
    let slide = in_memory(svs(TiffKind::Big, false), &Limits::default()).unwrap();
    let header = slide.header();
    let error = choose_level(&header.levels, header.um_per_px, UmPerPx::new(0.5).unwrap(), 0.1).unwrap_err();
    assert!(error.to_string().contains("um_per_px"), "{error}");
}

#[test]
fn a_bad_tile_fails_alone_and_says_where() {
    let slide = patched(|file| {
        let at = number(file, entry(file, 324, 6)) as usize;
        file[at..at + 40].fill(0);
    })
    .unwrap();
    let stored = block(slide.fetch(0, 0..3, 0..4)).unwrap();
    let mut tile = RgbBuffer::default();
    for held in &stored.tiles {
        match slide.decode(0, held, DecodeScale::Full, &mut tile) {
            Ok(()) => assert_ne!((held.column, held.row), (2, 1)),
            Err(SlideError::BadTile { level: 0, column: 2, row: 1, .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    for file in [svs(TiffKind::Classic, true), fixture_bytes("dicom_jpeg/level.dcm")] {
        for length in (0..file.len()).step_by(file.len() / 97) {
            let read = in_memory(file[..length].to_vec(), &Limits::default()).and_then(|slide| pixels(&slide, 0));
            assert!(read.is_err(), "{length} of {}", file.len());
        }
    }
}

#[test]
fn flipped_bits_neither_panic_nor_allocate() {
    let limits = Limits { side: 4096, tile_side: 256, tiles: 4096, value_bytes: 1 << 20, ..Limits::default() };
    let files = [
        svs(TiffKind::Classic, true),
        svs(TiffKind::Big, true),
        fixture_bytes("lzw_predictor_big_endian.tif"),
        fixture_bytes("deflate_predictor_bigtiff.tif"),
        fixture_bytes("jpeg2000_lossless.tif"),
        fixture_bytes("ome_subifds.tif"),
        fixture_bytes("dicom_jpeg/level.dcm"),
        fixture_bytes("dicom_sparse/level.dcm"),
    ];
    let before = peak_bytes();
    let mut outcomes = [0, 0];
    for (number, file) in files.iter().enumerate() {
        let mut random = ChaCha8Rng::seed_from_u64(number as u64);
        for _ in 0..300 {
            let mut broken = file.clone();
            for _ in 0..random.random_range(1..4) {
                // Half of the flips hit the structure: the first or the last kilobytes.
                let at = match random.random_range(0..4) {
                    0 => random.random_range(0..file.len().min(2048)),
                    1 => file.len() - 1 - random.random_range(0..file.len().min(2048)),
                    _ => random.random_range(0..file.len()),
                };
                broken[at] ^= 1 << random.random_range(0..8);
            }
            let read = in_memory(broken, &limits).and_then(|slide| {
                (0..slide.header().levels.len()).try_for_each(|level| pixels(&slide, level).map(drop))
            });
            outcomes[usize::from(read.is_err())] += 1;
        }
    }
    assert!(outcomes[0] > 100 && outcomes[1] > 100, "flips had no variety: {outcomes:?}");
    let grown = peak_bytes().saturating_sub(before);
    assert!(grown < 1 << 30, "address space grew by {grown} bytes");
}

/// Largest address space so far (proc(5), VmPeak); 0 where there is no /proc.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
