//! The risk surface of a slide: one grid, one mesh, and the forms made of it.

mod colour;
mod geojson;
mod grid;
mod mesh;
mod picture;

pub(crate) use colour::{Rgb, gradient_css, risk_colour};
pub use geojson::geojson;
pub(crate) use grid::Grid;
pub(crate) use mesh::{Mesh, Vertex};
pub use picture::surface_png;
