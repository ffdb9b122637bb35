//! Words and the colour scale around the scene.

use super::camera::Viewport;
use super::canvas::{Canvas, INK, SOFT_INK};
use crate::content::RiskSurface;
use crate::format;
use crate::surface::{Rgb, risk_colour};

/// Strips of the colour bar.
const STRIPS: u32 = 128;

/// Slide, quantity and banner; the height in pixels below which the scene may start.
pub(super) fn heading(canvas: &mut Canvas, surface: &RiskSurface) -> f32 {
    let (unit, left) = (canvas.unit, 32.0 * canvas.unit);
    canvas.write(&format!("Slide {}", surface.slide_id), left, 46.0 * unit, 24.0, INK);
    let quantity = format!("Height and colour: {}", surface.quantity);
    canvas.write(&quantity, left, 72.0 * unit, 16.0, SOFT_INK);
    match &surface.banner {
        Some(text) => banner(canvas, text, 88.0 * unit),
        None => 88.0 * unit,
    }
}

fn banner(canvas: &mut Canvas, text: &str, top: f32) -> f32 {
    let (unit, left, width) = (canvas.unit, 32.0 * canvas.unit, canvas.width() - 64.0 * canvas.unit);
    let lines = canvas.lettering.wrap(text, 15.0 * unit, width - 28.0 * unit);
    let height = (lines.len() as f32 * 20.0 + 12.0) * unit;
    canvas.rectangle(left, top, width, height, Rgb(255, 244, 214));
    canvas.rectangle(left, top, 5.0 * unit, height, Rgb(154, 103, 0));
    for (index, line) in lines.iter().enumerate() {
        canvas.write(line, left + 16.0 * unit, top + (21.0 + 20.0 * index as f32) * unit, 15.0, INK);
    }
    top + height
}

/// The scale with its ticks, at the right of the scene.
pub(super) fn colour_bar(canvas: &mut Canvas, surface: &RiskSurface, viewport: Viewport) {
    let unit = canvas.unit;
    let left = canvas.width() - 112.0 * unit;
    let (top, bottom) = (viewport.top + 40.0 * unit, viewport.bottom - 40.0 * unit);
    let strip = (bottom - top) / STRIPS as f32;
    for index in 0..STRIPS {
        let position = f64::from(index) / f64::from(STRIPS - 1);
        let strip_top = bottom - (index + 1) as f32 * strip;
        canvas.rectangle(left, strip_top, 18.0 * unit, strip + 0.5, risk_colour(position));
    }
    canvas.write("high risk", left, top - 12.0 * unit, 15.0, INK);
    canvas.write("low risk", left, bottom + 24.0 * unit, 15.0, INK);
    for tick in ticks(surface.scale.low, surface.scale.high) {
        let middle = bottom - surface.scale.position(tick) as f32 * (bottom - top);
        canvas.rectangle(left + 18.0 * unit, middle - 0.5 * unit, 5.0 * unit, unit, SOFT_INK);
        canvas.write(&format::number(tick), left + 28.0 * unit, middle + 5.0 * unit, 14.0, SOFT_INK);
    }
}

/// How the tiles add up.
pub(super) fn footing(canvas: &mut Canvas, surface: &RiskSurface) {
    let (left, baseline) = (32.0 * canvas.unit, canvas.height() - 24.0 * canvas.unit);
    canvas.write(&format::sum_of_tiles(surface), left, baseline, 14.0, SOFT_INK);
}

/// Three to eight round numbers from `low` to `high`.
pub(super) fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let magnitude = 10f64.powf(rough.log10().floor());
    let step =
        magnitude * [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|factor| factor * magnitude >= rough).unwrap_or(10.0);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|count| count as f64 * step).collect()
}
