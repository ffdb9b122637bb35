//! The surface as triangles: exact at the centre of each tile, smooth between tiles, open where there is no tile.

use std::collections::BTreeMap;

use super::Grid;

/// A point of the surface.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vertex {
    /// Level-0 pixels from the left.
    pub(crate) x: f64,
    /// Level-0 pixels from the top.
    pub(crate) y: f64,
    /// Risk: both height and colour.
    pub(crate) risk: f64,
}

/// Triangles over shared points.
#[derive(Debug, Default)]
pub(crate) struct Mesh {
    pub(crate) vertices: Vec<Vertex>,
    /// Indices into `vertices`, anticlockwise seen from above, so that Plotly lights the upper side.
    pub(crate) triangles: Vec<[usize; 3]>,
}

impl Mesh {
    /// Four triangles a tile, from its centre (the tile's own risk) to its corners (the mean of the tiles that meet
    /// there). A plain height field would lose lone tiles and bridge gaps in the tissue; this does neither.
    pub(crate) fn of(grid: &Grid) -> Self {
        let mut mesh = Self::default();
        let mut corners = BTreeMap::new();
        for (&(row, column), &risk) in &grid.risks {
            let around = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)];
            let ring = around.map(|corner| mesh.corner(grid, &mut corners, corner));
            let half = grid.side / 2.0;
            let centre = mesh.add(Vertex { x: grid.x(column) + half, y: grid.y(row) + half, risk });
            for step in 0..4 {
                mesh.triangles.push([centre, ring[(step + 1) % 4], ring[step]]);
            }
        }
        mesh
    }

    fn add(&mut self, vertex: Vertex) -> usize {
        self.vertices.push(vertex);
        self.vertices.len() - 1
    }

    /// The vertex at a corner, which up to four tiles share.
    fn corner(&mut self, grid: &Grid, known: &mut BTreeMap<(u32, u32), usize>, (row, column): (u32, u32)) -> usize {
        if let Some(&index) = known.get(&(row, column)) {
            return index;
        }
        let vertex = Vertex { x: grid.x(column), y: grid.y(row), risk: mean_around(grid, row, column) };
        let index = self.add(vertex);
        known.insert((row, column), index);
        index
    }
}

/// Mean risk of the tiles that meet at the top left corner of a cell.
fn mean_around(grid: &Grid, row: u32, column: u32) -> f64 {
    let rows = [row.checked_sub(1), Some(row)];
    let columns = [column.checked_sub(1), Some(column)];
    let meeting: Vec<f64> = rows
        .into_iter()
        .flatten()
        .flat_map(|row| columns.into_iter().flatten().map(move |column| (row, column)))
        .filter_map(|cell| grid.risks.get(&cell).copied())
        .collect();
    meeting.iter().sum::<f64>() / meeting.len() as f64
}
