//! Which tiles hold tissue, and the compressed bytes under them, one grid row ahead of the computation.

use std::collections::BTreeSet;

use renkei_domain::plan::Band;
use renkei_inference::EncoderCard;
use renkei_slide::{Cell, SlideError, StoredTiles};
use tokio::sync::mpsc;

use super::OpenSlide;

/// The tissue cells of one grid row, each with its tissue fraction, and all cells looked at.
#[derive(Debug, Clone)]
pub(crate) struct TissueRow {
    pub(crate) row: u32,
    pub(crate) cells: Vec<(Cell, f32)>,
    pub(crate) looked_at: u64,
}

/// A row with the stored tiles that it needs and no earlier row needed.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) row: TissueRow,
    pub(crate) stored: StoredTiles,
}

/// The band's rows with the cells of which at least `min_fraction` is tissue.
pub(crate) fn tissue_rows(slide: &OpenSlide, band: &Band, min_fraction: f32) -> Vec<TissueRow> {
    let fraction = |cell: Cell| slide.mask.as_ref().map_or(1.0, |mask| mask.fraction(slide.grid.rect_level0(cell)));
    let row = |row: u32| {
        let cells = slide.grid.cells(row).map(|cell| (cell, fraction(cell)));
        let cells = cells.filter(|(_, fraction)| *fraction >= min_fraction).collect();
        TissueRow { row, cells, looked_at: u64::from(slide.grid.columns()) }
    };
    band.grid_rows.clone().map(row).collect()
}

/// An upper bound of the bytes that a band holds at once: compressed tiles of two rows, decoded tiles of one row and
/// its overlap, and all features.
pub(crate) fn bytes_held(slide: &OpenSlide, rows: &[TissueRow], card: &EncoderCard) -> u64 {
    let Ok(level) = slide.slide.level(slide.grid.level()) else { return 0 };
    let decoded_tile = u64::from(level.tile_width) * u64::from(level.tile_height) * 3;
    let of_row = |row: &TissueRow| {
        let stored = slide.grid.row_band(row.row);
        let bytes = slide.slide.stored_bytes(slide.grid.level(), stored.clone(), 0..level.columns).unwrap_or(0);
        2 * bytes + (stored.len() as u64 + 1) * u64::from(level.columns) * decoded_tile
    };
    let tiles: usize = rows.iter().map(|row| row.cells.len()).sum();
    rows.iter().map(of_row).max().unwrap_or(0) + 3 * (tiles * card.output.width * 4) as u64
}

/// Fetches row after row. Ends early, without an error, when the receiving side has stopped.
pub(crate) async fn run(
    slide: &OpenSlide,
    rows: Vec<TissueRow>,
    sender: &mpsc::Sender<Piece>,
) -> Result<(), SlideError> {
    let mut asked = BTreeSet::new();
    for row in rows {
        let mut wanted = BTreeSet::new();
        for (cell, _) in &row.cells {
            let (columns, stored_rows) = slide.grid.stored(*cell);
            wanted.extend(stored_rows.flat_map(|row| columns.clone().map(move |column| (row, column))));
        }
        let tiles: Vec<(u32, u32)> = wanted.difference(&asked).map(|&(row, column)| (column, row)).collect();
        let stored = slide.slide.fetch_tiles(slide.grid.level(), &tiles).await?;
        asked = wanted.union(&asked).copied().collect();
        asked = asked.split_off(&(slide.grid.row_band(row.row).start, 0));
        if sender.send(Piece { row, stored }).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
