//! What is drawn on.

use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, PixmapPaint, PixmapRef, Rect, Stroke, Transform};

use super::camera::Shot;
use super::lettering::Lettering;
use crate::error::ReportError;
use crate::surface::Rgb;

/// Text and lines.
pub(super) const INK: Rgb = Rgb(31, 35, 40);
/// Text that explains.
pub(super) const SOFT_INK: Rgb = Rgb(87, 96, 106);
/// Lines of the frame.
pub(super) const RULE: Rgb = Rgb(200, 205, 211);

/// A white sheet with one font.
pub(super) struct Canvas {
    pub(super) pixels: Pixmap,
    pub(super) lettering: Lettering,
    /// Pixels per design unit: 1 on a picture of 1200 x 800.
    pub(super) unit: f32,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Result<Self, ReportError> {
        let mut pixels = Pixmap::new(width, height).ok_or(ReportError::Size { width, height })?;
        pixels.fill(Color::WHITE);
        let unit = (width as f32 / 1200.0).min(height as f32 / 800.0);
        Ok(Self { pixels, lettering: Lettering::new()?, unit })
    }

    pub(super) fn width(&self) -> f32 {
        self.pixels.width() as f32
    }

    pub(super) fn height(&self) -> f32 {
        self.pixels.height() as f32
    }

    pub(super) fn line(&mut self, from: Shot, to: Shot, colour: Rgb, width: f32) {
        let mut path = PathBuilder::new();
        path.move_to(from.u, from.v);
        path.line_to(to.u, to.v);
        if let Some(path) = path.finish() {
            let stroke = Stroke { width: width * self.unit, ..Stroke::default() };
            self.pixels.stroke_path(&path, &paint(colour, 255), &stroke, Transform::identity(), None);
        }
    }

    pub(super) fn rectangle(&mut self, left: f32, top: f32, width: f32, height: f32, colour: Rgb) {
        if let Some(rect) = Rect::from_xywh(left, top, width, height) {
            self.pixels.fill_rect(rect, &paint(colour, 255), Transform::identity(), None);
        }
    }

    pub(super) fn fill(&mut self, path: &Path, colour: Rgb, alpha: u8) {
        self.pixels.fill_path(path, &paint(colour, alpha), FillRule::Winding, Transform::identity(), None);
    }

    pub(super) fn image(&mut self, image: PixmapRef<'_>, quality: tiny_skia::FilterQuality, place: Transform) {
        let paint = PixmapPaint { quality, ..PixmapPaint::default() };
        self.pixels.draw_pixmap(0, 0, image, &paint, place, None);
    }

    pub(super) fn write(&mut self, text: &str, left: f32, baseline: f32, size: f32, colour: Rgb) {
        self.lettering.write(&mut self.pixels, text, (left, baseline), size * self.unit, colour);
    }

    /// Width of a line of text in pixels.
    pub(super) fn measure(&self, text: &str, size: f32) -> f32 {
        self.lettering.measure(text, size * self.unit)
    }

    pub(super) fn into_png(self) -> Result<Vec<u8>, ReportError> {
        self.pixels.encode_png().map_err(|source| ReportError::Encode { what: "a risk surface", source: source.into() })
    }
}

fn paint(colour: Rgb, alpha: u8) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(colour.0, colour.1, colour.2, alpha);
    paint
}
