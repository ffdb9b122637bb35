//! The risk surface as a still picture, drawn in software so that the same surface gives the same bytes everywhere.

mod camera;
mod canvas;
mod floor;
mod frame;
mod labels;
mod lettering;
mod sheet;

use super::{Grid, Mesh};
use crate::content::RiskSurface;
use crate::error::ReportError;
use camera::{Camera, Viewport};
use canvas::Canvas;

/// Sides of a picture that can be drawn, in pixels: legible below, within memory above.
const SIDES: std::ops::RangeInclusive<u32> = 320..=3840;

/// The risk surface over its slide as a PNG of `width` x `height` pixels: height and colour are the risk (blue low, red
/// high), the thumbnail lies beneath, and slide id, quantity, colour scale and banner are written on it.
///
/// Characters outside Latin and Greek are drawn as boxes: the one font inside has no others.
///
/// # Errors
/// [`ReportError::Size`] for a side below 320 or above 3840 px; [`ReportError::Content`] where the surface contradicts
/// itself (no tiles, two tiles in one place, numbers that are not finite, a thumbnail of the wrong length);
/// [`ReportError::Encode`] where the PNG cannot be written.
pub fn surface_png(surface: &RiskSurface, width: u32, height: u32) -> Result<Vec<u8>, ReportError> {
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return Err(ReportError::Size { width, height });
    }
    let grid = Grid::of(surface)?;
    let mut canvas = Canvas::new(width, height)?;
    let below = labels::heading(&mut canvas, surface);
    let unit = canvas.unit;
    let viewport = Viewport {
        left: 84.0 * unit,
        top: below + 8.0 * unit,
        right: width as f32 - 150.0 * unit,
        bottom: height as f32 - 64.0 * unit,
    };
    let camera = Camera::fitting(surface, viewport);
    floor::draw(&mut canvas, surface, &grid, &camera)?;
    frame::draw(&mut canvas, surface, &camera);
    sheet::draw(&mut canvas, &Mesh::of(&grid), surface.scale, &camera);
    labels::colour_bar(&mut canvas, surface, viewport);
    labels::footing(&mut canvas, surface);
    canvas.into_png()
}
