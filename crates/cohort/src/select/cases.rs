//! The table of cases.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use renkei_domain::CaseId;
use renkei_domain::spec::{Baseline, CohortSpec, Predictor, PredictorKind};

use super::carried::{Carried, carried_columns};
use crate::CohortError;

/// The column of pseudonyms.
pub const CASE_ID: &str = "case_id";
/// The column of times in years, from the origin to event or censoring.
pub const TIME_YEARS: &str = "time_years";
/// The column that says whether the time ended with the event.
pub const EVENT: &str = "event";

/// The column of hospitals, if the spec names one.
pub const HOSPITAL: &str = "hospital";

/// Predictors, and columns of baselines, under the name of one of the table's own columns.
pub(super) fn reserved_names(spec: &CohortSpec, baselines: &[Baseline]) -> Vec<CohortError> {
    let own = [Some(CASE_ID), Some(TIME_YEARS), Some(EVENT), spec.hospital.as_ref().map(|_| HOSPITAL)];
    let predictors = spec.predictors.iter().map(|predictor| predictor.column.as_str());
    let names = predictors.chain(carried_columns(spec, baselines));
    let reserved = names.filter(|name| own.contains(&Some(*name)));
    reserved.map(|column| CohortError::ReservedColumn { column: column.to_owned() }).collect()
}

/// One predictor's cells, of all selected rows.
#[derive(Debug)]
pub(super) enum Cells {
    Numbers(Vec<Option<f64>>),
    Categories(Vec<Option<String>>),
}

impl Cells {
    pub(super) fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Numbers(cells) => cells[row].is_none(),
            Self::Categories(cells) => cells[row].is_none(),
        }
    }

    pub(super) fn take(&self, rows: &[usize]) -> ArrayRef {
        match self {
            Self::Numbers(cells) => Arc::new(rows.iter().map(|&row| cells[row]).collect::<Float64Array>()),
            Self::Categories(cells) => Arc::new(rows.iter().map(|&row| cells[row].as_deref()).collect::<StringArray>()),
        }
    }
}

/// Case ids and outcomes of the rows that are in, and the cells of predictors and carried columns of all rows.
pub(super) struct Kept<'a> {
    /// Row, pseudonym, years and event, in the order of the pseudonyms.
    pub(super) outcomes: Vec<(usize, &'a str, f64, bool)>,
    /// The hospital of each of all selected rows, where the spec names a column of them.
    pub(super) hospitals: Option<Vec<Option<String>>>,
    pub(super) predictors: Vec<Cells>,
    pub(super) carried: Vec<Carried<'a>>,
}

/// The table of cases of the rows that are in.
pub(super) fn table(spec: &CohortSpec, kept: &Kept<'_>) -> Result<RecordBatch, CohortError> {
    let mut fields = vec![
        Field::new(CASE_ID, DataType::Utf8, false),
        Field::new(TIME_YEARS, DataType::Float64, false),
        Field::new(EVENT, DataType::Boolean, false),
    ];
    let outcomes = &kept.outcomes;
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(outcomes.iter().map(|(_, id, ..)| id))),
        Arc::new(Float64Array::from_iter_values(outcomes.iter().map(|(_, _, years, _)| *years))),
        Arc::new(BooleanArray::from_iter(outcomes.iter().map(|(.., event)| Some(*event)))),
    ];
    let rows: Vec<usize> = outcomes.iter().map(|(row, ..)| *row).collect();
    if let Some(hospitals) = &kept.hospitals {
        fields.push(Field::new(HOSPITAL, DataType::Utf8, false));
        columns.push(Arc::new(rows.iter().map(|&row| hospitals[row].as_deref()).collect::<StringArray>()));
    }
    for (predictor, cells) in spec.predictors.iter().zip(&kept.predictors) {
        let cells = cells.take(&rows);
        fields.push(field(predictor, cells.null_count() > 0));
        columns.push(cells);
    }
    for carried in &kept.carried {
        fields.push(Field::new(carried.column, DataType::Utf8, true));
        columns.push(Arc::new(rows.iter().map(|&row| carried.cells[row].as_deref()).collect::<StringArray>()));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|error| CohortError::Internal(error.to_string()))
}

/// A predictor's column in a table of cases.
pub(super) fn field(predictor: &Predictor, nullable: bool) -> Field {
    let data_type = match predictor.kind {
        PredictorKind::Number => DataType::Float64,
        PredictorKind::Category => DataType::Utf8,
    };
    Field::new(&predictor.column, data_type, nullable)
}

fn own_column<'a>(cases: &'a RecordBatch, name: &str, data_type: &DataType) -> Result<&'a ArrayRef, CohortError> {
    cases
        .column_by_name(name)
        .filter(|column| column.data_type() == data_type && column.null_count() == 0)
        .ok_or_else(|| CohortError::Internal(format!("the table of cases has no complete {data_type} column `{name}`")))
}

/// The case ids of a table of cases, in its order.
pub fn case_ids(cases: &RecordBatch) -> Result<Vec<CaseId>, CohortError> {
    let column = own_column(cases, CASE_ID, &DataType::Utf8)?.as_string::<i32>();
    let ids =
        column.iter().flatten().map(|id| CaseId::new(id).map_err(|error| CohortError::Internal(error.to_string())));
    ids.collect()
}

/// The times of a table of cases, in years, in its order.
pub fn times_years(cases: &RecordBatch) -> Result<Vec<f64>, CohortError> {
    Ok(own_column(cases, TIME_YEARS, &DataType::Float64)?.as_primitive::<Float64Type>().values().to_vec())
}

/// The hospital of each case of a table of cases, in its order; none where the spec named no column of them.
pub fn hospitals(cases: &RecordBatch) -> Result<Option<Vec<&str>>, CohortError> {
    if cases.column_by_name(HOSPITAL).is_none() {
        return Ok(None);
    }
    Ok(Some(own_column(cases, HOSPITAL, &DataType::Utf8)?.as_string::<i32>().iter().flatten().collect()))
}

/// Whether each case of a table of cases had the event, in its order.
pub fn events(cases: &RecordBatch) -> Result<Vec<bool>, CohortError> {
    Ok(own_column(cases, EVENT, &DataType::Boolean)?.as_boolean().values().iter().collect())
}
