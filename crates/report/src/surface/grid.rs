//! Tiles by row and column.

use std::collections::BTreeMap;

use crate::content::{RiskSurface, TileRisk};
use crate::error::ReportError;

/// More columns or rows than any slide has at a useful tile size.
const MOST_CELLS_A_SIDE: f64 = 8192.0;

/// The tiles of a surface on their grid.
#[derive(Debug)]
pub(crate) struct Grid {
    /// Left edge of column 0, level-0 pixels.
    pub(crate) left: f64,
    /// Top edge of row 0, level-0 pixels.
    pub(crate) top: f64,
    /// Side of a cell, level-0 pixels.
    pub(crate) side: f64,
    /// Columns that hold tiles.
    pub(crate) columns: u32,
    /// Rows that hold tiles.
    pub(crate) rows: u32,
    /// Risk by (row, column).
    pub(crate) risks: BTreeMap<(u32, u32), f64>,
}

impl Grid {
    /// Put the tiles of a surface in their cells.
    ///
    /// # Errors
    /// [`ReportError::Content`] where sizes, scale or risks are not finite numbers, or two tiles share a cell.
    pub(crate) fn of(surface: &RiskSurface) -> Result<Self, ReportError> {
        check(surface)?;
        let side = surface.tile_side_px;
        let left = surface.tiles.iter().map(|tile| tile.x_px).fold(f64::INFINITY, f64::min);
        let top = surface.tiles.iter().map(|tile| tile.y_px).fold(f64::INFINITY, f64::min);
        let mut grid = Self { left, top, side, columns: 0, rows: 0, risks: BTreeMap::new() };
        for tile in &surface.tiles {
            grid.place(tile)?;
        }
        Ok(grid)
    }

    fn place(&mut self, tile: &TileRisk) -> Result<(), ReportError> {
        let column = ((tile.x_px - self.left) / self.side).round() as u32;
        let row = ((tile.y_px - self.top) / self.side).round() as u32;
        self.columns = self.columns.max(column + 1);
        self.rows = self.rows.max(row + 1);
        match self.risks.insert((row, column), tile.risk) {
            None => Ok(()),
            Some(_) => Err(refused(format!("two tiles of a slide share row {row} and column {column} of its grid"))),
        }
    }

    /// Left edge of a column, level-0 pixels.
    pub(crate) fn x(&self, column: u32) -> f64 {
        self.left + f64::from(column) * self.side
    }

    /// Top edge of a row, level-0 pixels.
    pub(crate) fn y(&self, row: u32) -> f64 {
        self.top + f64::from(row) * self.side
    }
}

fn check(surface: &RiskSurface) -> Result<(), ReportError> {
    let sizes = [surface.width_px, surface.height_px, surface.tile_side_px];
    if !sizes.iter().all(|size| size.is_finite() && *size > 0.0) {
        return Err(refused("a slide's width, height or tile side is not above nought".to_owned()));
    }
    if sizes.iter().any(|size| size / surface.tile_side_px > MOST_CELLS_A_SIDE) {
        return Err(refused(format!("a slide has more than {MOST_CELLS_A_SIDE} tiles in a row or column")));
    }
    if !(surface.scale.low.is_finite() && surface.scale.high.is_finite() && surface.scale.low < surface.scale.high) {
        return Err(refused("the low end of a colour scale is not below its high end".to_owned()));
    }
    if surface.tiles.is_empty() {
        return Err(refused("a slide has no tiles; leave it out of the slides shown".to_owned()));
    }
    match surface.tiles.iter().position(|tile| !inside(tile, surface)) {
        Some(row) => Err(refused(format!("tile {row} of a slide lies outside it, or its risk is not a number"))),
        None => Ok(()),
    }
}

fn inside(tile: &TileRisk, surface: &RiskSurface) -> bool {
    (0.0..=surface.width_px).contains(&tile.x_px)
        && (0.0..=surface.height_px).contains(&tile.y_px)
        && tile.risk.is_finite()
}

fn refused(what: String) -> ReportError {
    ReportError::Content { what }
}
