//! Cuts one slide into shards.

use std::sync::Arc;

use renkei_domain::plan::{Band, Shard, SlideRef};
use renkei_slide::{TileGrid, lay};

use super::{Surveyed, Wish};
use crate::RunError;

/// One slide with its grid cut into bands.
#[derive(Debug, Clone)]
pub struct SlidePlan {
    /// The slide as every shard names it.
    pub slide: Arc<SlideRef>,
    grid: TileGrid,
    bands: Vec<renkei_slide::Band>,
}

/// Lays the grid of one slide and cuts it; a slide that cannot be used gives the reason.
pub fn plan_slide(surveyed: &Surveyed, wish: &Wish) -> Result<SlidePlan, String> {
    let header = surveyed.header.as_ref().map_err(Clone::clone)?;
    let um_per_px = surveyed.row.um_per_px.or(header.um_per_px);
    let (_, grid) = lay(header, um_per_px, &wish.grid).map_err(|error| error.to_string())?;
    let um_per_px = um_per_px.ok_or_else(|| renkei_slide::SlideError::MissingResolution.to_string())?;
    if grid.rows() == 0 || grid.columns() == 0 {
        return Err("the slide is smaller than one tile at the encoder's resolution".to_owned());
    }
    let slide = Arc::new(SlideRef {
        slide: surveyed.row.slide_id.clone(),
        case: surveyed.row.case_id.clone(),
        url: surveyed.row.location.url.to_string(),
        digest: header.digest,
        um_per_px,
    });
    let bands = grid.bands(stored_rows_of_a_shard(&grid, wish.shard_tiles));
    Ok(SlidePlan { slide, grid, bands })
}

/// Stored rows whose grid rows hold about `tiles` tiles; one at least.
fn stored_rows_of_a_shard(grid: &TileGrid, tiles: u32) -> u32 {
    let grid_rows = (tiles / grid.columns().max(1)).clamp(1, grid.rows().max(1));
    grid.row_band(grid_rows - 1).end.max(1)
}

impl SlidePlan {
    /// The slide's shards.
    pub fn shards(&self) -> Result<Vec<Shard>, RunError> {
        let shard = |band: &renkei_slide::Band| {
            let cells = u64::from(self.grid.columns()) * band.rows.len() as u64;
            Ok(Shard::band(Band { slide: Arc::clone(&self.slide), grid_rows: band.rows.clone(), cells })?)
        };
        self.bands.iter().map(shard).collect()
    }
}
