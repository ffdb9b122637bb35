//! Tiles a CPU-second from a slide on disk: fetch and decode through this crate, the same with encoder tiles cut out, and
//! libjpeg-turbo alone on the same tiles in memory. Prints one JSON object; `benches/run` calls it beside the peers.
//!
//! `cargo bench -p renkei-slide --bench read -- SLIDE`, a JPEG slide whose stored tiles carry their own tables.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use renkei_slide::{DecodeScale, Limits, Reading, Region, RgbBuffer, Slide, StoredTiles, TileGrid, open};
use turbojpeg::{Decompressor, Image, PixelFormat};

/// Side of the encoder's tiles; their stride is the stored tiles' width.
const ENCODER_PX: u32 = 224;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).ok_or("use: read SLIDE")?;
    let path = object_store::path::Path::from_absolute_path(Path::new(&path).canonicalize()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let slide = runtime.block_on(open(Arc::new(LocalFileSystem::new()), &path, &Limits::default()))?;
    let (columns, rows) = (slide.level(0)?.columns, slide.level(0)?.rows);
    let stored = runtime.block_on(slide.fetch(0, 0..rows, 0..columns))?;
    let count = f64::from(columns) * f64::from(rows);
    let alone = count / cpu_seconds(|| turbojpeg_alone(&stored))?;
    let read = count / cpu_seconds(|| runtime.block_on(fetch_and_decode(&slide)))?;
    let cut = count / cpu_seconds(|| runtime.block_on(fetch_decode_and_cut(&slide)))?;
    println!(r#"{{"alone": {alone:.1}, "read": {read:.1}, "cut": {cut:.1}}}"#);
    Ok(())
}

/// Kernel and user time of this process, all threads (proc(5), fields 14 and 15, in hundredths of a second).
fn cpu_seconds(work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let now = || -> Outcome<f64> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
    };
    let start = now()?;
    work()?;
    Ok(now()? - start)
}

fn turbojpeg_alone(stored: &StoredTiles) -> Outcome<()> {
    let mut decompressor = Decompressor::new()?;
    let mut pixels = Vec::new();
    for tile in stored.tiles.iter().filter_map(|tile| tile.bytes.as_ref()) {
        let header = decompressor.read_header(tile)?;
        let (width, height, pitch) = (header.width, header.height, header.width * 3);
        pixels.resize(pitch * height, 0);
        decompressor
            .decompress(tile, Image { pixels: &mut pixels[..], width, pitch, height, format: PixelFormat::RGB })?;
        black_box(&pixels);
    }
    Ok(())
}

async fn row(slide: &Slide, row: u32) -> Outcome<StoredTiles> {
    Ok(slide.fetch(0, row..row + 1, 0..slide.level(0)?.columns).await?)
}

async fn fetch_and_decode(slide: &Slide) -> Outcome<()> {
    let mut buffer = RgbBuffer::default();
    for number in 0..slide.level(0)?.rows {
        for tile in &row(slide, number).await?.tiles {
            slide.decode(0, tile, DecodeScale::Full, &mut buffer)?;
            black_box(&buffer);
        }
    }
    Ok(())
}

async fn fetch_decode_and_cut(slide: &Slide) -> Outcome<()> {
    let reading = Reading { level: 0, decode_scale: DecodeScale::Full, resample: None };
    let grid = TileGrid::new(slide.level(0)?, &reading, ENCODER_PX, slide.level(0)?.tile_width)?;
    let mut region = Region::new(&grid);
    let mut out = vec![0; (ENCODER_PX * ENCODER_PX * 3) as usize];
    for number in 0..grid.rows() {
        for tile in &row(slide, number).await?.tiles {
            let mut buffer = region.spare();
            slide.decode(0, tile, DecodeScale::Full, &mut buffer)?;
            region.place(tile.column, tile.row, buffer);
        }
        for cell in grid.cells(number) {
            region.tile(cell, &mut out)?;
            black_box(&out);
        }
        region.retire_above(number + 1);
    }
    Ok(())
}
