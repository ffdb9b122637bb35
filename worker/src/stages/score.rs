//! The image model -> what every tile adds to its case's score. Writes `risk` (an object a shard of tiles), `scores`
//! (one row a case) and `slide_scores`.
//!
//! A case's image score is the mean over its tiles of their key feature's weight, so a tile's share of it is its weight
//! divided by the case's tiles, and the shares of a case add up to its score exactly: not attention, but the score itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, UInt32Type, UInt64Type};
use renkei_artifacts::table;
use renkei_cohort::case_ids;
use renkei_domain::plan::Stage;
use renkei_model::{Findings, KeyFeatureWeights, Model, Outcome};
use renkei_stage::ShardError;

use super::{defect, fit};
use crate::reading::{arrow_error, artifact_error, batches, entries, file, numbers, small_table, texts};
use crate::{Attempt, Context};

/// Scores tiles, slides and cases.
pub async fn run(context: &Arc<Context>, attempt: &mut Attempt<'_>) -> Result<(), ShardError> {
    let findings = findings(context).await?;
    let cases = fit::cases(context).await?;
    put(attempt, "scores", "scores.parquet", &scores(&findings, &cases)?).await?;
    let Some(weights) = findings.images.done().and_then(|model| model.key_features.as_ref()) else { return Ok(()) };
    let tiles_of = tiles_by_case(context).await?;
    let tiles = entries(context, Stage::Embed, "tiles").await?;
    let assignments = entries(context, Stage::Cluster, "assignments").await?;
    let mut slides: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (number, (tiles, assigned)) in tiles.iter().zip(&assignments).enumerate() {
        let risk = risk(&batches(context, tiles).await?, &batches(context, assigned).await?, weights, &tiles_of)?;
        add_up(&risk, &mut slides)?;
        put(attempt, "risk", &format!("{number:06}.parquet"), &risk).await?;
    }
    put(attempt, "slide_scores", "slide_scores.parquet", &slide_scores(&slides)?).await
}

pub(crate) async fn findings(context: &Context) -> Result<Findings, ShardError> {
    serde_json::from_slice(&file(context, Stage::Fit, "findings").await?).map_err(defect)
}

async fn put(attempt: &mut Attempt<'_>, name: &str, file: &str, rows: &RecordBatch) -> Result<(), ShardError> {
    let bytes = table::write_parquet(std::slice::from_ref(rows)).map_err(artifact_error)?;
    attempt.put(name, file, bytes, rows.num_rows() as u64).await
}

async fn tiles_by_case(context: &Context) -> Result<BTreeMap<String, u64>, ShardError> {
    let mut tiles: BTreeMap<String, u64> = BTreeMap::new();
    for batch in small_table(context, Stage::Summarise, "slides").await? {
        for (case, count) in texts(&batch, "case_id")?.into_iter().zip(numbers::<UInt64Type>(&batch, "tiles")?) {
            *tiles.entry(case.to_owned()).or_default() += count;
        }
    }
    Ok(tiles)
}

/// The tiles of one shard with their share of their case's score.
pub(crate) fn risk(
    tiles: &[RecordBatch],
    assigned: &[RecordBatch],
    weights: &KeyFeatureWeights,
    tiles_of: &BTreeMap<String, u64>,
) -> Result<RecordBatch, ShardError> {
    let first = tiles.first().ok_or_else(|| defect("a shard without tiles"))?;
    let tiles = concat_batches(&first.schema(), tiles).map_err(arrow_error)?;
    let assigned =
        concat_batches(&assigned.first().ok_or_else(|| defect("a shard without assignments"))?.schema(), assigned);
    let assigned = assigned.map_err(arrow_error)?;
    if texts(&tiles, "slide_id")? != texts(&assigned, "slide_id")? {
        return Err(defect("tiles and their key features are not in the same order"));
    }
    let shares = texts(&tiles, "case_id")?.into_iter().zip(numbers::<UInt32Type>(&assigned, "key_feature")?).map(
        |(case, key_feature)| {
            weights.tile(*key_feature as usize) / tiles_of.get(case).copied().unwrap_or(1).max(1) as f64
        },
    );
    let mut fields: Vec<Field> = tiles.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns = tiles.columns().to_vec();
    fields.push(Field::new("key_feature", DataType::UInt32, false));
    columns.push(Arc::clone(assigned.column_by_name("key_feature").ok_or_else(|| defect("no key feature"))?));
    fields.push(Field::new("contribution", DataType::Float64, false));
    columns.push(Arc::new(Float64Array::from_iter_values(shares)));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(arrow_error)
}

/// Adds the tiles of a shard to their slides.
pub(crate) fn add_up(risk: &RecordBatch, slides: &mut BTreeMap<(String, String), f64>) -> Result<(), ShardError> {
    let shares = numbers::<arrow::datatypes::Float64Type>(risk, "contribution")?;
    for ((slide, case), share) in texts(risk, "slide_id")?.into_iter().zip(texts(risk, "case_id")?).zip(shares) {
        *slides.entry((slide.to_owned(), case.to_owned())).or_default() += share;
    }
    Ok(())
}

/// One row a slide.
pub(crate) fn slide_scores(slides: &BTreeMap<(String, String), f64>) -> Result<RecordBatch, ShardError> {
    let schema = Schema::new(vec![
        Field::new("slide_id", DataType::Utf8, false),
        Field::new("case_id", DataType::Utf8, false),
        Field::new("score", DataType::Float64, false),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(slides.keys().map(|(slide, _)| slide))),
        Arc::new(StringArray::from_iter_values(slides.keys().map(|(_, case)| case))),
        Arc::new(Float64Array::from_iter_values(slides.values().copied())),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
}

/// One row a case: the held-out linear predictor of each model, missing where the model could not say.
fn scores(findings: &Findings, cases: &RecordBatch) -> Result<RecordBatch, ShardError> {
    let ids = case_ids(cases).map_err(defect)?;
    let held_out = |model: &Outcome<Model>| -> ArrayRef {
        let validation = model.done().and_then(|model| model.validation.done());
        let values = validation.map_or_else(|| vec![None; ids.len()], |validation| validation.linear_predictor.clone());
        Arc::new(Float64Array::from(values))
    };
    let schema = Schema::new(vec![
        Field::new("case_id", DataType::Utf8, false),
        Field::new("records", DataType::Float64, true),
        Field::new("images", DataType::Float64, true),
        Field::new("records_and_images", DataType::Float64, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(ids.iter().map(renkei_domain::CaseId::as_str))),
        held_out(&findings.records),
        held_out(&findings.images),
        held_out(&findings.records_and_images),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
}
