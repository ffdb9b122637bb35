//! Key features with their exemplars, in the report's words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{UInt32Type, UInt64Type};
use renkei_domain::plan::Stage;
use renkei_model::{Findings, Impact};
use renkei_report::{EncodedImage, Estimate, KeyFeature, KeyFeatures, Part};
use renkei_slide::Cell;
use renkei_stage::ShardError;

use super::{images, selection};
use crate::Context;
use crate::reading::{numbers, small_table, texts};

/// Key features shown, those with the smallest p-values first.
const SHOWN: usize = 12;

pub(super) async fn part(context: &Arc<Context>, findings: &Findings) -> Result<Part<KeyFeatures>, ShardError> {
    let Some(impacts) = findings.impacts.done() else { return Ok(Part::absent(super::reason(&findings.impacts))) };
    let mut tested: Vec<&Impact> = impacts.tested.iter().collect();
    tested.sort_by(|a, b| a.p.total_cmp(&b.p).then(a.key_feature.cmp(&b.key_feature)));
    tested.truncate(SHOWN);
    let shown: BTreeSet<u32> = tested.iter().map(|impact| impact.key_feature as u32).collect();
    let mut exemplars = exemplars(context, &shown).await?;
    let cases = cases_with(context).await?;
    let features = tested.into_iter().map(|impact| KeyFeature {
        index: impact.key_feature as u64,
        tiles: impact.tiles,
        cases: cases.get(&(impact.key_feature as u32)).copied().unwrap_or(0),
        impact: Estimate::with_interval(impact.coefficient, impact.lower, impact.upper),
        p_adjusted: Some(impact.p_adjusted),
        chosen: selection::chosen(findings, impact.key_feature),
        exemplars: exemplars.remove(&(impact.key_feature as u32)).unwrap_or_default(),
    });
    Ok(Part::Done(KeyFeatures {
        method: format!("PCA to at most {} dimensions, then k-means", context.spec.features.dimensions),
        clusters: (impacts.tested.len() + impacts.untestable.len()) as u64,
        tested: impacts.tested.len() as u64,
        adjustment: "Benjamini-Hochberg".to_owned(),
        selection: selection::sentences(findings),
        features: features.collect(),
    }))
}

async fn exemplars(
    context: &Arc<Context>,
    shown: &BTreeSet<u32>,
) -> Result<BTreeMap<u32, Vec<EncodedImage>>, ShardError> {
    let slides = images::slides_of(context).await?;
    let mut found: BTreeMap<u32, Vec<EncodedImage>> = BTreeMap::new();
    for batch in small_table(context, Stage::Cluster, "exemplars").await? {
        let (ids, features) = (texts(&batch, "slide_id")?, numbers::<UInt32Type>(&batch, "key_feature")?);
        let (columns, rows) = (numbers::<UInt32Type>(&batch, "column")?, numbers::<UInt32Type>(&batch, "row")?);
        for tile in (0..batch.num_rows()).filter(|tile| shown.contains(&features[*tile])) {
            let cell = Cell { row: rows[tile], column: columns[tile] };
            let image = images::exemplar(context, images::known(&slides, ids[tile])?, cell).await?;
            found.entry(features[tile]).or_default().push(image);
        }
    }
    Ok(found)
}

async fn cases_with(context: &Context) -> Result<BTreeMap<u32, u64>, ShardError> {
    let mut cases = BTreeMap::new();
    for batch in small_table(context, Stage::Summarise, "histograms").await? {
        let tiles = numbers::<UInt64Type>(&batch, "tiles")?;
        for (feature, _) in
            numbers::<UInt32Type>(&batch, "key_feature")?.iter().zip(tiles).filter(|(_, tiles)| **tiles > 0)
        {
            *cases.entry(*feature).or_default() += 1;
        }
    }
    Ok(cases)
}
