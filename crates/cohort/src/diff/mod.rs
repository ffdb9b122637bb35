//! What differs between two cohorts: definitions, tables, who left, who is in. Cases are counted, never named.

mod definitions;

use std::collections::BTreeMap;

use renkei_domain::CaseId;
use renkei_domain::spec::RecordsSpec;
use serde::{Deserialize, Serialize};

pub use definitions::Change;

use crate::select::{AttritionStep, case_ids, events, times_years};
use crate::{Cohort, CohortError};

/// One of the two cohorts, and the spec that made it. Pseudonyms of both must come from one site's key.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The spec.
    pub spec: &'a RecordsSpec,
    /// What it selected.
    pub cohort: &'a Cohort,
}

/// Everything that differs between the cohorts A and B.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortDiff {
    /// Why their figures must not be compared as one, as a sentence; none where they predict the same.
    pub endpoint_mismatch: Option<String>,
    /// Fields of the specs, by path, that differ or that only one has.
    pub definitions: Vec<Change>,
    /// Tables, by name, whose bytes differ or that only one has.
    pub tables: Vec<Change>,
    /// Every line of either attrition table, A's first.
    pub attrition: Vec<AttritionLine>,
    /// Who is in.
    pub cases: Overlap,
}

/// One reason to leave, on both sides; none where a side does not know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttritionLine {
    /// The reason.
    pub reason: String,
    /// What it did in A.
    pub a: Option<AttritionStep>,
    /// What it did in B.
    pub b: Option<AttritionStep>,
}

/// Cases of both cohorts, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// In both.
    pub both: u64,
    /// Of these, with another time or event in A than in B.
    pub other_outcome: u64,
    /// In A only.
    pub only_a: u64,
    /// In B only.
    pub only_b: u64,
}

/// Compares two cohorts.
///
/// # Errors
/// A table of cases that [`crate::select()`] did not make.
pub fn diff(a: Side<'_>, b: Side<'_>) -> Result<CohortDiff, CohortError> {
    Ok(CohortDiff {
        endpoint_mismatch: definitions::mismatch(a.spec, b.spec),
        definitions: definitions::changes(a.spec, b.spec)?,
        tables: definitions::compare(&digests(a.cohort), &digests(b.cohort)),
        attrition: attrition(&a.cohort.attrition, &b.cohort.attrition),
        cases: overlap(&outcomes(a.cohort)?, &outcomes(b.cohort)?),
    })
}

fn digests(cohort: &Cohort) -> BTreeMap<String, String> {
    cohort.source_digests.iter().map(|(table, digest)| (table.clone(), digest.to_string())).collect()
}

fn attrition(a: &[AttritionStep], b: &[AttritionStep]) -> Vec<AttritionLine> {
    let mut rest: Vec<&AttritionStep> = b.iter().collect();
    let mut lines: Vec<AttritionLine> = Vec::new();
    for step in a {
        let same = rest.iter().position(|other| other.reason == step.reason);
        let other = same.map(|place| rest.remove(place).clone());
        lines.push(AttritionLine { reason: step.reason.clone(), a: Some(step.clone()), b: other });
    }
    let only_b = |step: &AttritionStep| AttritionLine { reason: step.reason.clone(), a: None, b: Some(step.clone()) };
    lines.extend(rest.into_iter().map(only_b));
    lines
}

type Outcomes = BTreeMap<CaseId, (f64, bool)>;

fn outcomes(cohort: &Cohort) -> Result<Outcomes, CohortError> {
    let outcomes = times_years(&cohort.cases)?.into_iter().zip(events(&cohort.cases)?);
    Ok(case_ids(&cohort.cases)?.into_iter().zip(outcomes).collect())
}

fn overlap(a: &Outcomes, b: &Outcomes) -> Overlap {
    let (mut both, mut other_outcome) = (0, 0);
    for (case, outcome) in a {
        if let Some(other) = b.get(case) {
            both += 1;
            other_outcome += u64::from(other != outcome);
        }
    }
    Overlap { both, other_outcome, only_a: a.len() as u64 - both, only_b: b.len() as u64 - both }
}
