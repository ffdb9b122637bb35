//! Tiles a CPU-second: libjpeg-turbo alone on tiles in memory, against fetch and decode through this crate, and against
//! the same with encoder tiles cut out. One process, the three in turn, several rounds; the median ratio is what counts.
//!
//! The slide is synthetic (value noise in haematoxylin and eosin colours), 256-px tiles, JPEG 4:2:2 at quality 80, about
//! 1.3 bits a pixel, as a 40x scanner writes. `cargo bench -p renkei-slide --bench read`

use std::hint::black_box;
use std::io::BufWriter;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use renkei_domain::UmPerPx;
use renkei_slide::write::{TiffKind, TiledTiffWriter};
use renkei_slide::{
    DecodeScale, JpegProfile, Limits, Reading, Region, RgbBuffer, Slide, StoredTiles, TileGrid, TissueMask, open,
};
use turbojpeg::{Compressor, Decompressor, Image, PixelFormat, Subsamp};

const TILE: u32 = 256;
const SIDE_TILES: u32 = 48;
const ROUNDS: usize = 7;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let tiles = write_slide(&folder.path().join("slide.svs"))?;
    let bytes: usize = tiles.iter().map(Vec::len).sum();
    let count = f64::from(SIDE_TILES * SIDE_TILES);
    println!("{count} tiles, {:.2} bits a pixel", bytes as f64 * 8.0 / count / f64::from(TILE * TILE));
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path())?);
    let slide = runtime.block_on(open(store, &"slide.svs".into(), &Limits::default()))?;
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        let alone = count / cpu_seconds(|| turbojpeg_alone(&tiles))?;
        let read = count / cpu_seconds(|| runtime.block_on(fetch_and_decode(&slide)))?;
        let cut = count / cpu_seconds(|| runtime.block_on(fetch_decode_and_cut(&slide)))?;
        if round > 0 {
            println!("turbojpeg alone {alone:.0}, fetch + decode {read:.0}, fetch + decode + cut {cut:.0} tiles/CPU-s");
            ratios[0].push(read / alone);
            ratios[1].push(cut / alone);
        }
    }
    let [read, cut] = ratios.map(median);
    println!("of turbojpeg alone: fetch + decode {:.1} %, with encoder tiles cut {:.1} %", 100.0 * read, 100.0 * cut);
    let thumbnail = runtime.block_on(slide.thumbnail())?;
    println!("tissue {:.2}", TissueMask::from_thumbnail(&thumbnail).coverage());
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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

fn turbojpeg_alone(tiles: &[Vec<u8>]) -> Outcome<()> {
    let mut decompressor = Decompressor::new()?;
    let mut pixels = vec![0; (TILE * TILE * 3) as usize];
    for tile in tiles {
        let header = decompressor.read_header(tile)?;
        let (width, height, pitch) = (header.width, header.height, header.width * 3);
        decompressor
            .decompress(tile, Image { pixels: &mut pixels[..], width, pitch, height, format: PixelFormat::RGB })?;
        black_box(&pixels);
    }
    Ok(())
}

async fn row(slide: &Slide, row: u32) -> Outcome<StoredTiles> {
    Ok(slide.fetch(0, row..row + 1, 0..SIDE_TILES).await?)
}

async fn fetch_and_decode(slide: &Slide) -> Outcome<()> {
    let mut buffer = RgbBuffer::default();
    for number in 0..SIDE_TILES {
        for tile in &row(slide, number).await?.tiles {
            slide.decode(0, tile, DecodeScale::Full, &mut buffer)?;
            black_box(&buffer);
        }
    }
    Ok(())
}

async fn fetch_decode_and_cut(slide: &Slide) -> Outcome<()> {
    let reading = Reading { level: 0, decode_scale: DecodeScale::Full, resample: None };
    let grid = TileGrid::new(slide.level(0)?, &reading, 224, TILE)?;
    let mut region = Region::new(&grid);
    let mut out = vec![0; 224 * 224 * 3];
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

fn write_slide(path: &std::path::Path) -> Outcome<Vec<Vec<u8>>> {
    let out = BufWriter::new(std::fs::File::create(path)?);
    let mut writer = TiledTiffWriter::new(out, TiffKind::Classic, UmPerPx::new(0.25).ok())?;
    let side = SIDE_TILES * TILE;
    let (tile_width, tile_height) = (TILE, TILE);
    let profile = JpegProfile { tables: None, ycbcr: true, subsampling: (2, 1), tile_width, tile_height };
    writer.level(side, side, &profile);
    let mut compressor = Compressor::new()?;
    compressor.set_quality(80)?;
    compressor.set_subsamp(Subsamp::Sub2x1)?;
    let mut tiles = Vec::new();
    for number in 0..SIDE_TILES * SIDE_TILES {
        let pixels = stained(number % SIDE_TILES * TILE, number / SIDE_TILES * TILE);
        let (width, height, pitch) = (TILE as usize, TILE as usize, TILE as usize * 3);
        let image = Image { pixels: &pixels[..], width, pitch, height, format: PixelFormat::RGB };
        tiles.push(compressor.compress_to_vec(image)?);
        writer.tile(&tiles[tiles.len() - 1])?;
    }
    writer.finish()?;
    Ok(tiles)
}

/// Optical densities of the two stains (Ruifrok and Johnston 2001) over two noise fields.
fn stained(left: u32, top: u32) -> Vec<u8> {
    let density =
        |x: u32, y: u32, seed: u32, mean: f32, spread: f32| (mean + spread * noise(x, y, seed)).clamp(0.0, 2.0);
    let stain = |h: f32, e: f32, od: [f32; 2]| (255.0 * (-(h * od[0] + e * od[1])).exp()) as u8;
    (0..TILE * TILE)
        .flat_map(|i| {
            let (x, y) = (left + i % TILE, top + i / TILE);
            let (h, e) = (density(x, y, 1, 0.55, 0.9), density(x, y, 2, 0.45, 0.7));
            [stain(h, e, [0.65, 0.07]), stain(h, e, [0.70, 0.99]), stain(h, e, [0.29, 0.11])]
        })
        .collect()
}

/// Value noise of eight octaves, each half as wide and 0.74 as strong as the last; about -1 to 1.
fn noise(x: u32, y: u32, seed: u32) -> f32 {
    let (mut sum, mut strength) = (0.0, 0.4);
    for octave in (0..8).rev() {
        let cell = 1u32 << octave;
        let (fx, fy) = ((x % cell) as f32 / cell as f32, (y % cell) as f32 / cell as f32);
        let corner = |dx: u32, dy: u32| hashed(x / cell + dx, y / cell + dy, seed * 16 + octave);
        let upper = corner(0, 0) * (1.0 - fx) + corner(1, 0) * fx;
        let lower = corner(0, 1) * (1.0 - fx) + corner(1, 1) * fx;
        sum += strength * (upper * (1.0 - fy) + lower * fy);
        strength *= 0.74;
    }
    sum
}

/// A number from -1 to 1 for a lattice point.
fn hashed(x: u32, y: u32, seed: u32) -> f32 {
    let mut v = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    v = (v ^ (v >> 15)).wrapping_mul(0x2C1B_3C6D);
    v = (v ^ (v >> 12)).wrapping_mul(0x297A_2D39);
    (v ^ (v >> 15)) as f32 / u32::MAX as f32 * 2.0 - 1.0
}
