//! From tables to cases: the query, the exclusions, the endpoint protocol, complete predictors.

mod assemble;
mod attrition;
mod carried;
mod cases;
mod faults;
mod new_cases;
mod predictor;
mod protocol;
mod rows;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use renkei_domain::Digest;
use renkei_domain::spec::{Baseline, CohortSpec, ColumnNote, EndpointSpec, ModelSpec};
use renkei_records::Pseudonymiser;

pub use attrition::AttritionStep;
pub use carried::baseline_cells;
pub use cases::{CASE_ID, EVENT, HOSPITAL, TIME_YEARS, case_ids, events, hospitals, times_years};
pub use new_cases::{NewCases, select_new};
pub(crate) use rows::nearest;

use crate::guard::{Refusal, guard, guard_baselines};
use crate::quality::QualityFinding;
use crate::{CohortError, Sources, recurrence};

/// The selected cases and how they came about.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// One row a case, in the order of `case_id`: [`CASE_ID`] (Utf8, the pseudonym), [`TIME_YEARS`] (Float64, from the
    /// origin to event or censoring), [`EVENT`] (Boolean), [`HOSPITAL`] (Utf8) where the spec names one, then one column a
    /// predictor, in the spec's order and under its name: Float64, untransformed, for a number and Utf8 for a category. No
    /// cell of these is null. Then one column (Utf8, in the order of their names) for everything else that a baseline is
    /// computed from; null where it is missing.
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
/// cases whose predictors are complete, or all of them where `model` says what is done about missing predictors (those
/// are null then; nothing is imputed here). What only baselines are computed from travels with the cases. The same tables and spec give the same cohort, to the bit.
///
/// # Errors
/// Tables that cannot be read, SQL that cannot be run, columns that are not there; a case id in several rows; predictors
/// that may not predict ([`CohortError::Leakage`], all of them at once); a cohort that is empty, without an event, or
/// followed for less than the longest horizon. The first fault found is told; [`try_select`] tells all.
pub async fn select(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    model: &ModelSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> Result<Cohort, CohortError> {
    first(spec_faults(spec, endpoint, &model.baselines))?;
    match make(spec, endpoint, model, sources, pseudonyms).await {
        Ok((cohort, faults)) => first(faults).map(|()| cohort),
        Err(faults) => Err(first(faults).err().unwrap_or_else(|| CohortError::Internal("no fault".to_owned()))),
    }
}

/// The same, but goes on after a fault as far as there is anything to see: every fault found, in the order in which
/// [`select`] meets them, and the rows that it would have selected, where the query could be run. Only without a fault
/// may these be used.
pub async fn try_select(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    model: &ModelSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> (Option<Cohort>, Vec<CohortError>) {
    let mut faults = spec_faults(spec, endpoint, &model.baselines);
    let (cohort, more) = match make(spec, endpoint, model, sources, pseudonyms).await {
        Ok((cohort, more)) => (Some(cohort), more),
        Err(more) => (None, more),
    };
    faults.extend(more);
    (cohort, faults)
}

/// What the spec itself shows to be wrong.
fn spec_faults(spec: &CohortSpec, endpoint: &EndpointSpec, baselines: &[Baseline]) -> Vec<CohortError> {
    leakage(refusals(spec, endpoint, baselines)).into_iter().chain(cases::reserved_names(spec, baselines)).collect()
}

/// Predictors and columns of baselines that the spec itself shows to be unfit.
fn refusals(spec: &CohortSpec, endpoint: &EndpointSpec, baselines: &[Baseline]) -> Vec<Refusal> {
    let mut refused = guard(spec, endpoint);
    refused.extend(guard_baselines(spec, endpoint, baselines));
    refused
}

/// The cohort and what forbids its use; or why there is none.
async fn make(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    model: &ModelSpec,
    sources: &Sources,
    pseudonyms: &Pseudonymiser,
) -> Result<(Cohort, Vec<CohortError>), Vec<CohortError>> {
    let opened = sources.open(&[&spec.case_id]).await?;
    if let Some(rule) = &spec.recurrence {
        recurrence::register(&opened.context, rule).await.map_err(|error| vec![error])?;
    }
    let needed = rows::needed_columns(spec, Some(endpoint), &model.baselines);
    let selected = rows::select_rows(&opened.context, spec, endpoint, &model.baselines, &needed).await?;
    let assembled = assemble::assemble(spec, endpoint, model, &selected, pseudonyms, &opened.opt_outs)?;
    let cohort = Cohort {
        cases: assembled.cases,
        attrition: assembled.attrition,
        quality: assembled.quality,
        barred: crate::guard::barred_columns(spec, endpoint),
        dictionary: spec.columns.clone(),
        source_digests: opened.digests,
    };
    Ok((cohort, assembled.faults))
}

fn first(faults: Vec<CohortError>) -> Result<(), CohortError> {
    faults.into_iter().next().map_or(Ok(()), Err)
}

fn leakage(refused: Vec<Refusal>) -> Option<CohortError> {
    (!refused.is_empty()).then_some(CohortError::Leakage(refused))
}
