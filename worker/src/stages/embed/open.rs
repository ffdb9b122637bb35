//! Open slides with their grid and tissue mask, shared by the shards of a slide.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use renkei_artifacts::Location;
use renkei_domain::plan::SlideRef;
use renkei_domain::spec::TissueMethod;
use renkei_domain::{ErrorKind, SlideId};
use renkei_slide::{Reading, Slide, Thumbnail, ThumbnailBuilder, TileGrid, TissueMask, lay};
use renkei_stage::ShardError;
use tokio::sync::OnceCell;

use super::slide_error;
use crate::Context;
use crate::reading::artifact_error;
use crate::stages::{defect, off_thread};

/// Slides kept open. Shards come slide by slide, so few suffice.
const KEPT: usize = 8;

/// A slide ready to be cut into tiles.
#[derive(Debug)]
pub struct OpenSlide {
    /// The slide.
    pub slide: Slide,
    /// The level and scale that tiles are read at.
    pub reading: Reading,
    /// Where tiles lie.
    pub grid: TileGrid,
    /// Where tissue is; without it every tile is taken.
    pub mask: Option<TissueMask>,
}

type Entry = (SlideId, Arc<OnceCell<Arc<OpenSlide>>>);

/// The slides that were opened last.
#[derive(Debug, Default)]
pub struct SlideCache {
    entries: Mutex<VecDeque<Entry>>,
}

impl SlideCache {
    /// The slide, opened once however many shards ask for it at the same time.
    pub async fn open(&self, context: &Arc<Context>, slide: &SlideRef) -> Result<Arc<OpenSlide>, ShardError> {
        let cell = self.cell(&slide.slide);
        cell.get_or_try_init(|| open(context, slide)).await.cloned()
    }

    fn cell(&self, slide: &SlideId) -> Arc<OnceCell<Arc<OpenSlide>>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = entries.iter().find(|(known, _)| known == slide) {
            return Arc::clone(cell);
        }
        let cell = Arc::default();
        entries.push_back((slide.clone(), Arc::clone(&cell)));
        if entries.len() > KEPT {
            entries.pop_front();
        }
        cell
    }
}

async fn open(context: &Arc<Context>, wanted: &SlideRef) -> Result<Arc<OpenSlide>, ShardError> {
    let slide = open_unmasked(context, wanted).await?;
    let (reading, grid) =
        lay(slide.header(), Some(wanted.um_per_px), &context.grid_wish()).map_err(|error| slide_error(&error))?;
    let mask = match context.spec.tissue.method {
        TissueMethod::Everything => None,
        TissueMethod::Otsu | TissueMethod::Onnx { .. } => Some(mask_of(context, &slide).await?),
    };
    Ok(Arc::new(OpenSlide { slide, reading, grid, mask }))
}

/// Opens a planned slide and makes sure that it is the one that was planned.
pub(crate) async fn open_unmasked(context: &Context, wanted: &SlideRef) -> Result<Slide, ShardError> {
    let location = Location::resolve_with(&wanted.url, Path::new("/"), &context.stores).map_err(artifact_error)?;
    let slide = renkei_slide::open(location.store, &location.path, &context.limits).await;
    let slide = slide.map_err(|error| slide_error(&error))?;
    if slide.header().digest != wanted.digest {
        let what = format!("slide {} changed since the run was planned; run it again", wanted.slide.hashed());
        return Err(ShardError::new(ErrorKind::Conflict, what));
    }
    Ok(slide)
}

/// A low-power picture of the slide; tiles are read piece by piece and decoded off the async threads.
pub(crate) async fn thumbnail(slide: &Slide) -> Result<Thumbnail, ShardError> {
    let mut builder = ThumbnailBuilder::new(slide.header()).map_err(|error| slide_error(&error))?;
    let level = builder.level();
    for (rows, columns) in builder.pieces() {
        let piece = slide.fetch(level, rows, columns).await.map_err(|error| slide_error(&error))?;
        let slide = slide.clone();
        builder = off_thread(move || {
            builder.add(&slide, &piece).map_err(|error| slide_error(&error))?;
            Ok(builder)
        })
        .await?;
    }
    Ok(builder.finish())
}

/// The slide's tissue mask, by the spec's method.
pub(crate) async fn mask_of(context: &Arc<Context>, slide: &Slide) -> Result<TissueMask, ShardError> {
    let thumbnail = thumbnail(slide).await?;
    let level0 = slide.level(0).map(|level| (level.width, level.height)).map_err(|error| slide_error(&error))?;
    let context = Arc::clone(context);
    off_thread(move || match (&context.mask, context.mask_threshold()) {
        (Some(model), Some(threshold)) => {
            let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
            let image = &thumbnail.image;
            let found = model.probabilities(&image.pixels, image.height as usize, image.width as usize);
            let found = found.map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
            TissueMask::from_probabilities(found.width as u32, found.height as u32, level0, &found.values, threshold)
                .map_err(|error| slide_error(&error))
        }
        (None, None) => Ok(TissueMask::from_thumbnail(&thumbnail)),
        _ => Err(defect("tissue model and spec do not agree")),
    })
    .await
}
