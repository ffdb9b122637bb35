//! From selected rows to cases, without any I/O.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use renkei_domain::spec::{CaseIds, CohortSpec, EndpointSpec};
use renkei_records::{OptOuts, Pseudonymiser};

use super::attrition::{Attrition, AttritionStep};
use super::cases::{self, Kept};
use super::faults::find_faults;
use super::predictor::ReadPredictor;
use super::protocol::{EventCell, Outcomes, TimeCell};
use super::refuse;
use super::rows::SelectedRows;
use crate::CohortError;
use crate::column::texts;
use crate::guard::guard_days;
use crate::quality::QualityFinding;

/// The cases and what was found on the way.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) cases: RecordBatch,
    pub(super) attrition: Vec<AttritionStep>,
    pub(super) quality: Vec<QualityFinding>,
}

/// Applies opt-outs, exclusions, the endpoint protocol and completeness, in this order, and counts every row that leaves.
pub(super) fn assemble(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    rows: &SelectedRows,
    pseudonyms: &Pseudonymiser,
    opt_outs: &OptOuts,
) -> Result<Assembled, CohortError> {
    let ids = texts(&spec.case_id, rows.needed(&spec.case_id)?)?;
    let ids = case_ids(spec, ids, pseudonyms)?;
    let (time, event) = (rows.needed(&endpoint.time.column)?, rows.needed(&endpoint.event.column)?);
    let outcomes = Outcomes::read(endpoint, time, event)?;
    let predictors = spec
        .predictors
        .iter()
        .map(|predictor| ReadPredictor::of(spec, predictor, rows))
        .collect::<Result<Vec<_>, _>>()?;

    let quality = find_faults(spec, endpoint, rows, &ids, &outcomes, &predictors)?;
    let mut attrition = Attrition::of(rows.len());
    if spec.opt_outs.is_some() {
        attrition.exclude("opted out", |row| ids[row].as_deref().is_some_and(|id| opt_outs.contains(id)));
    }
    for (index, exclusion) in spec.exclude.iter().enumerate() {
        attrition.exclude(&exclusion.reason, |row| rows.excluded[row] == Some(index));
    }
    refuse_late(&predictors, &attrition)?;
    attrition.exclude_faulty("no case id", |row| ids[row].is_none());
    refuse_duplicates(&ids, &attrition)?;
    exclude_unsound(&mut attrition, endpoint, &outcomes);
    for predictor in &predictors {
        predictor.exclude_incomplete(&mut attrition);
    }

    let mut sound: Vec<(usize, &str, f64, bool)> = attrition
        .rows()
        .filter_map(|row| {
            outcomes.sound(row).and_then(|(years, event)| Some((row, ids[row].as_deref()?, years, event)))
        })
        .collect();
    sound.sort_unstable_by(|one, other| one.1.cmp(other.1));
    let steps = attrition.into_steps();
    check_outcomes(endpoint, &sound, &steps)?;
    let kept = Kept { outcomes: sound, predictors: predictors.into_iter().map(|predictor| predictor.cells).collect() };
    Ok(Assembled { cases: cases::table(spec, &kept)?, attrition: steps, quality })
}

/// The pseudonym of each row, if it has one.
fn case_ids(
    spec: &CohortSpec,
    ids: Vec<Option<String>>,
    pseudonyms: &Pseudonymiser,
) -> Result<Vec<Option<String>>, CohortError> {
    if spec.case_ids == CaseIds::Numbers {
        return Ok(ids.iter().map(|id| Some(pseudonyms.pseudonym(id.as_deref()?))).collect());
    }
    // A number that was taken for a pseudonym would leave the hospital as it is.
    match ids.iter().flatten().filter(|id| !Pseudonymiser::could_have_made(id)).count() {
        0 => Ok(ids),
        rows => Err(CohortError::NotPseudonyms { column: spec.case_id.clone(), rows }),
    }
}

fn refuse_late(predictors: &[ReadPredictor<'_>], attrition: &Attrition) -> Result<(), CohortError> {
    let late = |predictor: &ReadPredictor<'_>| {
        let (day_column, _) = predictor.days.as_ref()?;
        guard_days(predictor.column, day_column, attrition.rows().filter(|&row| predictor.is_late(row)).count())
    };
    refuse(predictors.iter().filter_map(late).collect())
}

fn refuse_duplicates(ids: &[Option<String>], attrition: &Attrition) -> Result<(), CohortError> {
    let mut rows_of = BTreeMap::<&str, usize>::new();
    for id in attrition.rows().filter_map(|row| ids[row].as_deref()) {
        *rows_of.entry(id).or_default() += 1;
    }
    let repeated: Vec<usize> = rows_of.into_values().filter(|rows| *rows > 1).collect();
    if repeated.is_empty() {
        return Ok(());
    }
    Err(CohortError::DuplicateCases { cases: repeated.len(), rows: repeated.iter().sum() })
}

fn exclude_unsound(attrition: &mut Attrition, endpoint: &EndpointSpec, outcomes: &Outcomes) {
    let (event, time) = (&endpoint.event.column, &endpoint.time.column);
    attrition.exclude_faulty(&format!("`{event}` is missing"), |row| outcomes.event(row) == EventCell::Missing);
    attrition.exclude_faulty(&format!("`{event}` is named neither as event nor as censored"), |row| {
        outcomes.event(row) == EventCell::Unknown
    });
    attrition.exclude_faulty(&format!("`{time}` is missing"), |row| outcomes.time(row) == TimeCell::Missing);
    attrition.exclude_faulty(&format!("`{time}` is not a number"), |row| outcomes.time(row) == TimeCell::Unreadable);
    attrition
        .exclude_faulty(&format!("`{time}` is zero or negative"), |row| outcomes.time(row) == TimeCell::NotPositive);
}

fn check_outcomes(
    endpoint: &EndpointSpec,
    cases: &[(usize, &str, f64, bool)],
    steps: &[AttritionStep],
) -> Result<(), CohortError> {
    if cases.is_empty() {
        return Err(CohortError::NoCases(steps.to_vec()));
    }
    if !cases.iter().any(|(.., event)| *event) {
        return Err(CohortError::NoEvent { cases: cases.len(), endpoint: endpoint.name.clone() });
    }
    let longest = cases.iter().map(|(_, _, years, _)| *years).fold(0.0, f64::max);
    match endpoint.horizons_years.iter().find(|horizon| **horizon > longest) {
        Some(&horizon) => Err(CohortError::HorizonTooLong { horizon, longest }),
        None => Ok(()),
    }
}
