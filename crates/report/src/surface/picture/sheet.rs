//! The surface: lit triangles, the nearest one at each point.

use tiny_skia::{FilterQuality, Pixmap, Transform};

use super::camera::{Camera, Shot};
use super::canvas::Canvas;
use crate::content::RiskScale;
use crate::surface::{Mesh, Rgb, Vertex, risk_colour};

/// Samples a pixel in each direction, for smooth edges.
const SAMPLES: usize = 2;
/// Entries of the colour table.
const SHADES: usize = 512;
/// Towards the light: from the left, towards the camera, from above (length 1).
const LIGHT: [f32; 3] = [-0.48, -0.36, 0.80];
/// Share of light that comes from everywhere.
const AMBIENT: f32 = 0.56;

/// A vertex ready to draw.
#[derive(Clone, Copy)]
struct Point {
    shot: Shot,
    position: f32,
    brightness: f32,
}

/// Samples of the picture: how far the nearest triangle is and what colour it has.
struct Samples {
    width: usize,
    height: usize,
    depth: Vec<f32>,
    colour: Vec<Rgb>,
    table: Vec<Rgb>,
}

/// Draw the mesh.
pub(super) fn draw(canvas: &mut Canvas, mesh: &Mesh, scale: RiskScale, camera: &Camera) {
    let (width, height) = (canvas.pixels.width() as usize * SAMPLES, canvas.pixels.height() as usize * SAMPLES);
    let mut samples = Samples {
        width,
        height,
        depth: vec![f32::INFINITY; width * height],
        colour: vec![Rgb(0, 0, 0); width * height],
        table: (0..SHADES).map(|shade| risk_colour(shade as f64 / (SHADES - 1) as f64)).collect(),
    };
    let points = points(mesh, scale, camera);
    for triangle in &mesh.triangles {
        samples.cover(triangle.map(|index| points[index]));
    }
    if let Some(picture) = samples.averaged() {
        canvas.image(picture.as_ref(), FilterQuality::Nearest, Transform::identity());
    }
}

/// Project and light every vertex; the normal at a vertex is the mean of its triangles', by area.
fn points(mesh: &Mesh, scale: RiskScale, camera: &Camera) -> Vec<Point> {
    let places: Vec<_> = mesh.vertices.iter().map(|vertex| camera.place(vertex.x, vertex.y, vertex.risk)).collect();
    let mut normals = vec![[0.0f32; 3]; places.len()];
    for triangle in &mesh.triangles {
        let facing = upward(triangle.map(|index| places[index]));
        for &index in triangle {
            normals[index] = std::array::from_fn(|axis| normals[index][axis] + facing[axis]);
        }
    }
    let point = |(vertex, normal): (&Vertex, &[f32; 3])| {
        let mut shot = camera.shoot(vertex.x, vertex.y, vertex.risk);
        shot.u *= SAMPLES as f32;
        shot.v *= SAMPLES as f32;
        Point { shot, position: scale.position(vertex.risk) as f32, brightness: brightness(*normal) }
    };
    mesh.vertices.iter().zip(&normals).map(point).collect()
}

/// The normal of a triangle, upward, as long as twice its area.
fn upward([a, b, c]: [[f32; 3]; 3]) -> [f32; 3] {
    let one: [f32; 3] = std::array::from_fn(|axis| b[axis] - a[axis]);
    let other: [f32; 3] = std::array::from_fn(|axis| c[axis] - a[axis]);
    let normal = [
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    ];
    if normal[2] < 0.0 { normal.map(|part| -part) } else { normal }
}

fn brightness(normal: [f32; 3]) -> f32 {
    let length = normal.iter().map(|part| part * part).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    let facing = normal.iter().zip(LIGHT).map(|(part, light)| part / length * light).sum::<f32>();
    AMBIENT + (1.08 - AMBIENT) * facing.max(0.0)
}

impl Samples {
    /// Draw one triangle where it is nearest.
    fn cover(&mut self, [a, b, c]: [Point; 3]) {
        let doubled_area = edge(a.shot, b.shot, c.shot.u, c.shot.v);
        if doubled_area == 0.0 {
            return;
        }
        let us = [a.shot.u, b.shot.u, c.shot.u];
        let vs = [a.shot.v, b.shot.v, c.shot.v];
        for row in span(vs, self.height) {
            for column in span(us, self.width) {
                let (u, v) = (column as f32 + 0.5, row as f32 + 0.5);
                let weights = [edge(b.shot, c.shot, u, v), edge(c.shot, a.shot, u, v), edge(a.shot, b.shot, u, v)]
                    .map(|part| part / doubled_area);
                if weights.iter().all(|weight| *weight >= 0.0) {
                    self.set(row * self.width + column, [a, b, c], weights);
                }
            }
        }
    }

    fn set(&mut self, index: usize, points: [Point; 3], weights: [f32; 3]) {
        let mix =
            |of: fn(&Point) -> f32| points.iter().zip(weights).map(|(point, weight)| of(point) * weight).sum::<f32>();
        let depth = mix(|point| point.shot.depth);
        if depth < self.depth[index] {
            self.depth[index] = depth;
            let shade = (mix(|point| point.position) * (SHADES - 1) as f32).round() as usize;
            self.colour[index] = lit(self.table[shade.min(SHADES - 1)], mix(|point| point.brightness));
        }
    }

    /// Means of the samples in each pixel, with the share of samples covered as opacity.
    fn averaged(&self) -> Option<Pixmap> {
        let (columns, rows) = (self.width / SAMPLES, self.height / SAMPLES);
        let mut picture = Pixmap::new(columns as u32, rows as u32)?;
        for (index, pixel) in picture.data_mut().chunks_exact_mut(4).enumerate() {
            let (row, column) = (index / columns, index % columns);
            let mut sums = [0u32; 4];
            for sample in 0..SAMPLES * SAMPLES {
                let place = (row * SAMPLES + sample / SAMPLES) * self.width + column * SAMPLES + sample % SAMPLES;
                if self.depth[place].is_finite() {
                    let Rgb(red, green, blue) = self.colour[place];
                    sums = [
                        sums[0] + u32::from(red),
                        sums[1] + u32::from(green),
                        sums[2] + u32::from(blue),
                        sums[3] + 255,
                    ];
                }
            }
            for (channel, sum) in pixel.iter_mut().zip(sums) {
                *channel = (sum / (SAMPLES * SAMPLES) as u32) as u8;
            }
        }
        Some(picture)
    }
}

/// Twice the signed area of a triangle of two points and a place.
fn edge(from: Shot, to: Shot, u: f32, v: f32) -> f32 {
    (to.u - from.u) * (v - from.v) - (to.v - from.v) * (u - from.u)
}

/// Whole samples that three coordinates span, within the picture.
fn span(values: [f32; 3], limit: usize) -> std::ops::Range<usize> {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min).floor().max(0.0) as usize;
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max).ceil().max(0.0) as usize;
    low.min(limit)..(high + 1).min(limit)
}

fn lit(colour: Rgb, brightness: f32) -> Rgb {
    let channel = |value: u8| (f32::from(value) * brightness).round().min(255.0) as u8;
    Rgb(channel(colour.0), channel(colour.1), channel(colour.2))
}
