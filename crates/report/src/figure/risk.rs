//! The risk surface to turn and zoom, over its slide.

use plotly::common::{ColorScale, ColorScaleElement, Font, Title};
use plotly::layout::{
    AspectMode, AspectRatio, Axis, Camera, CameraCenter, DragMode3D, Eye, Layout, LayoutScene, Margin,
};
use plotly::traces::mesh3d::Lighting;
use plotly::traces::surface::Position;
use plotly::{Mesh3D, Trace};
use serde::Serialize;

use super::{Figure, INK, RULE, rounded};
use crate::content::{RgbImage, RiskSurface};
use crate::error::ReportError;
use crate::surface::{Grid, Mesh, Rgb, risk_colour};

/// Cells of the slide's picture on its longer side: enough to know the place, small in the page.
const FLOOR_CELLS: u32 = 160;
/// Steps of lightness in the slide's picture.
const LIGHTNESS_STEPS: usize = 32;
/// Gap between the slide and the low end of the scale, as a share of the scale.
const GAP: f64 = 0.45;
/// Height of the whole scene as a share of the slide's longer side.
const RELIEF: f64 = 0.42;

/// The figure of one slide.
///
/// # Errors
/// [`ReportError::Content`] where the surface or its thumbnail contradicts itself.
pub(crate) fn risk_figure(surface: &RiskSurface) -> Result<Figure, ReportError> {
    let grid = Grid::of(surface)?;
    let ground = Ground::of(surface);
    let mut data: Vec<Box<dyn Trace>> = vec![sheet(surface, &grid, &ground)];
    if let Some(thumbnail) = &surface.thumbnail {
        thumbnail.check()?;
        data.push(Box::new(Floor::of(thumbnail, &ground)));
    }
    Ok(Figure::new(data, layout(&ground)))
}

/// Units of the axes and the height at which the slide lies.
struct Ground {
    /// Axis units a level-0 pixel: millimetres where the resolution is known, else pixels.
    unit: f64,
    name: &'static str,
    width: f64,
    height: f64,
    floor: f64,
    top: f64,
    /// Decimals that show a ten-thousandth of the scale.
    places: i32,
}

impl Ground {
    fn of(surface: &RiskSurface) -> Self {
        let (unit, name) = surface.um_per_px.map_or((1.0, "px"), |um| (um / 1000.0, "mm"));
        let risks = || surface.tiles.iter().map(|tile| tile.risk);
        let low = risks().fold(surface.scale.low, f64::min);
        let top = risks().fold(surface.scale.high, f64::max);
        let (width, height) = (surface.width_px * unit, surface.height_px * unit);
        let places = 4 - (top - low).log10().floor() as i32;
        Self { unit, name, width, height, floor: low - GAP * (top - low), top, places }
    }
}

fn sheet(surface: &RiskSurface, grid: &Grid, ground: &Ground) -> Box<Sheet> {
    let mesh = Mesh::of(grid);
    let along = |of: fn(&crate::surface::Vertex) -> f64| -> Vec<f64> {
        mesh.vertices.iter().map(|vertex| rounded(of(vertex) * ground.unit, 3)).collect()
    };
    let corner = |which: usize| Some(mesh.triangles.iter().map(|triangle| triangle[which]).collect());
    let risks: Vec<f64> = mesh.vertices.iter().map(|vertex| rounded(vertex.risk, ground.places)).collect();
    let (x, y) = (along(|vertex| vertex.x), along(|vertex| vertex.y));
    let unit = ground.name;
    let mesh = Mesh3D::new(x, y, risks.clone(), corner(0), corner(1), corner(2))
        .intensity(risks)
        .c_min(surface.scale.low)
        .c_max(surface.scale.high)
        .color_scale(ColorScale::Vector(scale(risk_colour)))
        .show_scale(false)
        .lighting(Lighting::new().ambient(0.76).diffuse(0.34).specular(0.06).roughness(0.9).fresnel(0.05))
        .hover_template(format!("%{{z:.3~g}}<br>x %{{x:.2f}} {unit}, y %{{y:.2f}} {unit}<extra></extra>"));
    Box::new(Sheet { mesh: *mesh, lightposition: Position::new(-45_000, -100_000, 0) })
}

/// The surface with its light. The crate's own light position for a mesh holds lists, which plotly.js refuses.
/// Measured in a browser: minus y lights what faces up, whatever the camera.
#[derive(Clone, Serialize)]
struct Sheet {
    #[serde(flatten)]
    mesh: Mesh3D<f64, f64, f64>,
    lightposition: Position,
}

