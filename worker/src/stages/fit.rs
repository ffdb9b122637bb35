//! Cases and their key features -> survival models, validation, nulls. Writes `findings` (JSON) and `model` (JSON: the
//! frozen model that scores new cases).

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{UInt32Type, UInt64Type};
use renkei_cohort::{baseline_cells, case_ids};
use renkei_domain::plan::Stage;
use renkei_launch::{Frozen, model_input};
use renkei_model::baseline::with_baselines;
use renkei_model::{Images, Input, analyse};
use renkei_stage::ShardError;

use super::{defect, off_thread};
use crate::reading::{arrow_error, numbers, small_table, texts};
use crate::{Attempt, Context};

/// Fits and validates.
pub async fn run(context: &Arc<Context>, attempt: &mut Attempt<'_>) -> Result<(), ShardError> {
    let cases = cases(context).await?;
    let histograms = small_table(context, Stage::Summarise, "histograms").await?;
    let input = input(context, &cases, &histograms)?;
    let spec = context.spec.clone();
    let cells = baseline_cells(&cases, &spec.model.baselines)
        .map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
    let encoder = context.encoder.card().clone();
    let (findings, frozen) = off_thread(move || {
        let horizons = &spec.endpoint.horizons_years;
        let findings = analyse(&input, &spec.model, spec.seed, horizons)
            .map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
        let frozen = Frozen::of(&spec, &cases, &input, &findings, encoder)
            .map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
        Ok((with_baselines(findings, &input, &cells, &spec.model, spec.seed, horizons), frozen))
    })
    .await?;
    let bytes = serde_json::to_vec_pretty(&findings).map_err(defect)?;
    attempt.put("findings", "findings.json", bytes, 0).await?;
    let bytes = serde_json::to_vec_pretty(&frozen).map_err(defect)?;
    attempt.put("model", "model.json", bytes, 0).await
}

/// The selected cases as one batch, ordered by case id.
pub(crate) async fn cases(context: &Context) -> Result<RecordBatch, ShardError> {
    let batches = small_table(context, Stage::Cohort, "cases").await?;
    let first = batches.first().ok_or_else(|| defect("the cohort has no cases"))?;
    concat_batches(&first.schema(), &batches).map_err(arrow_error)
}

/// Cases and their key features as the models take them.
fn input(context: &Context, cases: &RecordBatch, histograms: &[RecordBatch]) -> Result<Input, ShardError> {
    let ids = case_ids(cases).map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
    let order = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    model_input(&context.spec.cohort.predictors, cases, images(&order, histograms)?)
        .map_err(|error| ShardError::new(error.kind(), error.to_string()))
}

/// Tile counts of every case in the cases' order; a case without tiles keeps zeros.
fn images(order: &HashMap<&str, usize>, histograms: &[RecordBatch]) -> Result<Option<Images>, ShardError> {
    let mut key_features = 0;
    for batch in histograms {
        let most = numbers::<UInt32Type>(batch, "key_feature")?.iter().max().map_or(0, |most| *most as usize + 1);
        key_features = key_features.max(most);
    }
    let mut counts = vec![0; order.len() * key_features];
    for batch in histograms {
        let found = texts(batch, "case_id")?.into_iter().zip(numbers::<UInt32Type>(batch, "key_feature")?);
        for ((case, key_feature), tiles) in found.zip(numbers::<UInt64Type>(batch, "tiles")?) {
            if let Some(case) = order.get(case) {
                counts[case * key_features + *key_feature as usize] = *tiles;
            }
        }
    }
    Ok((key_features > 0).then_some(Images { counts, key_features }))
}
