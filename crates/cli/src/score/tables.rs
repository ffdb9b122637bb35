//! Scores and contributions as tables. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::DataType;
use renkei_artifacts::table::write_parquet;
use renkei_model::frozen::{Part, Risk, Score};

use super::ScoredCase;
use crate::export::{File, fhir};

/// One row a case, refused ones too: `case_id`, `model`, `linear_predictor`, `risk_N_years` with `_lower` and `_upper` by
/// horizon, `refusal`.
pub(crate) fn scores(cases: &[ScoredCase], horizons_years: &[f64]) -> anyhow::Result<File> {
    let score = |case: &ScoredCase| case.outcome.as_ref().ok().map(|score| score.linear_predictor);
    let model = |case: &ScoredCase| case.outcome.as_ref().ok().map(|score| fhir::model(score.by).column);
    let mut columns: Vec<(String, ArrayRef, bool)> = vec![
        ("case_id".into(), texts(cases.iter().map(|case| Some(case.case.to_string()))), false),
        ("model".into(), texts(cases.iter().map(model)), true),
        ("linear_predictor".into(), Arc::new(cases.iter().map(score).collect::<Float64Array>()), true),
    ];
    for (place, years) in horizons_years.iter().enumerate() {
        let told = |pick: fn(&Risk) -> Option<f64>| -> ArrayRef {
            let risk = |score: &Score| score.risks.get(place).and_then(pick);
            Arc::new(cases.iter().map(|case| case.outcome.as_ref().ok().and_then(risk)).collect::<Float64Array>())
        };
        columns.push((format!("risk_{years}_years"), told(|risk| risk.risk), true));
        columns.push((format!("risk_{years}_years_lower"), told(|risk| Some(risk.interval?.lower)), true));
        columns.push((format!("risk_{years}_years_upper"), told(|risk| Some(risk.interval?.upper)), true));
    }
    columns.push(("refusal".into(), texts(cases.iter().map(|case| case.outcome.as_ref().err())), true));
    file("scores.parquet", &RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// One row a scored case and part of its linear predictor, the largest first: `case_id`, `rank` (from 1), `part` (`records`
/// or `images`), `predictor`, `contribution`.
pub(crate) fn contributions(cases: &[ScoredCase]) -> anyhow::Result<File> {
    let (mut ids, mut ranks, mut parts, mut names, mut values) = (vec![], vec![], vec![], vec![], vec![]);
    for (case, score) in cases.iter().filter_map(|case| Some((&case.case, case.outcome.as_ref().ok()?))) {
        let mut sorted: Vec<_> = score.contributions.iter().collect();
        sorted.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        for (rank, contribution) in (1..).zip(sorted) {
            let (part, name) = match &contribution.part {
                Part::Predictor(name) => ("records", Some(name.clone())),
                Part::Images => ("images", None),
            };
            ids.push(case.to_string());
            ranks.push(rank);
            parts.push(part);
            names.push(name);
            values.push(contribution.value);
        }
    }
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("case_id", Arc::new(StringArray::from(ids)), false),
        ("rank", Arc::new(UInt32Array::from(ranks)), false),
        ("part", Arc::new(StringArray::from(parts)), false),
        ("predictor", Arc::new(StringArray::from(names)), true),
        ("contribution", Arc::new(Float64Array::from(values)), false),
    ];
    file("contributions.parquet", &RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// The rows of a table whose case is one of `cases`.
pub(crate) fn of_scored(batch: &RecordBatch, cases: &BTreeSet<&str>) -> anyhow::Result<RecordBatch> {
    let case = batch.column_by_name("case_id").ok_or_else(|| anyhow::anyhow!("a table has no column `case_id`"))?;
    let case = arrow::compute::cast(case, &DataType::Utf8)?;
    let case = arrow::array::AsArray::as_string::<i32>(&case);
    let kept: BooleanArray = case.iter().map(|id| Some(id.is_some_and(|id| cases.contains(id)))).collect();
    Ok(filter_record_batch(batch, &kept)?)
}

fn file(name: &'static str, rows: &RecordBatch) -> anyhow::Result<File> {
    Ok(File { name, rows: rows.num_rows(), bytes: write_parquet(std::slice::from_ref(rows))? })
}

fn texts<T: AsRef<str>>(texts: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}
