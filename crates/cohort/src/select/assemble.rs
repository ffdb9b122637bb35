//! From selected rows to cases, without any I/O.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use renkei_domain::spec::{Baseline, CaseIds, CohortSpec, EndpointSpec, Missing, ModelSpec};
use renkei_records::{OptOuts, Pseudonymiser};

use super::attrition::{Attrition, AttritionStep};
use super::carried::{Carried, carried_columns};
use super::cases::{self, Kept};
use super::faults::find_faults;
use super::leakage;
use super::predictor::ReadPredictor;
use super::protocol::{EventCell, Outcomes, TimeCell};
use super::rows::SelectedRows;
use crate::CohortError;
use crate::column::texts;
use crate::guard::guard_days;
use crate::quality::QualityFinding;

/// The cases, what was found on the way, and what forbids their use.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) cases: RecordBatch,
    pub(super) attrition: Vec<AttritionStep>,
    pub(super) quality: Vec<QualityFinding>,
    pub(super) faults: Vec<CohortError>,
}

/// Applies opt-outs, exclusions, the endpoint protocol and what predictors must be, in this order, and counts every row that leaves.
///
/// # Errors
/// Every column whose type fits no use that is made of it; ids that are no pseudonyms.
pub(super) fn assemble(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    model: &ModelSpec,
    rows: &SelectedRows,
    pseudonyms: &Pseudonymiser,
    opt_outs: &OptOuts,
) -> Result<Assembled, Vec<CohortError>> {
    let Read { ids, outcomes, hospitals, predictors, carried } =
        read(spec, endpoint, &model.baselines, rows, pseudonyms)?;
    let quality = find_faults(spec, endpoint, rows, &ids, &outcomes, &predictors).map_err(|error| vec![error])?;
    let mut faults = Vec::new();
    let mut attrition = Attrition::of(rows.len());
    if spec.opt_outs.is_some() {
        attrition.exclude("opted out", |row| ids[row].as_deref().is_some_and(|id| opt_outs.contains(id)));
    }
    for (index, exclusion) in spec.exclude.iter().enumerate() {
        attrition.exclude(&exclusion.reason, |row| rows.excluded[row] == Some(index));
    }
    faults.extend(late(&predictors, &carried, &attrition));
    attrition.exclude_faulty("no case id", |row| ids[row].is_none());
    faults.extend(duplicates(&ids, &attrition));
    exclude_unsound(&mut attrition, endpoint, &outcomes);
    if let (Some(column), Some(hospitals)) = (&spec.hospital, &hospitals) {
        attrition.exclude_faulty(&format!("`{column}` is missing"), |row| hospitals[row].is_none());
    }
    for predictor in &predictors {
        if model.missing == Missing::CompleteCases {
            predictor.exclude_missing(&mut attrition);
        }
        predictor.exclude_faulty(&mut attrition);
    }

    let mut sound: Vec<(usize, &str, f64, bool)> = attrition
        .rows()
        .filter_map(|row| {
            outcomes.sound(row).and_then(|(years, event)| Some((row, ids[row].as_deref()?, years, event)))
        })
        .collect();
    sound.sort_unstable_by(|one, other| one.1.cmp(other.1));
    let steps = attrition.into_steps();
    faults.extend(outcome_faults(endpoint, &sound, &steps));
    let predictors = predictors.into_iter().map(|predictor| predictor.cells).collect();
    let kept = Kept { outcomes: sound, hospitals, predictors, carried };
    let cases = cases::table(spec, &kept).map_err(|error| vec![error])?;
    Ok(Assembled { cases, attrition: steps, quality, faults })
}

/// The columns that the spec speaks of, read once.
struct Read<'a> {
    ids: Vec<Option<String>>,
    outcomes: Outcomes,
    hospitals: Option<Vec<Option<String>>>,
    predictors: Vec<ReadPredictor<'a>>,
    carried: Vec<Carried<'a>>,
}

