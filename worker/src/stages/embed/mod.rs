//! Slides -> tiles -> features: one band of one slide.
//!
//! Reading and computing overlap: this task fetches the next grid row while a blocking thread decodes and encodes the
//! present one. That thread does both in turn on one encoder session of one thread; a worker runs as many bands as it
//! has cores, so that decoding and inference never compete for a core.

mod compute;
mod fetch;
mod open;
mod tables;

pub use open::{OpenSlide, SlideCache};
pub(crate) use open::{mask_of, open_unmasked, thumbnail};

use std::sync::Arc;

use renkei_domain::ErrorKind;
use renkei_domain::plan::Band;
use renkei_domain::record::Quarantine;
use renkei_slide::SlideError;
use renkei_stage::ShardError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::defect;
use crate::{Attempt, Context};

/// Embeds the tissue tiles of `band` and writes `tiles` and `features`.
pub async fn run(
    context: &Arc<Context>,
    band: &Band,
    attempt: &mut Attempt<'_>,
    cancel: &CancellationToken,
) -> Result<(), ShardError> {
    let slide = match context.slides.open(context, &band.slide).await {
        Ok(slide) => slide,
        Err(error) => return set_aside(context, band, attempt, error),
    };
    let rows = fetch::tissue_rows(&slide, band, context.spec.tissue.min_fraction as f32);
    let permit = context.memory.acquire(fetch::bytes_held(&slide, &rows, context.encoder.card()));
    let permit = permit.await.map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
    let (sender, receiver) = mpsc::channel(1);
    let computing = tokio::task::spawn_blocking({
        let (context, slide, cancel) = (Arc::clone(context), Arc::clone(&slide), cancel.clone());
        move || compute::run(&context, &slide, receiver, &cancel)
    });
    let fetched = fetch::run(&slide, rows, &sender).await;
    drop(sender);
    let embedded = computing.await.map_err(defect)??;
    fetched.map_err(|error| slide_error(&error))?;
    attempt.consumed(embedded.input);
    attempt.quarantine(embedded.faults.iter().map(|fault| Quarantine {
        slide: band.slide.slide.hashed(),
        tile: Some((fault.0.column, fault.0.row)),
        reason: fault.1.clone(),
    }));
    tables::write(&slide, &band.slide, embedded, attempt).await?;
    drop(permit);
    Ok(())
}

/// A slide that turned out to be broken is committed as such; a store that failed, or a slide that changed, is not.
fn set_aside(context: &Context, band: &Band, attempt: &mut Attempt<'_>, error: ShardError) -> Result<(), ShardError> {
    let stop = context.spec.slides.on_failure == renkei_domain::spec::SlideFailure::Stop;
    if error.kind != ErrorKind::Data || stop {
        return Err(error);
    }
    attempt.quarantine([Quarantine { slide: band.slide.slide.hashed(), tile: None, reason: error.message }]);
    Ok(())
}

pub(crate) fn slide_error(error: &SlideError) -> ShardError {
    ShardError::new(error.kind(), error.to_string())
}
