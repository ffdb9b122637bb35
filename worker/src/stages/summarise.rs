//! Tiles' key features -> how much of each a slide and a case hold. Writes `slides`, `histograms` (one row a case and
//! key feature).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use renkei_artifacts::table;
use renkei_domain::plan::Stage;
use renkei_stage::ShardError;
use renkei_stats::compose::{centred_log_ratios, proportions};

use super::stats_error;
use crate::reading::{arrow_error, artifact_error, batches, entries, numbers, small_table, texts};
use crate::{Attempt, Context};

/// Added to every count before a logarithm is taken, as in most compositional analyses of sparse counts.
const PSEUDO_COUNT: f64 = 0.5;

/// Counts the key features of every slide and case.
pub async fn run(context: &Arc<Context>, attempt: &mut Attempt<'_>) -> Result<(), ShardError> {
    let clusters: usize =
        small_table(context, Stage::Cluster, "key_features").await?.iter().map(RecordBatch::num_rows).sum();
    let mut cases: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut slides: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entry in entries(context, Stage::Cluster, "assignments").await? {
        for batch in batches(context, &entry).await? {
            for (slide, case) in texts(&batch, "slide_id")?.into_iter().zip(texts(&batch, "case_id")?) {
                *slides.entry((slide.to_owned(), case.to_owned())).or_default() += 1;
            }
            count(&batch, clusters, &mut cases)?;
        }
    }
    let slides = slide_table(&slides)?;
    let rows = slides.num_rows() as u64;
    attempt.put("slides", "slides.parquet", table::write_parquet(&[slides]).map_err(artifact_error)?, rows).await?;
    let histograms = histogram_table(&cases)?;
    let rows = histograms.num_rows() as u64;
    attempt
        .put("histograms", "histograms.parquet", table::write_parquet(&[histograms]).map_err(artifact_error)?, rows)
        .await
}

/// Adds assigned tiles to the counts of their cases by key feature, of which there are `clusters`.
pub(crate) fn count(
    assigned: &RecordBatch,
    clusters: usize,
    cases: &mut BTreeMap<String, Vec<u64>>,
) -> Result<(), ShardError> {
    for (case, found) in texts(assigned, "case_id")?.into_iter().zip(numbers::<UInt32Type>(assigned, "key_feature")?) {
        cases.entry(case.to_owned()).or_insert_with(|| vec![0; clusters])[*found as usize] += 1;
    }
    Ok(())
}

fn slide_table(slides: &BTreeMap<(String, String), u64>) -> Result<RecordBatch, ShardError> {
    let schema = Schema::new(vec![
        Field::new("slide_id", DataType::Utf8, false),
        Field::new("case_id", DataType::Utf8, false),
        Field::new("tiles", DataType::UInt64, false),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(slides.keys().map(|(slide, _)| slide))),
        Arc::new(StringArray::from_iter_values(slides.keys().map(|(_, case)| case))),
        Arc::new(UInt64Array::from_iter_values(slides.values().copied())),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
}

fn histogram_table(cases: &BTreeMap<String, Vec<u64>>) -> Result<RecordBatch, ShardError> {
    let schema = Schema::new(vec![
        Field::new("case_id", DataType::Utf8, false),
        Field::new("key_feature", DataType::UInt32, false),
        Field::new("tiles", DataType::UInt64, false),
        Field::new("proportion", DataType::Float64, false),
        Field::new("centred_log_ratio", DataType::Float64, false),
    ]);
    let (mut shares, mut ratios) = (Vec::new(), Vec::new());
    for counts in cases.values() {
        shares.extend(proportions(counts, 0.0).map_err(stats_error)?);
        ratios.extend(centred_log_ratios(counts, PSEUDO_COUNT).map_err(stats_error)?);
    }
    let names: Vec<&str> = cases.iter().flat_map(|(case, counts)| counts.iter().map(move |_| case.as_str())).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(names)),
        Arc::new(UInt32Array::from(cases.values().flat_map(|counts| 0..counts.len() as u32).collect::<Vec<_>>())),
        Arc::new(UInt64Array::from(cases.values().flatten().copied().collect::<Vec<_>>())),
        Arc::new(Float64Array::from(shares)),
        Arc::new(Float64Array::from(ratios)),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(arrow_error)
}
