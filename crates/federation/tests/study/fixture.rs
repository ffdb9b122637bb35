//! A study of three sites and the policy of one of them.

use ed25519_dalek::SigningKey;
use renkei_federation::keys::Identity;
use renkei_federation::study::{Day, Moment, Move, Review, SignedStudy, SitePolicy, SiteStudy, StudySpec, Verdict};
use serde_json::{Value, json};

/// 2026-11-24T12:00:00Z.
pub(crate) const NOW: Moment = Moment(1_795_521_600);

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn identity(seed: u8) -> Value {
    json!(Identity::of(&key(seed)))
}

pub(crate) fn spec_value() -> Value {
    json!({
        "version": 1,
        "name": "recurrence after prostatectomy",
        "question": "Do predictors differ by year to recurrence?",
        "endpoint": {
            "name": "biochemical recurrence", "origin": "radical prostatectomy", "event": "PSA 0.2 or more, twice",
            "censoring": "last PSA below 0.2", "competing": "death", "horizons_years": [1, 3, 5]
        },
        "variables": [
            {"name": "age", "meaning": "age at the operation", "kind": {"number": {"unit": "years"}}},
            {"name": "grade", "meaning": "biopsy grade group", "kind": {"category": {"levels": ["1", "2", "3"]}}}
        ],
        "lead": {"name": "the lead", "identity": identity(1)},
        "sites": [
            {"name": "north", "identity": identity(11)},
            {"name": "south", "identity": identity(12)},
            {"name": "west", "identity": identity(13)}
        ],
        "methods": [
            {"name": "headline", "method": {"name": "cox.pooled", "version": 1}, "parameters": {"ties": "efron"},
             "grids": ["quarter", "half_year", "year"], "max_rounds": 20},
            {"name": "hazard", "method": {"name": "hazard.yearly", "version": 1}, "grids": ["year"], "max_rounds": 10}
        ],
        "thresholds": {"minimum_cell": 5, "parameter_share": 0.3333333333333333, "dominance_share": 0.5, "survivors": 3},
        "privacy": {"epsilon": 1.0, "delta": 1e-6},
        "expires": "2027-06-30",
        "drop_out": "restart"
    })
}

pub(crate) fn spec() -> StudySpec {
    StudySpec::parse(&spec_value().to_string()).unwrap()
}

/// The spec with one value set, given as a JSON pointer.
pub(crate) fn spec_with(pointer: &str, value: Value) -> StudySpec {
    let mut document = spec_value();
    *document.pointer_mut(pointer).unwrap() = value;
    StudySpec::parse(&document.to_string()).unwrap()
}

pub(crate) fn policy_value() -> Value {
    json!({
        "version": 1, "site": "north", "leads": [identity(1)],
        "methods": [{"name": "cox.pooled", "version": 1}, {"name": "hazard.yearly", "version": 1}],
        "minimum_cell": 5, "parameter_share": 0.3333333333333333, "dominance_share": 0.5, "survivors": 3,
        "finest_grid": "quarter", "max_rounds": 100, "expires_within_days": 365,
        "reviewers": [
            {"name": "data protection", "identity": identity(21)},
            {"name": "ethics", "identity": identity(22)},
            {"name": "urology", "identity": identity(23)}
        ],
        "reviewers_needed": 2,
        "privacy": {"required": false, "at_most": {"epsilon": 2.0, "delta": 1e-5}}
    })
}

pub(crate) fn policy() -> SitePolicy {
    SitePolicy::parse(&policy_value().to_string()).unwrap()
}

pub(crate) fn policy_with(pointer: &str, value: Value) -> SitePolicy {
    let mut document = policy_value();
    *document.pointer_mut(pointer).unwrap() = value;
    SitePolicy::parse(&document.to_string()).unwrap()
}

pub(crate) fn signed() -> SignedStudy {
    SignedStudy::sign(spec(), &key(1)).unwrap()
}

pub(crate) fn today() -> Day {
    NOW.day().unwrap()
}

pub(crate) fn answer(seed: u8, verdict: Verdict) -> Review {
    Review::sign(&key(seed), signed().verified().unwrap(), policy().site, verdict, "as discussed", NOW)
}

pub(crate) fn running() -> SiteStudy {
    running_of(&signed())
}

/// Approved by two reviewers, and started.
pub(crate) fn running_of(signed: &SignedStudy) -> SiteStudy {
    let (study, site) = (signed.verified().unwrap(), policy().site);
    let review = |seed| Review::sign(&key(seed), study, site.clone(), Verdict::Approve, "as discussed", NOW);
    SiteStudy::proposed(signed)
        .and_then(|study| study.review(review(21), &policy(), NOW))
        .and_then(|study| study.review(review(22), &policy(), NOW))
        .and_then(|study| study.approve(signed, &policy(), NOW))
        .and_then(|study| study.step(Move::Start, NOW))
        .unwrap()
}
