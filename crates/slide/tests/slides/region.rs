//! Encoder tiles cut from decoded stored tiles.

use crate::common::{block, fixture};
use renkei_domain::UmPerPx;
use renkei_slide::{Cell, DecodeScale, Reading, Region, RgbBuffer, Slide, SlideError, TileGrid, choose_level};

const NATIVE: Reading = Reading { level: 0, decode_scale: DecodeScale::Full, resample: None };

fn decode_into(region: &mut Region, slide: &Slide, reading: &Reading, cells: &[Cell]) -> usize {
    let missing = region.missing(cells.iter().copied());
    let stored = block(slide.fetch_tiles(reading.level, &missing)).unwrap();
    for tile in &stored.tiles {
        let mut buffer = region.spare();
        slide.decode(reading.level, tile, reading.decode_scale, &mut buffer).unwrap();
        region.place(tile.column, tile.row, buffer);
    }
    missing.len()
}

#[test]
fn tiles_hold_the_pixels_under_them_and_stored_tiles_are_decoded_once() {
    let slide = fixture("uncompressed.tif").unwrap();
    let level = slide.level(0).unwrap();
    let grid = TileGrid::new(level, &NATIVE, 20, 24).unwrap();
    let mut region = Region::new(&grid);
    let mut decoded = 0;
    let mut out = vec![0; 20 * 20 * 3];
    for row in 0..grid.rows() {
        region.retire_above(grid.row_band(row).start);
        let cells: Vec<Cell> = grid.cells(row).collect();
        decoded += decode_into(&mut region, &slide, &NATIVE, &cells);
        for cell in cells {
            region.tile(cell, &mut out).unwrap();
            for (i, pixel) in (0..).zip(out.chunks_exact(3)) {
                let (x, y) = (24 * cell.column + 2 + i % 20, 24 * cell.row + 2 + i / 20);
                assert_eq!(pixel, [(2 * x + y) as u8, (x + 3 * y) as u8, (x * y / 8) as u8], "{x}, {y}");
            }
        }
    }
    assert_eq!(decoded, (level.columns * level.rows.min(2)) as usize);
    assert!(region.byte_size() <= u64::from(level.columns) * 64 * 48 * 3, "{}", region.byte_size());
}

#[test]
fn what_lies_left_and_above_is_given_back_and_nothing_else() {
    let slide = fixture("uncompressed.tif").unwrap();
    let grid = TileGrid::new(slide.level(0).unwrap(), &NATIVE, 20, 24).unwrap();
    let mut region = Region::new(&grid);
    for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        region.place(column, row, RgbBuffer::default());
    }
    let placed = |region: &Region| {
        let all = [Cell { column: 0, row: 0 }, Cell { column: grid.columns() - 1, row: grid.rows() - 1 }];
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
        let missing = region.missing(grid.cells(0).chain(grid.cells(grid.rows() - 1)).chain(all));
        corners.map(|corner| !missing.contains(&corner))
    };
    region.retire_left_above(0, 2);
    assert_eq!(placed(&region), [true, true, true, true], "nothing lies left of the first column");
    region.retire_left_above(1, 1);
    assert_eq!(placed(&region), [false, true, true, true], "only what is both left and above goes");
    region.retire_left_above(2, 2);
    assert_eq!(placed(&region), [false, false, false, false]);
}

#[test]
fn resampling_keeps_places_and_means() {
    let slide = fixture("uncompressed.tif").unwrap();
    let level = slide.level(0).unwrap();
    let um = |v| UmPerPx::new(v).unwrap();
    let reading = choose_level(&slide.header().levels, Some(um(0.5)), um(0.75), 0.05).unwrap();
    assert_eq!(reading.resample, Some(1.5));
    let grid = TileGrid::new(level, &reading, 8, 10).unwrap();
    let mut region = Region::new(&grid);
    let cell = Cell { row: 1, column: 1 };
    decode_into(&mut region, &slide, &reading, &[cell]);
    let mut out = vec![0; 8 * 8 * 3];
    region.tile(cell, &mut out).unwrap();
    for (i, pixel) in (0..).zip(out.chunks_exact(3)) {
        // Centre of the encoder pixel in pixels of the level; the formula's first two channels are linear here.
        let at = |column: u32, i: u32| f64::from(10 * column + 1 + i) * 1.5 + 0.75 - 0.5;
        let (x, y) = (at(1, i % 8), at(1, i / 8));
        assert!((f64::from(pixel[0]) - (2.0 * x + y)).abs() < 2.0, "{x}, {y}: {pixel:?}");
        assert!((f64::from(pixel[1]) - (x + 3.0 * y)).abs() < 2.0, "{x}, {y}: {pixel:?}");
    }
}

#[test]
fn a_stored_tile_that_did_not_decode_fails_its_cells_only() {
    let slide = fixture("uncompressed.tif").unwrap();
    let grid = TileGrid::new(slide.level(0).unwrap(), &NATIVE, 24, 24).unwrap();
    let mut region = Region::new(&grid);
    decode_into(&mut region, &slide, &NATIVE, &[Cell { row: 0, column: 0 }]);
    let mut out = vec![0; 24 * 24 * 3];
    assert!(region.tile(Cell { row: 0, column: 1 }, &mut out).is_ok());
    let beyond = region.tile(Cell { row: 0, column: 2 }, &mut out);
    assert!(matches!(beyond, Err(SlideError::BadTile { column: 1, row: 0, .. })));
    assert!(region.tile(Cell { row: 0, column: 0 }, &mut [0; 3]).is_err());
}

#[test]
fn scaled_tiles_shrink_and_absent_rows_are_refused() {
    let slide = fixture("uncompressed.tif").unwrap();
    let stored = block(slide.fetch(0, 0..1, 0..1)).unwrap();
    let mut buffer = RgbBuffer::default();
    slide.decode(0, &stored.tiles[0], DecodeScale::Eighth, &mut buffer).unwrap();
    assert_eq!((buffer.width, buffer.height), (8, 6));
    assert!(block(slide.fetch(0, 0..9, 0..1)).is_err());
}
