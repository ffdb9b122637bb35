//! Reads the header of every slide.

use futures::{StreamExt, stream};
use renkei_cohort::SlideRow;
use renkei_slide::{Limits, SlideHeader};

/// How many headers are read at once.
const AT_ONCE: usize = 8;

/// A slide of the slide table, and its header or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Surveyed {
    /// The table's row.
    pub row: SlideRow,
    /// Levels, resolution, digest.
    pub header: Result<SlideHeader, String>,
}

/// Opens every slide, in the table's order.
pub async fn survey(rows: Vec<SlideRow>, limits: &Limits) -> Vec<Surveyed> {
    let one = |row: SlideRow| async move {
        let opened = renkei_slide::open(row.location.store.clone(), &row.location.path, limits).await;
        let header = opened.map(|slide| slide.header().clone()).map_err(|error| error.to_string());
        Surveyed { row, header }
    };
    stream::iter(rows).map(one).buffered(AT_ONCE).collect().await
}
