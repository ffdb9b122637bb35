//! The risk surface as picture and as GeoJSON.

use renkei_report::{ReportError, RgbImage, RiskScale, RiskSurface, TileRisk, geojson, surface_png};
use serde_json::Value;
use tiny_skia::Pixmap;

fn surface(tiles: Vec<TileRisk>) -> RiskSurface {
    RiskSurface {
        slide_id: "slide".to_owned(),
        width_px: 4_000.0,
        height_px: 3_000.0,
        um_per_px: Some(0.5),
        tile_side_px: 443.2,
        score: 0.0,
        offset: 0.0,
        quantity: "risk".to_owned(),
        scale: RiskScale { low: -1.0, high: 1.0 },
        thumbnail: None,
        banner: None,
        tiles,
    }
}

fn tile(column: u32, row: u32, risk: f64) -> TileRisk {
    TileRisk { x_px: (f64::from(column) * 443.2).round(), y_px: (f64::from(row) * 443.2).round(), risk }
}

fn block(risk: f64) -> Vec<TileRisk> {
    (0..24).map(|index| tile(index % 6, index / 6, risk)).collect()
}

/// Pixels of the scene (left of the colour bar) that are clearly blue, and clearly red.
fn blue_and_red(png: &[u8]) -> (usize, usize) {
    let picture = Pixmap::decode_png(png).ok();
    let pixels = picture.iter().flat_map(|picture| picture.pixels());
    let scene = pixels.enumerate().filter(|(index, _)| index % 600 < 480).map(|(_, pixel)| pixel);
    scene.fold((0, 0), |(blue, red), pixel| {
        let lead = i32::from(pixel.blue()) - i32::from(pixel.red());
        (blue + usize::from(lead > 60), red + usize::from(lead < -60))
    })
}

#[test]
fn low_risk_is_blue_and_high_risk_is_red() {
    let (blue, red) = blue_and_red(&surface_png(&surface(block(-0.9)), 600, 400).expect("draws"));
    assert!(blue > 2_000 && red == 0, "{blue} blue, {red} red");
    let (blue, red) = blue_and_red(&surface_png(&surface(block(0.9)), 600, 400).expect("draws"));
    assert!(red > 2_000 && blue == 0, "{blue} blue, {red} red");
}

#[test]
fn a_lone_tile_is_seen() {
    let (_, red) = blue_and_red(&surface_png(&surface(vec![tile(3, 2, 1.0)]), 600, 400).expect("draws"));
    assert!(red > 100, "{red}");
}

#[test]
fn a_higher_risk_stands_higher() {
    let mean_row = |risk: f64| {
        let png = surface_png(&surface(block(risk)), 600, 400).expect("draws");
        let picture = Pixmap::decode_png(&png).expect("a PNG");
        let coloured = |pixel: &tiny_skia::PremultipliedColorU8| pixel.red().abs_diff(pixel.blue()) > 60;
        let rows: Vec<usize> = picture
            .pixels()
            .iter()
            .enumerate()
            .filter(|(index, pixel)| index % 600 < 480 && coloured(pixel))
            .map(|(index, _)| index / 600)
            .collect();
        rows.iter().sum::<usize>() / rows.len()
    };
    assert!(mean_row(0.9) + 40 < mean_row(-0.9), "{} {}", mean_row(0.9), mean_row(-0.9));
}

#[test]
fn the_same_surface_gives_the_same_picture() {
    let surface = surface(block(0.3));
    let draw = || surface_png(&surface, 400, 320).expect("draws");
    assert!(draw() == draw());
}

#[test]
fn contradictions_are_refused() {
    let refused = |surface: &RiskSurface| matches!(surface_png(surface, 400, 320), Err(ReportError::Content { .. }));
    assert!(refused(&surface(Vec::new())));
    assert!(refused(&surface(vec![tile(1, 1, 0.1), tile(1, 1, 0.2)])));
    assert!(refused(&surface(vec![tile(1, 1, f64::NAN)])));
    assert!(refused(&surface(vec![tile(90, 1, 0.1)])));
    assert!(refused(&RiskSurface { tile_side_px: 0.0, ..surface(block(0.1)) }));
    let thumbnail = Some(RgbImage { width: 10, height: 10, pixels: vec![0; 299] });
    assert!(refused(&RiskSurface { thumbnail, ..surface(block(0.1)) }));
    assert!(matches!(surface_png(&surface(block(0.1)), 100, 400), Err(ReportError::Size { .. })));
}

#[test]
fn geojson_has_a_closed_square_and_a_risk_for_every_tile() {
    let surface = surface(vec![tile(0, 0, 0.25), tile(2, 1, -0.5)]);
    let value: Value = serde_json::from_str(&geojson(&surface)).expect("JSON");
    assert_eq!(value["type"], "FeatureCollection");
    let features = value["features"].as_array().expect("a list");
    assert_eq!(features.len(), 2);
    let ring = features[1]["geometry"]["coordinates"][0].as_array().expect("a ring");
    assert_eq!(ring.len(), 5);
    assert_eq!(ring[0], ring[4]);
    assert_eq!(ring[0], serde_json::json!([886.0, 443.0]));
    assert_eq!(ring[2], serde_json::json!([1329.2, 886.2]));
    assert_eq!(features[0]["properties"]["measurements"]["risk"], 0.25);
    assert_eq!(features[1]["properties"]["measurements"]["risk"], -0.5);
    assert_eq!(features[0]["properties"]["objectType"], "tile");
}

#[test]
fn the_scale_is_symmetric_where_risks_have_both_signs() {
    let scale = RiskScale::over((0..=100).map(|step| f64::from(step) - 30.0));
    assert_eq!((scale.low, scale.high), (-69.0, 69.0));
    assert_eq!(scale.position(0.0), 0.5);
    let positive = RiskScale::over((0..=100).map(f64::from));
    assert_eq!((positive.low, positive.high), (1.0, 99.0));
    assert_eq!(positive.position(1_000.0), 1.0);
    let flat = RiskScale::over([2.0, 2.0]);
    assert!(flat.low < flat.high);
}
