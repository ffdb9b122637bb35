//! The slide itself, lying beneath the surface.

use tiny_skia::{FilterQuality, PathBuilder, Pixmap, Transform};

use super::camera::Camera;
use super::canvas::Canvas;
use crate::content::{RgbImage, RiskSurface};
use crate::error::ReportError;
use crate::surface::{Grid, Rgb};

/// Draw the thumbnail (or a plain ground) and, darker, where the tiles lie.
pub(super) fn draw(
    canvas: &mut Canvas,
    surface: &RiskSurface,
    grid: &Grid,
    camera: &Camera,
) -> Result<(), ReportError> {
    outline(canvas, camera, &[camera.corners()], Rgb(246, 247, 249), 255);
    if let Some(thumbnail) = &surface.thumbnail {
        let image = pixmap(thumbnail)?;
        canvas.image(image.as_ref(), FilterQuality::Bilinear, laid_flat(thumbnail, camera));
    }
    let tiles: Vec<_> = grid.risks.keys().map(|&(row, column)| cell(grid, row, column)).collect();
    outline(canvas, camera, &tiles, Rgb(31, 35, 60), 46);
    Ok(())
}

fn cell(grid: &Grid, row: u32, column: u32) -> [(f64, f64); 4] {
    let (left, top, right, bottom) = (grid.x(column), grid.y(row), grid.x(column + 1), grid.y(row + 1));
    [(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// Fill outlines on the slide's plane, as one path so that neighbours leave no seams.
fn outline(canvas: &mut Canvas, camera: &Camera, shapes: &[[(f64, f64); 4]], colour: Rgb, alpha: u8) {
    let mut path = PathBuilder::new();
    for shape in shapes {
        for (index, &(x, y)) in shape.iter().enumerate() {
            let shot = camera.shoot(x, y, camera.floor);
            if index == 0 { path.move_to(shot.u, shot.v) } else { path.line_to(shot.u, shot.v) }
        }
        path.close();
    }
    if let Some(path) = path.finish() {
        canvas.fill(&path, colour, alpha);
    }
}

/// The affine map from the thumbnail's pixels to the picture.
fn laid_flat(thumbnail: &RgbImage, camera: &Camera) -> Transform {
    let [origin, right, _, bottom] = camera.corners().map(|(x, y)| camera.shoot(x, y, camera.floor));
    let (columns, rows) = (thumbnail.width as f32, thumbnail.height as f32);
    Transform::from_row(
        (right.u - origin.u) / columns,
        (right.v - origin.v) / columns,
        (bottom.u - origin.u) / rows,
        (bottom.v - origin.v) / rows,
        origin.u,
        origin.v,
    )
}

fn pixmap(image: &RgbImage) -> Result<Pixmap, ReportError> {
    image.check()?;
    let mut pixmap = Pixmap::new(image.width, image.height)
        .ok_or(ReportError::Content { what: "a thumbnail is too large".to_owned() })?;
    for (to, from) in pixmap.data_mut().chunks_exact_mut(4).zip(image.pixels.chunks_exact(3)) {
        to[..3].copy_from_slice(from);
        to[3] = 255;
    }
    Ok(pixmap)
}
