//! Reads the header of every slide.

use futures::{StreamExt, TryStreamExt, stream};
use renkei_cohort::SlideRow;
use renkei_domain::ErrorKind;
use renkei_slide::{Limits, SlideHeader};

use crate::RunError;

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
///
/// # Errors
/// A store that is away, refuses, or is overloaded says nothing about its slides: none is set aside for that.
pub async fn survey(rows: Vec<SlideRow>, limits: &Limits) -> Result<Vec<Surveyed>, RunError> {
    let one = |row: SlideRow| async move {
        match renkei_slide::open(row.location.store.clone(), &row.location.path, limits).await {
            Ok(slide) => Ok(Surveyed { row, header: Ok(slide.header().clone()) }),
            Err(error) if of_the_store(error.kind()) => Err(RunError::Survey(error)),
            Err(error) => Ok(Surveyed { row, header: Err(error.to_string()) }),
        }
    };
    stream::iter(rows).map(one).buffered(AT_ONCE).try_collect().await
}

fn of_the_store(kind: ErrorKind) -> bool {
    kind.retryable() || kind == ErrorKind::Denied
}
