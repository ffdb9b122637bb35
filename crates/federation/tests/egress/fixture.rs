//! Releases over made cohorts, and the golden files.

use std::path::{Path, PathBuf};

use renkei_domain::{CaseId, Digest};
use renkei_federation::egress::{Gate, History, Kind, PersonSet, Refused, Release, Rules};
use renkei_federation::study::{MethodId, SpecHash};
use serde_json::json;

pub(crate) fn rules() -> Rules {
    Rules { minimum_cell: 5, parameter_share: 1.0 / 3.0, dominance_share: 0.5 }
}

pub(crate) fn gate() -> Gate {
    Gate::new(History::default())
}

pub(crate) fn study(name: &str) -> SpecHash {
    serde_json::from_value(json!(Digest::of(name.as_bytes()))).unwrap()
}

pub(crate) fn cohort(persons: impl IntoIterator<Item = usize>) -> Vec<CaseId> {
    persons.into_iter().map(|person| CaseId::new(format!("pseudonym-{person}")).unwrap()).collect()
}

pub(crate) fn release_of(study_name: &str, round: u32, cohort: Vec<CaseId>) -> Release {
    let method = MethodId { name: "sums".into(), version: 1 };
    Release::new(study(study_name), "headline", method, round, 0, cohort).unwrap()
}

/// A release of one sum over each group.
pub(crate) fn sums(study: &str, round: u32, cohort: Vec<CaseId>, groups: &[PersonSet]) -> Release {
    let mut release = release_of(study, round, cohort);
    for (at, group) in groups.iter().enumerate() {
        release.add(Kind::Sum, group.clone(), [(format!("sum {at}"), at as f64, None)]).unwrap();
    }
    release
}

pub(crate) fn set(persons: impl IntoIterator<Item = usize>) -> PersonSet {
    persons.into_iter().collect()
}

/// The checks that refused, by name.
pub(crate) fn checks(refused: &Refused) -> Vec<String> {
    refused.reasons.iter().map(|reason| reason.check.to_string()).collect()
}

/// A file of the golden folder; none (with a note) where it is absent.
pub(crate) fn golden(file: &str) -> Option<String> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let found = named.into_iter().chain(beside).map(|folder| folder.join("golden").join(file)).find(|f| f.is_file());
    if found.is_none() {
        println!("SKIPPED: golden/{file} of the shared folder is absent, nothing was compared");
    }
    found.map(|file| std::fs::read_to_string(file).unwrap())
}
