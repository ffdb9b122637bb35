//! Slides written from stored tiles, read back.

use std::io::Cursor;

use crate::common::{TILE, block, in_memory, jpeg_tile, pixels, profile, shared_slide, svs};
use renkei_domain::UmPerPx;
use renkei_slide::write::{TiffKind, TiledTiffWriter};
use renkei_slide::{Limits, SlideFormat, TissueMask};

#[test]
fn classic_and_big_files_hold_the_same_slide() {
    let [classic, big] = [TiffKind::Classic, TiffKind::Big].map(|kind| in_memory(svs(kind, true), &Limits::default()));
    let (classic, big) = (classic.unwrap(), big.unwrap());
    assert_eq!(classic.header().format, SlideFormat::AperioSvs);
    assert_eq!(classic.header().levels, big.header().levels);
    assert_eq!(big.header().um_per_px.unwrap().get(), 0.5);
    assert_ne!(classic.header().digest, big.header().digest);
    assert_eq!(pixels(&classic, 0).unwrap(), pixels(&big, 0).unwrap());
}

#[test]
fn tiles_copied_byte_for_byte_look_the_same() {
    let Some(slide) = shared_slide("cmu-1-small-region.svs") else { return };
    let slide = slide.unwrap();
    let level = slide.level(0).unwrap().clone();
    let stored = block(slide.fetch(0, 0..level.rows, 0..level.columns)).unwrap();
    let um = slide.header().um_per_px;
    let mut writer = TiledTiffWriter::new(Cursor::new(Vec::new()), TiffKind::Classic, um).unwrap();
    writer.level(level.width, level.height, &slide.jpeg_profile(0).unwrap());
    for tile in &stored.tiles {
        writer.tile(tile.bytes.as_deref().unwrap()).unwrap();
    }
    let copy = in_memory(writer.finish().unwrap().into_inner(), &Limits::default()).unwrap();
    assert_eq!(copy.header().um_per_px, um);
    assert_eq!(block(copy.fetch(0, 0..level.rows, 0..level.columns)).unwrap().sha256(), stored.sha256());
    assert_eq!(pixels(&copy, 0).unwrap(), pixels(&slide, 0).unwrap());
}

#[test]
fn a_level_must_have_all_its_tiles() {
    let mut writer = TiledTiffWriter::new(Cursor::new(Vec::new()), TiffKind::Classic, None).unwrap();
    assert!(writer.tile(b"early").is_err());
    writer.level(100, 100, &profile());
    writer.tile(&jpeg_tile([9; 3])).unwrap();
    assert!(writer.finish().is_err());
}

#[test]
fn levels_follow_one_another() {
    let mut writer = TiledTiffWriter::new(Cursor::new(Vec::new()), TiffKind::Big, UmPerPx::new(0.25).ok()).unwrap();
    for (width, height, tiles) in [(256, 128, 8), (128, 64, 2)] {
        writer.level(width, height, &profile());
        (0..tiles).for_each(|_| writer.tile(&jpeg_tile([180, 90, 150])).unwrap());
    }
    let slide = in_memory(writer.finish().unwrap().into_inner(), &Limits::default()).unwrap();
    let levels = &slide.header().levels;
    assert_eq!(levels.iter().map(|level| level.downsample).collect::<Vec<_>>(), [1.0, 2.0]);
    assert_eq!(slide.header().um_per_px.unwrap().get(), 0.25);
}

#[test]
fn the_thumbnail_of_a_vast_single_level_is_small() {
    let mut writer = TiledTiffWriter::new(Cursor::new(Vec::new()), TiffKind::Big, UmPerPx::new(0.25).ok()).unwrap();
    writer.level(50_000, 50_000, &profile());
    let tissue = jpeg_tile([180, 90, 150]);
    let side = 50_000u32.div_ceil(TILE);
    for i in 0..side * side {
        writer.tile(if i % side < side / 4 && i / side == 300 { &tissue } else { &[] }).unwrap();
    }
    let slide = in_memory(writer.finish().unwrap().into_inner(), &Limits::default()).unwrap();
    let thumbnail = block(slide.thumbnail()).unwrap();
    assert!((1024..=2048).contains(&thumbnail.image.width), "{}", thumbnail.image.width);
    let across = f64::from(thumbnail.image.width) * thumbnail.level0_px;
    assert!((across - 50_000.0).abs() < 2.0 * thumbnail.level0_px, "{across}");
    let mask = TissueMask::from_thumbnail(&thumbnail);
    let at = |x: f64| renkei_slide::Rect { x, y: 300.3 * 64.0, width: 32.0, height: 16.0 };
    assert_eq!((mask.fraction(at(6000.0)), mask.fraction(at(20_000.0))), (1.0, 0.0));
}
