//! New cases of a study whose model is fitted: no outcomes, and nobody is left out silently.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use renkei_domain::Digest;
use renkei_domain::spec::{CohortSpec, EndpointSpec, Exclusion, Known};
use renkei_records::Pseudonymiser;

use super::attrition::Attrition;
use super::predictor::ReadPredictor;
use super::rows::{SelectedRows, needed_columns, select_rows};
use super::{CASE_ID, assemble, cases, first, spec_faults};
use crate::column::texts;
use crate::{CohortError, Sources, recurrence};

/// Cases to score.
#[derive(Debug, Clone)]
pub struct NewCases {
    /// One row a case, in the order of [`CASE_ID`] (Utf8, the pseudonym), then one column a predictor as in
    /// [`super::Cohort::cases`]; a cell without a usable value is null.
    pub rows: RecordBatch,
    /// Why a case is not of the study's cohort, one a row: its exclusion, or else what is wrong with its predictors.
    pub refusals: Vec<Option<String>>,
    /// Rows of persons who opted out: they are in no row here.
    pub opted_out: usize,
    /// Rows without a case id.
    pub without_id: usize,
    /// Exclusions that were not asked, since they speak of the outcome or of what is known only after the index date.
    pub not_asked: Vec<String>,
    /// SHA-256 of each table's bytes, in the spec's order.
    pub source_digests: Vec<(String, Digest)>,
}

/// Selects cases of new tables by the rules of a study: its query, exclusions, guard and dictionary. The columns of the
/// endpoint are neither needed nor read.
///
/// # Errors
/// As [`super::select`], but for what is wrong with single cases: they are here with the reason. No row at all.
pub async fn select_new(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> Result<NewCases, CohortError> {
    first(spec_faults(spec, endpoint, &[]))?;
    made(spec, endpoint, sources, pseudonyms)
        .await
        .map_err(|faults| first(faults).err().unwrap_or_else(|| CohortError::Internal("no fault".to_owned())))
}

async fn made(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> Result<NewCases, Vec<CohortError>> {
    let one = |error| vec![error];
    let opened = sources.open(&[&spec.case_id]).await?;
    if let Some(rule) = &spec.recurrence {
        recurrence::register(&opened.context, rule).await.map_err(one)?;
    }
    let (not_asked, asked): (Vec<Exclusion>, Vec<Exclusion>) =
        spec.exclude.iter().cloned().partition(|exclusion| speaks_of_later(exclusion, spec, endpoint));
    let spec = &CohortSpec { exclude: asked, ..spec.clone() };
    let rows = select_rows(&opened.context, spec, endpoint, &[], &needed_columns(spec, None, &[])).await?;
    let ids = rows.needed(&spec.case_id).and_then(|column| texts(&spec.case_id, column));
    let ids = ids.and_then(|ids| assemble::case_ids(spec, ids, pseudonyms)).map_err(one)?;
    let predictors = spec.predictors.iter().map(|predictor| ReadPredictor::of(spec, predictor, &rows));
    let predictors = predictors.collect::<Result<Vec<_>, _>>().map_err(one)?;
    let mut kept = Attrition::of(rows.len());
    kept.exclude("opted out", |row| ids[row].as_deref().is_some_and(|id| opened.opt_outs.contains(id)));
    kept.exclude("no case id", |row| ids[row].is_none());
    if let Some(fault) = assemble::duplicates(&ids, &kept) {
        return Err(vec![fault]);
    }
    let mut order: Vec<(usize, &str)> = kept.rows().filter_map(|row| Some((row, ids[row].as_deref()?))).collect();
    order.sort_unstable_by_key(|(_, id)| *id);
    let refusals = order.iter().map(|(row, _)| refusal(*row, spec, &rows, &predictors)).collect();
    let table = table(spec, &order, &predictors).map_err(one)?;
    let steps = kept.into_steps();
    if order.is_empty() {
        return Err(vec![CohortError::NoCases(steps)]);
    }
    let removed = |step: usize| steps.get(step).map_or(0, |step| usize::try_from(step.removed).unwrap_or(usize::MAX));
    Ok(NewCases {
        rows: table,
        refusals,
        opted_out: removed(1),
        without_id: removed(2),
        not_asked: not_asked.into_iter().map(|exclusion| exclusion.reason).collect(),
        source_digests: opened.digests,
    })
}

/// Whether a condition names a column that a new case cannot have yet.
fn speaks_of_later(exclusion: &Exclusion, spec: &CohortSpec, endpoint: &EndpointSpec) -> bool {
    let later = |name: &str| {
        let known = spec.columns.get(name).map(|note| &note.known);
        name == endpoint.time.column || name == endpoint.event.column || known == Some(&Known::AfterIndex)
    };
    // What cannot be read as SQL is told when it is planned.
    let tokens = Tokenizer::new(&GenericDialect {}, &exclusion.condition).tokenize().unwrap_or_default();
    tokens.iter().any(|token| matches!(token, Token::Word(word) if later(&word.value)))
}

/// Why a row is not of the cohort. Columns and rules are named, values never.
fn refusal(row: usize, spec: &CohortSpec, rows: &SelectedRows, predictors: &[ReadPredictor<'_>]) -> Option<String> {
    if let Some(exclusion) = rows.excluded[row].and_then(|index| spec.exclude.get(index)) {
        return Some(format!("left out by the study: {}", exclusion.reason));
    }
    let reasons: Vec<String> = predictors
        .iter()
        .filter_map(|predictor| Some(format!("`{}` {}", predictor.column, predictor.fault(row)?)))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn table(
    spec: &CohortSpec,
    order: &[(usize, &str)],
    predictors: &[ReadPredictor<'_>],
) -> Result<RecordBatch, CohortError> {
    let rows: Vec<usize> = order.iter().map(|(row, _)| *row).collect();
    let mut fields = vec![Field::new(CASE_ID, DataType::Utf8, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(order.iter().map(|(_, id)| id)))];
    for (predictor, read) in spec.predictors.iter().zip(predictors) {
        fields.push(cases::field(predictor, true));
        columns.push(read.cells.take(&rows));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|error| CohortError::Internal(error.to_string()))
}