impl Trace for Sheet {
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Nine stops of a colour scale.
fn scale(colour: impl Fn(f64) -> Rgb) -> Vec<ColorScaleElement> {
    (0..=8).map(|step| f64::from(step) / 8.0).map(|share| ColorScaleElement(share, colour(share).css())).collect()
}

/// The slide's picture as a flat surface. Plotly colours a surface by one number a point, so the number is lightness
/// and the colour the mean colour at that lightness: stained tissue lies close to such a line.
/// (The crate's own `Surface` cannot hold `surfacecolor` as numbers.)
#[derive(Clone, Serialize)]
struct Floor {
    r#type: &'static str,
    x: Vec<f64>,
    y: Vec<f64>,
    z: Vec<Vec<f64>>,
    surfacecolor: Vec<Vec<usize>>,
    colorscale: Vec<(f64, String)>,
    cmin: usize,
    cmax: usize,
    showscale: bool,
    hoverinfo: &'static str,
    lighting: Lighting,
}

impl Trace for Floor {
    fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Floor {
    fn of(thumbnail: &RgbImage, ground: &Ground) -> Self {
        let longer = thumbnail.width.max(thumbnail.height);
        let cells = |side: u32| (side * FLOOR_CELLS.min(longer) / longer).max(2);
        let (columns, rows) = (cells(thumbnail.width), cells(thumbnail.height));
        let pixel = |column: u32, row: u32| {
            let x = (2 * column + 1) * thumbnail.width / (2 * columns);
            let y = (2 * row + 1) * thumbnail.height / (2 * rows);
            let first = (y.min(thumbnail.height - 1) * thumbnail.width + x.min(thumbnail.width - 1)) as usize * 3;
            [thumbnail.pixels[first], thumbnail.pixels[first + 1], thumbnail.pixels[first + 2]]
        };
        let pixels: Vec<Vec<[u8; 3]>> =
            (0..rows).map(|row| (0..columns).map(|column| pixel(column, row)).collect()).collect();
        let place = |index: u32, count: u32, length: f64| rounded(f64::from(index) * length / f64::from(count - 1), 3);
        Self {
            r#type: "surface",
            x: (0..columns).map(|column| place(column, columns, ground.width)).collect(),
            y: (0..rows).map(|row| place(row, rows, ground.height)).collect(),
            z: vec![vec![rounded(ground.floor, ground.places); columns as usize]; rows as usize],
            surfacecolor: pixels.iter().map(|row| row.iter().map(lightness).collect()).collect(),
            colorscale: mean_colours(pixels.iter().flatten()),
            cmin: 0,
            cmax: LIGHTNESS_STEPS - 1,
            showscale: false,
            hoverinfo: "skip",
            lighting: Lighting::new().ambient(1.0).diffuse(0.0).specular(0.0).fresnel(0.0),
        }
    }
}

fn lightness(pixel: &[u8; 3]) -> usize {
    let [red, green, blue] = pixel.map(usize::from);
    (2 * red + 5 * green + blue) * LIGHTNESS_STEPS / (8 * 256)
}

/// Mean colour at each step of lightness; a step that no pixel has is left to interpolation.
fn mean_colours<'a>(pixels: impl Iterator<Item = &'a [u8; 3]>) -> Vec<(f64, String)> {
    let mut sums = [([0u64; 3], 0u64); LIGHTNESS_STEPS];
    for pixel in pixels {
        let (sum, count) = &mut sums[lightness(pixel)];
        *count += 1;
        for (total, channel) in sum.iter_mut().zip(pixel) {
            *total += u64::from(*channel);
        }
    }
    let last = (LIGHTNESS_STEPS - 1) as f64;
    let mean = |(step, (sum, count)): (usize, &([u64; 3], u64))| {
        let [red, green, blue] = sum.map(|total| (total / count) as u8);
        (step as f64 / last, Rgb(red, green, blue).css())
    };
    let mut stops: Vec<(f64, String)> =
        sums.iter().enumerate().filter(|(_, (_, count))| *count > 0).map(mean).collect();
    // Plotly wants a stop at either end.
    if let Some((_, first)) = stops.first().cloned() {
        stops.insert(0, (0.0, first));
    }
    if let Some((_, end)) = stops.last().cloned() {
        stops.push((1.0, end));
    }
    stops.dedup();
    stops
}

fn layout(ground: &Ground) -> Layout {
    let axis = |title: String, from: f64, to: f64| {
        Axis::new()
            .title(Title::with_text(title))
            .range(vec![from, to])
            .grid_color(RULE)
            .zero_line(false)
            .show_spikes(false)
            .tick_font(Font::new().size(11))
    };
    let longer = ground.width.max(ground.height);
    let ratio = AspectRatio::new().x(ground.width / longer).y(ground.height / longer).z(RELIEF);
    let scene = LayoutScene::new()
        .x_axis(axis(format!("x ({})", ground.name), 0.0, ground.width))
        .y_axis(axis(format!("y ({})", ground.name), ground.height, 0.0))
        .z_axis(axis("risk".to_owned(), ground.floor - 0.02 * (ground.top - ground.floor), ground.top))
        .aspect_mode(AspectMode::Manual)
        .aspect_ratio(ratio)
        .drag_mode(DragMode3D::Turntable)
        .camera(Camera::new().eye(Eye::from((-0.42, -0.94, 0.68))).center(CameraCenter::from((0.0, 0.0, -0.14))));
    Layout::new()
        .font(Font::new().family("system-ui, sans-serif").size(12).color(INK))
        .margin(Margin::new().left(0).right(0).top(0).bottom(0))
        .scene(scene)
        .auto_size(true)
}
