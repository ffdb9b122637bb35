//! The leakage guard: what was known only after the index date may never predict.

mod lineage;

use std::fmt;

use renkei_domain::spec::{Baseline, ClinicalInput, CohortSpec, EndpointSpec, Known};
use serde::{Deserialize, Serialize};

pub(crate) use lineage::{Lineage, guard_lineage};

/// A column that may not predict, and the rule that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The column.
    pub predictor: String,
    /// The rule it breaks and what to do; a clause that follows the column's name.
    pub reason: String,
}

impl Refusal {
    fn new(predictor: &str, reason: impl Into<String>) -> Self {
        Self { predictor: predictor.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "predictor `{}` is refused: it {}", self.predictor, self.reason)
    }
}

/// Every listed predictor that the spec itself shows to be unfit, in the spec's order: it is the case id or the
/// endpoint's own column, has no entry in the dictionary, or was known only after the index date.
#[must_use]
pub fn guard(spec: &CohortSpec, endpoint: &EndpointSpec) -> Vec<Refusal> {
    let rule = |column: &str| {
        own_column(column, spec, endpoint, "cohort.predictors").or_else(|| not_before_index(column, spec, endpoint))
    };
    spec.predictors
        .iter()
        .filter_map(|predictor| Some(Refusal::new(&predictor.column, rule(&predictor.column)?)))
        .collect()
}

/// Every column that a published baseline may not be computed from, in the spec's order: as [`guard`], but what only the
/// specimen tells may be known after the index date. Such a baseline is a comparator and never predicts.
#[must_use]
pub fn guard_baselines(spec: &CohortSpec, endpoint: &EndpointSpec, baselines: &[Baseline]) -> Vec<Refusal> {
    let mut refused: Vec<Refusal> = Vec::new();
    for (baseline, input, column) in inputs(baselines) {
        let unfit = own_column(column, spec, endpoint, "model.baselines").or_else(|| {
            let known = not_before_index(column, spec, endpoint)?;
            let late = spec.columns.get(column).is_some_and(|note| note.known == Known::AfterIndex);
            if late && input.of_specimen() { None } else { Some(known) }
        });
        if let Some(reason) = unfit.filter(|_| refused.iter().all(|other| other.predictor != column)) {
            refused.push(Refusal::new(column, of_baseline(reason, baseline, input)));
        }
    }
    refused
}

/// Every input of every baseline, with its column.
fn inputs(baselines: &[Baseline]) -> impl Iterator<Item = (&Baseline, ClinicalInput, &str)> {
    let of = |baseline| move |(input, column)| (baseline, input, column);
    baselines.iter().flat_map(move |baseline: &Baseline| baseline.inputs().into_iter().map(of(baseline)))
}

fn of_baseline(reason: String, baseline: &Baseline, input: ClinicalInput) -> String {
    format!("{reason} (the baseline {} takes the {} from it)", baseline.name(), input.words())
}

/// Every column of the dictionary that may not predict because it was known only after the index date, listed as a
/// predictor or not; for the report.
#[must_use]
pub fn barred_columns(spec: &CohortSpec, endpoint: &EndpointSpec) -> Vec<Refusal> {
    let barred = spec.columns.iter().filter(|(_, note)| note.known == Known::AfterIndex);
    barred.map(|(column, _)| Refusal::new(column, known_after(endpoint))).collect()
}

fn own_column(column: &str, spec: &CohortSpec, endpoint: &EndpointSpec, place: &str) -> Option<String> {
    let own = if column == spec.case_id {
        "the case id"
    } else if column == endpoint.time.column {
        "the endpoint's own time"
    } else if column == endpoint.event.column {
        "the endpoint's own event"
    } else {
        return None;
    };
    Some(format!("is {own}: remove it from `{place}`"))
}

fn not_before_index(column: &str, spec: &CohortSpec, endpoint: &EndpointSpec) -> Option<String> {
    match spec.columns.get(column).map(|note| &note.known) {
        Some(Known::BeforeIndex | Known::DayColumn(_)) => None,
        Some(Known::AfterIndex) => Some(known_after(endpoint)),
        None => Some("has no entry in `cohort.columns`: say there when it was known".to_owned()),
    }
}

fn known_after(endpoint: &EndpointSpec) -> String {
    format!("was known only on or after the index date ({}), so it cannot predict", endpoint.origin)
}

/// The refusal of a predictor of which `after` of the selected rows were measured on a positive day; none for 0.
pub(crate) fn guard_days(predictor: &str, day_column: &str, after: usize) -> Option<Refusal> {
    (after > 0).then(|| {
        let reason = format!(
            "was measured after the index date in {after} selected rows (`{day_column}` is positive): exclude these \
             rows, or remove it from `cohort.predictors`"
        );
        Refusal::new(predictor, reason)
    })
}

#[cfg(test)]
mod tests;
