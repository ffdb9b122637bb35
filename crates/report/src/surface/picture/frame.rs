//! The axes: the slide's outline, two back walls with a rule at each tick, and the slide's size.

use super::camera::{Camera, Shot};
use super::canvas::{Canvas, RULE, SOFT_INK};
use crate::content::RiskSurface;
use crate::format;
use crate::surface::picture::labels::ticks;

/// Draw everything that lies behind the surface.
pub(super) fn draw(canvas: &mut Canvas, surface: &RiskSurface, camera: &Camera) {
    let at = |corner: (f64, f64), risk: f64| camera.shoot(corner.0, corner.1, risk);
    let corners = camera.corners();
    let back = furthest(camera);
    let walls = [corners[(back + 3) % 4], corners[back], corners[(back + 1) % 4]];
    for corner in walls {
        canvas.line(at(corner, camera.floor), at(corner, camera.range.1), RULE, 1.0);
    }
    for tick in ticks(camera.range.0, camera.range.1) {
        canvas.line(at(walls[0], tick), at(walls[1], tick), RULE, 0.8);
        canvas.line(at(walls[1], tick), at(walls[2], tick), RULE, 0.8);
        let leftmost = if at(walls[0], tick).u < at(walls[2], tick).u { walls[0] } else { walls[2] };
        let text = format::number(tick);
        let place = at(leftmost, tick);
        let left = place.u - canvas.measure(&text, 14.0) - 8.0 * canvas.unit;
        canvas.write(&text, left, place.v + 5.0 * canvas.unit, 14.0, SOFT_INK);
    }
    for side in 0..4 {
        canvas.line(at(corners[side], camera.floor), at(corners[(side + 1) % 4], camera.floor), SOFT_INK, 1.0);
    }
    if let Some(um_per_px) = surface.um_per_px {
        let front = (back + 2) % 4;
        for neighbour in [(front + 1) % 4, (front + 3) % 4] {
            let side_px =
                (corners[front].0 - corners[neighbour].0).abs() + (corners[front].1 - corners[neighbour].1).abs();
            let text = format!("{} mm", format::number(side_px * um_per_px / 1000.0));
            beside(canvas, at(corners[front], camera.floor), at(corners[neighbour], camera.floor), &text);
        }
    }
}

/// Index of the slide's corner that lies deepest in the picture.
fn furthest(camera: &Camera) -> usize {
    let depth = camera.corners().map(|(x, y)| camera.shoot(x, y, camera.floor).depth);
    (0..4).max_by(|&one, &other| depth[one].total_cmp(&depth[other])).unwrap_or(0)
}

/// Write a length below the middle of a front edge.
fn beside(canvas: &mut Canvas, front: Shot, end: Shot, text: &str) {
    let middle = ((front.u + end.u) / 2.0, (front.v + end.v) / 2.0);
    let width = canvas.measure(text, 14.0);
    let left = if end.u < front.u { middle.0 - width - 10.0 * canvas.unit } else { middle.0 + 10.0 * canvas.unit };
    canvas.write(text, left, middle.1 + 20.0 * canvas.unit, 14.0, SOFT_INK);
}
