//! The data-quality table: every rule over every column that the spec speaks of.

use renkei_domain::spec::{CohortSpec, EndpointSpec};

use super::predictor::ReadPredictor;
use super::protocol::{EventCell, Outcomes, TimeCell};
use super::rows::SelectedRows;
use crate::CohortError;
use crate::column::{numbers, texts};
use crate::quality::{Findings, QualityFinding, QualityRule};

/// Counts the faults of all selected rows, before any of them is left out.
pub(super) fn find_faults(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    rows: &SelectedRows,
    ids: &[Option<String>],
    outcomes: &Outcomes,
    predictors: &[ReadPredictor<'_>],
) -> Result<Vec<QualityFinding>, CohortError> {
    let mut findings = Findings::over(rows.len());
    findings.count(&spec.case_id, QualityRule::Present, |row| ids[row].is_none());
    let (time, event) = (&endpoint.time.column, &endpoint.event.column);
    findings.count(time, QualityRule::Present, |row| outcomes.time(row) == TimeCell::Missing);
    findings.count(time, QualityRule::Numeric, |row| outcomes.time(row) == TimeCell::Unreadable);
    findings.count(time, QualityRule::Positive, |row| outcomes.time(row) == TimeCell::NotPositive);
    findings.count(event, QualityRule::Present, |row| outcomes.event(row) == EventCell::Missing);
    findings.count(event, QualityRule::KnownEvent, |row| outcomes.event(row) == EventCell::Unknown);
    for predictor in predictors {
        findings.count(predictor.column, QualityRule::Present, |row| predictor.is_missing(row));
        findings.count(predictor.column, QualityRule::Numeric, |row| predictor.is_unreadable(row));
        findings.count(predictor.column, QualityRule::Positive, |row| predictor.is_not_positive(row));
        findings.count(predictor.column, QualityRule::Dated, |row| predictor.is_undated(row));
    }
    count_dictionary(&mut findings, spec, endpoint, rows)?;
    Ok(findings.into_table())
}

/// Missing cells of the dictionary's other columns, and values outside its plausible ranges.
fn count_dictionary(
    findings: &mut Findings,
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    rows: &SelectedRows,
) -> Result<(), CohortError> {
    for (name, note) in &spec.columns {
        let Some(array) = rows.column(name) else { continue };
        let counted = [&spec.case_id, &endpoint.time.column, &endpoint.event.column].contains(&name)
            || spec.predictors.iter().any(|predictor| predictor.column == *name);
        if !counted {
            let texts = texts(name, array)?;
            findings.count(name, QualityRule::Present, |row| texts[row].is_none());
        }
        if let Some((lowest, highest)) = note.plausible {
            let numbers = numbers(name, array)?;
            let outside = |value: f64| value < lowest || value > highest;
            findings.count(name, QualityRule::Plausible { lowest, highest }, |row| {
                numbers[row].value().is_some_and(outside)
            });
        }
    }
    Ok(())
}
