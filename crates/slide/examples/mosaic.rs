//! Writes a slide of any size from the stored tiles of a JPEG slide, byte for byte, tile after tile: for benches of memory.
//!
//! `cargo run --release -p renkei-slide --example mosaic -- IN.svs SIDE_PIXELS OUT.tif`

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use renkei_slide::write::{TiffKind, TiledTiffWriter};
use renkei_slide::{Limits, Slide, open};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, side, to] = &arguments[..] else { return Err("use: mosaic IN.svs SIDE_PIXELS OUT.tif".into()) };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let path = object_store::path::Path::from_absolute_path(Path::new(from).canonicalize()?)?;
    let slide = runtime.block_on(open(Arc::new(LocalFileSystem::new()), &path, &Limits::default()))?;
    let tiles = runtime.block_on(whole_tiles(&slide))?;
    write(&slide, &tiles, side.parse()?, Path::new(to))
}

/// The compressed tiles of the finest level that no edge cuts.
async fn whole_tiles(slide: &Slide) -> Outcome<Vec<Bytes>> {
    let level = slide.level(0)?;
    let (columns, rows) = (level.width / level.tile_width, level.height / level.tile_height);
    Ok(slide.fetch(0, 0..rows, 0..columns).await?.tiles.into_iter().filter_map(|tile| tile.bytes).collect())
}

fn write(slide: &Slide, tiles: &[Bytes], side: u32, to: &Path) -> Outcome<()> {
    let profile = slide.jpeg_profile(0)?;
    let out = BufWriter::new(File::create(to)?);
    let mut writer = TiledTiffWriter::new(out, TiffKind::Big, slide.header().um_per_px)?;
    writer.level(side, side, &profile);
    let count = side.div_ceil(profile.tile_width) as usize * side.div_ceil(profile.tile_height) as usize;
    for tile in tiles.iter().cycle().take(count) {
        writer.tile(tile)?;
    }
    writer.finish()?;
    Ok(())
}
