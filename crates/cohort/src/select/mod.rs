//! From tables to cases: the query, the exclusions, the endpoint protocol, complete predictors.

mod assemble;
mod attrition;
mod cases;
mod faults;
mod predictor;
mod protocol;
mod rows;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use renkei_domain::Digest;
use renkei_domain::spec::{CohortSpec, ColumnNote, EndpointSpec};
use renkei_records::Pseudonymiser;

pub use attrition::AttritionStep;
pub use cases::{CASE_ID, EVENT, TIME_YEARS, case_ids, events, times_years};
pub(crate) use rows::nearest;

use crate::guard::{Refusal, guard};
use crate::quality::QualityFinding;
use crate::{CohortError, Sources, recurrence};

/// The selected cases and how they came about.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// One row a case, in the order of `case_id`: [`CASE_ID`] (Utf8, the pseudonym), [`TIME_YEARS`] (Float64, from the
    /// origin to event or censoring), [`EVENT`] (Boolean), then one column a predictor, in the spec's order and under
    /// its name: Float64, untransformed, for a number and Utf8 for a category. No cell is null.
    pub cases: RecordBatch,
    /// Who was left out and why, in order; the first line is what the query selected.
    pub attrition: Vec<AttritionStep>,
    /// Faults of the selected rows, counted before any of them was left out.
    pub quality: Vec<QualityFinding>,
    /// Columns that the dictionary bars from predicting, listed as predictors or not.
    pub barred: Vec<Refusal>,
    /// The data dictionary, for the report.
    pub dictionary: BTreeMap<String, ColumnNote>,
    /// SHA-256 of each table's bytes, in the spec's order.
    pub source_digests: Vec<(String, Digest)>,
}

/// Makes the cohort: reads the tables, runs the query, applies exclusions and the endpoint protocol, and keeps the
/// cases whose predictors are complete (nothing is imputed). The same tables and spec give the same cohort, to the bit.
///
/// # Errors
/// Tables that cannot be read, SQL that cannot be run, columns that are not there; a case id in several rows; predictors
/// that may not predict ([`CohortError::Leakage`], all of them at once); a cohort that is empty, without an event, or
/// followed for less than the longest horizon.
pub async fn select(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> Result<Cohort, CohortError> {
    refuse(guard(spec, endpoint))?;
    cases::check_names(spec)?;
    let opened = sources.open(&[&spec.case_id]).await?;
    if let Some(rule) = &spec.recurrence {
        recurrence::register(&opened.context, rule).await?;
    }
    let selected = rows::select_rows(&opened.context, spec, endpoint).await?;
    let assembled = assemble::assemble(spec, endpoint, &selected, pseudonyms, &opened.opt_outs)?;
    Ok(Cohort {
        cases: assembled.cases,
        attrition: assembled.attrition,
        quality: assembled.quality,
        barred: crate::guard::barred_columns(spec, endpoint),
        dictionary: spec.columns.clone(),
        source_digests: opened.digests,
    })
}

fn refuse(refused: Vec<Refusal>) -> Result<(), CohortError> {
    if refused.is_empty() { Ok(()) } else { Err(CohortError::Leakage(refused)) }
}
