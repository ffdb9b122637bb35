//! Text on a picture, in the one font that ships inside.

use ab_glyph::{Font, FontRef, ScaleFont, point};
use tiny_skia::Pixmap;

use crate::error::ReportError;
use crate::surface::Rgb;

/// DejaVu Sans, cut to Latin and Greek; its licence lies beside it.
const FONT: &[u8] = include_bytes!("../../../assets/dejavu-sans-subset.ttf");

/// The font, ready to draw.
pub(super) struct Lettering {
    font: FontRef<'static>,
}

impl Lettering {
    pub(super) fn new() -> Result<Self, ReportError> {
        let font = FontRef::try_from_slice(FONT).map_err(|_| ReportError::Internal { what: "its font" })?;
        Ok(Self { font })
    }

    /// Width of a line in pixels at this size.
    pub(super) fn measure(&self, text: &str, size: f32) -> f32 {
        let font = self.font.as_scaled(size);
        text.chars().map(|letter| font.h_advance(font.glyph_id(letter))).sum()
    }

    /// Break a text into lines no wider than this, at spaces.
    pub(super) fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.measure(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// Draw a line from a point on its baseline.
    pub(super) fn write(&self, pixels: &mut Pixmap, text: &str, start: (f32, f32), size: f32, colour: Rgb) {
        let font = self.font.as_scaled(size);
        let mut pen = start.0;
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            let placed = glyph.with_scale_and_position(size, point(pen, start.1));
            pen += font.h_advance(glyph);
            if let Some(outlined) = self.font.outline_glyph(placed) {
                let corner = outlined.px_bounds().min;
                outlined.draw(|column, row, cover| {
                    blend(pixels, corner.x as i32 + column as i32, corner.y as i32 + row as i32, cover, colour);
                });
            }
        }
    }
}

/// Lay a colour over an opaque pixel; points off the picture are left out.
fn blend(pixels: &mut Pixmap, x: i32, y: i32, cover: f32, colour: Rgb) {
    let (width, height) = (pixels.width() as i32, pixels.height() as i32);
    if !(0..width).contains(&x) || !(0..height).contains(&y) {
        return;
    }
    let first = (y * width + x) as usize * 4;
    let share = cover.clamp(0.0, 1.0);
    for (channel, target) in pixels.data_mut()[first..first + 3].iter_mut().zip([colour.0, colour.1, colour.2]) {
        let from = f32::from(*channel);
        *channel = (from + (f32::from(target) - from) * share).round() as u8;
    }
}
