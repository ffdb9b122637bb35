//! Invented slides: shapes and risks from sines, no patient behind them.

use renkei_report::{EncodedImage, MediaType, RgbImage, RiskScale, RiskSurface, SlideView, TileRisk, TissueMask};

const BANNER: &str = super::content::BANNER;
const WIDTH_PX: f64 = 51_200.0;
const HEIGHT_PX: f64 = 33_280.0;
const TILE_PX: f64 = 512.0;

/// Shapes of tissue, as shares of the slide.
#[derive(Clone, Copy)]
enum Shape {
    Section,
    Cores,
    Fragments,
}

/// Three slides with one colour scale.
pub(crate) fn slides() -> Vec<SlideView> {
    let plans = [
        ("highest risk", "SAMPLE-017", Shape::Section, 0.9, 0.000_36),
        ("median risk", "SAMPLE-004", Shape::Cores, 3.1, 0.000_06),
        ("lowest risk", "SAMPLE-029", Shape::Fragments, 5.2, -0.000_18),
    ];
    let tiles: Vec<Vec<TileRisk>> = plans.iter().map(|plan| tiles(plan.2, plan.3, plan.4)).collect();
    let scale = RiskScale::over(tiles.iter().flatten().map(|tile| tile.risk));
    plans.iter().zip(tiles).map(|(plan, tiles)| slide(plan.0, plan.1, plan.2, tiles, scale)).collect()
}

/// A small picture that stands for an exemplar tile.
pub(crate) fn exemplar(seed: f64) -> EncodedImage {
    let side = 24;
    let mut picture = tiny_skia::Pixmap::new(side, side).unwrap_or_else(|| unreachable!("24 px is a size"));
    for (index, pixel) in picture.data_mut().chunks_exact_mut(4).enumerate() {
        let (x, y) = ((index % side as usize) as f64, (index / side as usize) as f64);
        let level = ((x * 0.7 + seed).sin() * (y * 0.9 + seed).cos() + 1.0) * 40.0;
        pixel.copy_from_slice(&[150 + level as u8, 90 + level as u8, 150 + (level * 0.8) as u8, 255]);
    }
    EncodedImage { media_type: MediaType::Png, bytes: picture.encode_png().unwrap_or_default() }
}

fn slide(role: &str, id: &str, shape: Shape, tiles: Vec<TileRisk>, scale: RiskScale) -> SlideView {
    let sum: f64 = tiles.iter().map(|tile| tile.risk).sum();
    let offset = -0.21;
    let surface = RiskSurface {
        slide_id: id.to_owned(),
        width_px: WIDTH_PX,
        height_px: HEIGHT_PX,
        um_per_px: Some(0.4963),
        tile_side_px: TILE_PX,
        tiles,
        score: sum + offset,
        offset,
        quantity: "contribution to the log hazard".to_owned(),
        scale,
        thumbnail: Some(thumbnail(shape)),
        banner: Some(BANNER.to_owned()),
    };
    SlideView { role: role.to_owned(), mask: Some(mask(shape)), surface }
}

fn tissue(shape: Shape, x: f64, y: f64) -> bool {
    let ragged = 0.018 * ((x * 61.0).sin() + (y * 47.0).cos() + (x * 23.0 + y * 31.0).sin());
    let ellipse =
        |cx: f64, cy: f64, rx: f64, ry: f64| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0 + 8.0 * ragged;
    match shape {
        Shape::Section => ellipse(0.5, 0.5, 0.36, 0.38) && !ellipse(0.62, 0.55, 0.04, 0.06),
        Shape::Cores => [0.2, 0.5, 0.8].iter().any(|cy| {
            (y - cy - 0.06 * (x * 7.0 + cy * 9.0).sin()).abs() < 0.045 + ragged * 0.6 && (0.08..0.92).contains(&x)
        }),
        Shape::Fragments => {
            ellipse(0.3, 0.4, 0.16, 0.25) || ellipse(0.7, 0.62, 0.2, 0.22) || ellipse(0.68, 0.2, 0.06, 0.07)
        }
    }
}

fn tiles(shape: Shape, seed: f64, shift: f64) -> Vec<TileRisk> {
    let (columns, rows) = ((WIDTH_PX / TILE_PX) as u32, (HEIGHT_PX / TILE_PX) as u32);
    let mut tiles = Vec::new();
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let (x, y) = ((f64::from(column) + 0.5) / f64::from(columns), (f64::from(row) + 0.5) / f64::from(rows));
        if tissue(shape, x, y) {
            let hill = (-((x - 0.42).powi(2) / 0.012 + (y - 0.45).powi(2) / 0.02)).exp();
            let wave = 0.35 * (x * 14.0 + seed).sin() * (y * 11.0 + seed).cos() + 0.08 * (x * 190.0 + y * 77.0).sin();
            let risk = shift + 0.0006 * (1.3 * hill * (seed.cos() + 0.9) + wave);
            tiles.push(TileRisk { x_px: f64::from(column) * TILE_PX, y_px: f64::from(row) * TILE_PX, risk });
        }
    }
    tiles
}

fn thumbnail(shape: Shape) -> RgbImage {
    let (width, height) = (800u32, 520u32);
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
        let (x, y) = (f64::from(column) / f64::from(width), f64::from(row) / f64::from(height));
        let grain = ((x * 310.0).sin() * (y * 290.0).cos() + (x * 97.0 + y * 120.0).sin()) / 2.0;
        let level = |base: f64, swing: f64| (base + swing * grain).clamp(0.0, 255.0) as u8;
        let pixel = if tissue(shape, x, y) {
            [level(206.0, 26.0), level(142.0, 38.0), level(190.0, 22.0)]
        } else {
            [level(244.0, 2.0), level(242.0, 2.0), level(245.0, 2.0)]
        };
        pixels.extend(pixel);
    }
    RgbImage { width, height, pixels }
}

fn mask(shape: Shape) -> TissueMask {
    let (width, height) = (200u32, 130u32);
    let share =
        |index: u32| (f64::from(index % width) / f64::from(width), f64::from(index / width) / f64::from(height));
    let inside = |index: u32| u8::from(tissue(shape, share(index).0, share(index).1));
    TissueMask { width, height, pixels: (0..width * height).map(inside).collect() }
}
