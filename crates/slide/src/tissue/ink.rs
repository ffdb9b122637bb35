//! Pen marks: hues that haematoxylin and eosin do not give, or black, over an area no nucleus and no colour fringe covers.

use super::sums::Sums;
use crate::stored::RgbBuffer;

/// Chroma (largest less smallest channel) below which a pixel is black or grey, if it is also dark.
const GREY_CHROMA: i32 = 30;
/// Largest channel of black ink.
const BLACK_VALUE: i32 = 90;
/// Least chroma of blue ink; green needs half of it, since tissue is never green.
const INK_CHROMA: i32 = 40;
/// A mark fills most of a square with this many pixels to each side of its middle.
const REACH: usize = 4;
/// Part of that square, in percent, that must be ink.
const FILLED: usize = 60;

/// For each pixel, whether it belongs to a pen mark, blurred margin included.
pub(super) fn mask(image: &RgbBuffer) -> Vec<bool> {
    let (width, height) = (image.width as usize, image.height as usize);
    let ink: Vec<bool> = image.pixels.chunks_exact(3).map(is_ink).collect();
    let inked = Sums::of(width, height, |i| ink[i]);
    let around = |at: usize, size: usize| (at.saturating_sub(REACH), (at + REACH + 1).min(size));
    let filled = |i: usize| {
        let (xs, ys) = (around(i % width, width), around(i / width, height));
        inked.count(xs, ys) as usize * 100 >= (xs.1 - xs.0) * (ys.1 - ys.0) * FILLED
    };
    let marks = Sums::of(width, height, filled);
    (0..width * height).map(|i| marks.count(around(i % width, width), around(i / width, height)) > 0).collect()
}

/// Green ink has green as its largest channel; blue ink has blue far above red while green is not below red, where
/// haematoxylin (blue-violet) keeps red above green; black ink is dark without hue.
fn is_ink(pixel: &[u8]) -> bool {
    let [red, green, blue] = [0, 1, 2].map(|i| i32::from(pixel[i]));
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let chroma = most - least;
    let black = most < BLACK_VALUE && chroma < GREY_CHROMA;
    let green_ink = green > red + INK_CHROMA / 2 && green >= blue && chroma >= INK_CHROMA / 2;
    let blue_ink = blue > red + INK_CHROMA && green >= red - 5 && chroma >= INK_CHROMA;
    black || green_ink || blue_ink
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_are_told_from_stains() {
        for ink in [[20, 90, 200], [30, 60, 140], [60, 150, 90], [20, 110, 60], [25, 25, 30]] {
            assert!(is_ink(&ink), "{ink:?} is ink");
        }
        for stain in [[150, 100, 180], [90, 60, 140], [230, 150, 190], [200, 60, 90], [240, 238, 242], [70, 40, 110]] {
            assert!(!is_ink(&stain), "{stain:?} is stain or glass");
        }
    }

    #[test]
    fn specks_of_ink_colour_are_no_marks() {
        let pixels = (0..400).flat_map(|i| if i % 3 == 0 { [25, 25, 30] } else { [200, 120, 170] }).collect();
        assert!(!mask(&RgbBuffer { width: 20, height: 20, pixels }).contains(&true));
    }
}
