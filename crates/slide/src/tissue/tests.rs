use super::*;

const GLASS: [u8; 3] = [240, 239, 241];
const TISSUE: [u8; 3] = [200, 120, 170];
const INK: [u8; 3] = [30, 60, 180];

fn thumbnail(colour: impl Fn(u32, u32) -> [u8; 3]) -> Thumbnail {
    let pixels = (0..100 * 100).flat_map(|i| colour(i % 100, i / 100)).collect();
    Thumbnail { image: RgbBuffer { width: 100, height: 100, pixels }, level0_px: 10.0, bad_tiles: 0 }
}

fn rect(x: f64, y: f64, side: f64) -> Rect {
    Rect { x, y, width: side, height: side }
}

#[test]
fn tissue_is_found_and_ink_is_not() {
    let mask = TissueMask::from_thumbnail(&thumbnail(|x, y| match (x, y) {
        (0..50, 0..50) => TISSUE,
        (60..90, 60..90) => INK,
        _ => GLASS,
    }));
    assert_eq!(mask.fraction(rect(100.0, 100.0, 200.0)), 1.0);
    assert_eq!(mask.fraction(rect(600.0, 600.0, 300.0)), 0.0);
    assert_eq!(mask.fraction(rect(700.0, 100.0, 200.0)), 0.0);
    assert!((mask.fraction(rect(400.0, 100.0, 200.0)) - 0.5).abs() < 0.01);
    assert!((mask.coverage() - 0.25).abs() < 0.01);
}

#[test]
fn a_blank_slide_has_none_and_a_full_field_is_all_tissue() {
    let noise = |x: u32, y: u32| ((x * 7 + y * 13) % 5) as u8;
    let blank = thumbnail(|x, y| GLASS.map(|v| v - noise(x, y)));
    assert_eq!(TissueMask::from_thumbnail(&blank).coverage(), 0.0);
    let full = thumbnail(|x, y| if (x + y) % 3 == 0 { [110, 70, 150] } else { [225, 160, 200] });
    assert!(TissueMask::from_thumbnail(&full).coverage() > 0.99);
}

#[test]
fn probabilities_are_cut_at_the_threshold_and_checked() {
    let mask = TissueMask::from_probabilities(2, 1, (200, 100), &[0.7, 0.5], 0.6).unwrap();
    assert_eq!(mask.fraction(rect(0.0, 0.0, 100.0)), 1.0);
    assert_eq!(mask.fraction(rect(100.0, 0.0, 100.0)), 0.0);
    assert_eq!(mask.fraction(rect(5000.0, 0.0, 100.0)), 0.0);
    assert!(TissueMask::from_probabilities(2, 2, (200, 100), &[0.7, 0.5], 0.6).is_err());
    assert!(TissueMask::from_probabilities(1, 1, (200, 100), &[f32::NAN], 0.6).is_err());
}