fn read<'a>(
    spec: &'a CohortSpec,
    endpoint: &EndpointSpec,
    baselines: &'a [Baseline],
    rows: &SelectedRows,
    pseudonyms: &Pseudonymiser,
) -> Result<Read<'a>, Vec<CohortError>> {
    let ids = rows.needed(&spec.case_id).and_then(|column| texts(&spec.case_id, column));
    let ids = ids.and_then(|ids| case_ids(spec, ids, pseudonyms));
    let hospitals = spec.hospital.as_deref().map(|column| texts(column, rows.needed(column)?)).transpose();
    let columns = rows.needed(&endpoint.time.column).and_then(|time| Ok((time, rows.needed(&endpoint.event.column)?)));
    let outcomes = columns.and_then(|(time, event)| Outcomes::read(endpoint, time, event));
    let mut predictors = Vec::with_capacity(spec.predictors.len());
    let mut faults = Vec::new();
    for predictor in &spec.predictors {
        match ReadPredictor::of(spec, predictor, rows) {
            Ok(read) => predictors.push(read),
            Err(fault) => faults.push(fault),
        }
    }
    let mut carried = Vec::new();
    for column in carried_columns(spec, baselines) {
        match Carried::of(spec, baselines, column, rows) {
            Ok(read) => carried.push(read),
            Err(fault) => faults.push(fault),
        }
    }
    match (ids, outcomes, hospitals) {
        (Ok(ids), Ok(outcomes), Ok(hospitals)) if faults.is_empty() => {
            Ok(Read { ids, outcomes, hospitals, predictors, carried })
        }
        (ids, outcomes, hospitals) => {
            let read = ids.err().into_iter().chain(outcomes.err()).chain(hospitals.err());
            Err(read.chain(faults).collect())
        }
    }
}

/// The pseudonym of each row, if it has one.
pub(super) fn case_ids(
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

fn late(predictors: &[ReadPredictor<'_>], carried: &[Carried<'_>], attrition: &Attrition) -> Option<CohortError> {
    let of_predictor = |predictor: &ReadPredictor<'_>| {
        let (day_column, _) = predictor.days.as_ref()?;
        guard_days(predictor.column, day_column, attrition.rows().filter(|&row| predictor.is_late(row)).count())
    };
    let of_carried = carried.iter().filter_map(|carried| carried.late(attrition));
    leakage(predictors.iter().filter_map(of_predictor).chain(of_carried).collect())
}

pub(super) fn duplicates(ids: &[Option<String>], attrition: &Attrition) -> Option<CohortError> {
    let mut rows_of = BTreeMap::<&str, usize>::new();
    for id in attrition.rows().filter_map(|row| ids[row].as_deref()) {
        *rows_of.entry(id).or_default() += 1;
    }
    let repeated: Vec<usize> = rows_of.into_values().filter(|rows| *rows > 1).collect();
    let found = CohortError::DuplicateCases { cases: repeated.len(), rows: repeated.iter().sum() };
    (!repeated.is_empty()).then_some(found)
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

/// What the outcomes of the cases lack; where there is no case or no event, nothing more is said.
fn outcome_faults(
    endpoint: &EndpointSpec,
    cases: &[(usize, &str, f64, bool)],
    steps: &[AttritionStep],
) -> Vec<CohortError> {
    if cases.is_empty() {
        return vec![CohortError::NoCases(steps.to_vec())];
    }
    if !cases.iter().any(|(.., event)| *event) {
        return vec![CohortError::NoEvent { cases: cases.len(), endpoint: endpoint.name.clone() }];
    }
    let longest = cases.iter().map(|(_, _, years, _)| *years).fold(0.0, f64::max);
    let beyond = endpoint.horizons_years.iter().filter(|horizon| **horizon > longest);
    beyond.map(|&horizon| CohortError::HorizonTooLong { horizon, longest }).collect()
}
