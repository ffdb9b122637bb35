//! The risk surface of new slides, as the report of a run draws it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::Float64Type;
use renkei_domain::plan::SlideRef;
use renkei_report::RiskScale;
use renkei_stage::ShardError;

use super::ScoredTiles;
use crate::Context;
use crate::reading::{numbers, texts};
use crate::stages::embed::open_unmasked;
use crate::stages::report::pictures;
use crate::stages::report::slides::{SlideRisk, add_risks, scale, surface};

/// Surfaces to draw, all on one scale.
#[derive(Debug)]
pub struct Surfaces {
    context: Arc<Context>,
    risks: BTreeMap<String, SlideRisk>,
    scores: BTreeMap<String, f64>,
    scale: RiskScale,
}

impl Surfaces {
    /// The surfaces of the slides with a tile.
    pub fn of(context: Arc<Context>, scored: &ScoredTiles) -> Result<Self, ShardError> {
        let mut risks = BTreeMap::new();
        for batch in &scored.risk {
            add_risks(&context, batch, |_| true, &mut risks)?;
        }
        let scores = numbers::<Float64Type>(&scored.slide_scores, "score")?;
        let slides = texts(&scored.slide_scores, "slide_id")?;
        let scores = slides.into_iter().map(ToOwned::to_owned).zip(scores.iter().copied()).collect();
        Ok(Self { context, scale: scale(&risks), risks, scores })
    }

    /// Draws one slide: a picture (PNG) and an overlay (GeoJSON); none for a slide without a tile.
    pub async fn draw(&mut self, of: &SlideRef) -> Result<Option<(Vec<u8>, String)>, ShardError> {
        let Some(risk) = self.risks.remove(of.slide.as_str()) else { return Ok(None) };
        let score = self.scores.get(of.slide.as_str()).copied().unwrap_or_default();
        let slide = open_unmasked(&self.context, of).await?;
        let surface = surface(&self.context, of, &slide, risk, score, self.scale).await?;
        pictures(surface).await.map(Some)
    }
}
