//! The derived cohort in the shape of OMOP CDM 5.4 (`cohort_definition`, `cohort`, `observation`), with days for dates.
//!
//! A case holds no dates, and its pseudonym is no integer. So `subject_id` and `person_id` are numbers of this export
//! only, `subject` maps them to pseudonyms, and every column that the model wants a date in is here one of days since
//! the origin, under another name, so that nobody takes these tables for loaded ones.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use renkei_artifacts::table::write_parquet;
use renkei_domain::spec::TimeUnit;

use super::{Cell, File, MODELS, SealedRun, cells};

/// The one cohort of an export.
const COHORT: i64 = 1;
/// OMOP's "no matching concept": columns of a cohort have names and no concepts.
const NO_CONCEPT: i64 = 0;

/// One row of `observation`.
struct Observed {
    person: i64,
    day: Option<i32>,
    what: String,
    value: Cell,
    unit: Option<String>,
}

/// Every table, in the order in which they refer to each other.
pub(crate) fn tables(run: &SealedRun) -> anyhow::Result<Vec<File>> {
    let cases = run.case_ids()?;
    let persons: Vec<i64> = (1..).take(cases.len()).collect();
    let ends = end_days(run)?;
    Ok(vec![
        file("cohort_definition.parquet", definition(run)?)?,
        file(
            "subject.parquet",
            RecordBatch::try_from_iter([("subject_id", integers(persons.clone())), ("case_id", texts(cases))])?,
        )?,
        file(
            "cohort.parquet",
            RecordBatch::try_from_iter([
                ("cohort_definition_id", integers(vec![COHORT; persons.len()])),
                ("subject_id", integers(persons.clone())),
                ("cohort_start_day", Arc::new(Int32Array::from(vec![0; persons.len()])) as ArrayRef),
                ("cohort_end_day", Arc::new(Int32Array::from(ends.clone()))),
            ])?,
        )?,
        file("observation.parquet", observation(&observed(run, &persons, &ends)?)?)?,
    ])
}

fn file(name: &'static str, rows: RecordBatch) -> anyhow::Result<File> {
    Ok(File { name, rows: rows.num_rows(), bytes: write_parquet(&[rows])? })
}

fn definition(run: &SealedRun) -> anyhow::Result<RecordBatch> {
    let (manifest, endpoint) = (&run.manifest, &run.spec.endpoint);
    let described = format!(
        "Cases of run {} (Merkle root {}, spec {}) for {}; days count from the {}, a cohort ends with the event or the \
         censoring.",
        manifest.run, manifest.merkle_root, manifest.identity.spec, endpoint.name, endpoint.origin
    );
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("cohort_definition_id", integers(vec![COHORT]), false),
        ("cohort_definition_name", texts([&run.spec.name]), false),
        ("cohort_definition_description", texts([described]), true),
        ("definition_type_concept_id", integers(vec![NO_CONCEPT]), false),
        (
            "cohort_definition_syntax",
            Arc::new(StringArray::from(vec![run.spec.cohort.sql.as_deref()])) as ArrayRef,
            true,
        ),
        ("subject_concept_id", integers(vec![NO_CONCEPT]), false),
        ("cohort_initiation_date", Arc::new(Date32Array::from(vec![None])) as ArrayRef, true),
    ])?)
}

/// The day of each case's event or censoring.
fn end_days(run: &SealedRun) -> anyhow::Result<Vec<i32>> {
    let day = |cell: Option<Cell>| match cell {
        Some(Cell::Number(years)) => Ok((years * TimeUnit::Days.per_year()).round() as i32),
        _ => Err(anyhow::anyhow!("a case of the run has no time: call `renkei verify`")),
    };
    cells(&run.cases, "time_years")?.into_iter().map(day).collect()
}

/// The event, the predictors and the scores of every case: by what it is, then by case.
fn observed(run: &SealedRun, persons: &[i64], ends: &[i32]) -> anyhow::Result<Vec<Observed>> {
    let mut rows = Vec::new();
    let events = cells(&run.cases, "event")?;
    for ((event, &person), &end) in events.into_iter().zip(persons).zip(ends) {
        let row = |value| Observed { person, day: Some(end), what: "event".to_owned(), value, unit: None };
        rows.extend(event.map(row));
    }
    for predictor in &run.spec.cohort.predictors {
        let note = run.spec.cohort.columns.get(&predictor.column);
        let unit = note.and_then(|note| note.unit.clone());
        for (value, &person) in cells(&run.cases, &predictor.column)?.into_iter().zip(persons) {
            let row = |value| Observed { person, day: None, what: predictor.column.clone(), value, unit: unit.clone() };
            rows.extend(value.map(row));
        }
    }
    for model in MODELS {
        for (score, &person) in run.scores_of(model)?.into_iter().zip(persons) {
            let what = format!("held-out score, {}", model.column);
            let row = |score| Observed { person, day: None, what, value: Cell::Number(score), unit: None };
            rows.extend(score.map(row));
        }
    }
    Ok(rows)
}

fn observation(rows: &[Observed]) -> anyhow::Result<RecordBatch> {
    let number = |row: &Observed| match row.value {
        Cell::Number(number) => Some(number),
        Cell::Text(_) => None,
    };
    let text = |row: &Observed| match &row.value {
        Cell::Number(_) => None,
        Cell::Text(text) => Some(text.clone()),
    };
    let days: Int32Array = rows.iter().map(|row| row.day).collect();
    let numbers: Float64Array = rows.iter().map(number).collect();
    let strings: StringArray = rows.iter().map(text).collect();
    let units: StringArray = rows.iter().map(|row| row.unit.as_deref()).collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("observation_id", integers((1..).take(rows.len()).collect()), false),
        ("person_id", integers(rows.iter().map(|row| row.person).collect()), false),
        ("observation_concept_id", integers(vec![NO_CONCEPT; rows.len()]), false),
        ("observation_day", Arc::new(days) as ArrayRef, true),
        ("observation_type_concept_id", integers(vec![NO_CONCEPT; rows.len()]), false),
        ("value_as_number", Arc::new(numbers) as ArrayRef, true),
        ("value_as_string", Arc::new(strings) as ArrayRef, true),
        ("observation_source_value", texts(rows.iter().map(|row| &row.what)), false),
        ("unit_source_value", Arc::new(units) as ArrayRef, true),
    ])?)
}

fn integers(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

fn texts(values: impl IntoIterator<Item = impl AsRef<str>>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}
