//! The slides shown, with their risk surfaces.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Float64Type;
use renkei_domain::plan::{SlideRef, Stage};
use renkei_model::Findings;
use renkei_report::{RgbImage, RiskScale, RiskSurface, SlideView, TileRisk, TissueMask};
use renkei_slide::Slide;
use renkei_stage::ShardError;

use super::images;
use crate::Context;
use crate::reading::{batches, entries, numbers, small_table, texts};
use crate::stages::embed::{mask_of, open_unmasked, slide_error, thumbnail};

/// The share of the slides' order by score at which each shown slide stands.
const PLACES: [(&str, f64); 3] = [("highest risk", 1.0), ("median risk", 0.5), ("lowest risk", 0.0)];

/// The tiles of one slide with their risks.
#[derive(Debug, Default)]
pub(crate) struct SlideRisk {
    tiles: Vec<TileRisk>,
    side: f64,
}

/// Views of the slides with the highest, the median and the lowest score; none without an image model.
pub(super) async fn shown(context: &Arc<Context>, findings: &Findings) -> Result<Option<Vec<SlideView>>, ShardError> {
    if findings.images.done().is_none() {
        return Ok(None);
    }
    let chosen = chosen(context).await?;
    let mut risks = risks(context, &chosen).await?;
    let scale = scale(&risks);
    let slides = images::slides_of(context).await?;
    let mut views = Vec::new();
    for (role, id, score) in chosen {
        let risk = risks.remove(&id).unwrap_or_default();
        let known = images::known(&slides, &id)?;
        let slide = open_unmasked(context, known).await?;
        let mask = mask_of(context, &slide).await?;
        let surface = surface(context, known, &slide, risk, score, scale).await?;
        let mask = TissueMask { width: mask.width(), height: mask.height(), pixels: mask.to_pixels() };
        views.push(SlideView { role: role.to_owned(), mask: Some(mask), surface });
    }
    Ok(Some(views))
}

/// One scale for all tiles of these slides.
pub(crate) fn scale(risks: &BTreeMap<String, SlideRisk>) -> RiskScale {
    RiskScale::over(risks.values().flat_map(|risk| risk.tiles.iter().map(|tile| tile.risk)))
}

/// The surface of one slide.
pub(crate) async fn surface(
    context: &Context,
    of: &SlideRef,
    slide: &Slide,
    risk: SlideRisk,
    score: f64,
    scale: RiskScale,
) -> Result<RiskSurface, ShardError> {
    let level0 = slide.level(0).map_err(|error| slide_error(&error))?.clone();
    let picture = thumbnail(slide).await?.image;
    Ok(RiskSurface {
        slide_id: of.slide.to_string(),
        width_px: f64::from(level0.width),
        height_px: f64::from(level0.height),
        um_per_px: Some(of.um_per_px.get()),
        tile_side_px: risk.side,
        tiles: risk.tiles,
        score,
        offset: 0.0,
        quantity: "contribution to the case's log hazard".to_owned(),
        scale,
        thumbnail: Some(RgbImage { width: picture.width, height: picture.height, pixels: picture.pixels }),
        banner: context.spec.banner.clone(),
    })
}

/// Role, id and score of the slides to show; fewer slides than places are shown once.
async fn chosen(context: &Context) -> Result<Vec<(&'static str, String, f64)>, ShardError> {
    let mut all: Vec<(f64, String)> = Vec::new();
    for batch in small_table(context, Stage::Score, "slide_scores").await? {
        let scores = numbers::<Float64Type>(&batch, "score")?;
        all.extend(texts(&batch, "slide_id")?.into_iter().zip(scores).map(|(id, score)| (*score, id.to_owned())));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    let mut chosen: Vec<(&'static str, String, f64)> = Vec::new();
    for (role, place) in PLACES {
        let index = (all.len().saturating_sub(1) as f64 * place).round() as usize;
        if let Some((score, id)) = all.get(index)
            && chosen.iter().all(|(_, other, _)| other != id)
        {
            chosen.push((role, id.clone(), *score));
        }
    }
    Ok(chosen)
}

async fn risks(context: &Context, chosen: &[(&str, String, f64)]) -> Result<BTreeMap<String, SlideRisk>, ShardError> {
    let mut found: BTreeMap<String, SlideRisk> = BTreeMap::new();
    let wanted = |id: &str| chosen.iter().any(|(_, wanted, _)| wanted == id);
    for entry in entries(context, Stage::Score, "risk").await? {
        for batch in batches(context, &entry).await? {
            add_risks(context, &batch, wanted, &mut found)?;
        }
    }
    Ok(found)
}

/// Adds the tiles of a table of risks to their slides, if they are wanted.
pub(crate) fn add_risks(
    context: &Context,
    batch: &RecordBatch,
    wanted: impl Fn(&str) -> bool,
    found: &mut BTreeMap<String, SlideRisk>,
) -> Result<(), ShardError> {
    // The surface is drawn over whole cells: tiles with a margin between them are widened to the grid's step.
    let wish = context.grid_wish();
    let step = f64::from(wish.stride_px) / f64::from(wish.tile_px);
    let (xs, ys) = (numbers::<Float64Type>(batch, "x_px")?, numbers::<Float64Type>(batch, "y_px")?);
    let (sides, risks) = (numbers::<Float64Type>(batch, "side_px")?, numbers::<Float64Type>(batch, "contribution")?);
    for (tile, id) in texts(batch, "slide_id")?.into_iter().enumerate() {
        if wanted(id) {
            let slide = found.entry(id.to_owned()).or_default();
            slide.side = sides[tile] * step;
            let margin = (slide.side - sides[tile]) / 2.0;
            slide.tiles.push(TileRisk { x_px: xs[tile] - margin, y_px: ys[tile] - margin, risk: risks[tile] });
        }
    }
    Ok(())
}
