use renkei_federation::study::{Objection, SitePolicy, StudySpec, Subject, check};
use serde_json::json;

use crate::fixture::{policy, policy_with, spec, spec_value, spec_with, today};

fn subjects(spec: &StudySpec, policy: &SitePolicy) -> Vec<Subject> {
    check(spec, policy, today()).into_iter().map(|objection: Objection| objection.subject).collect()
}

#[test]
fn a_spec_that_keeps_to_the_policy_passes() {
    assert_eq!(check(&spec(), &policy(), today()), []);
}

#[test]
fn everything_a_policy_forbids_is_objected_to_with_what_would_pass() {
    let expected = [
        ("/sites/0/name", json!("east"), Subject::Site, "a spec that lists it"),
        ("/lead/identity", spec_value()["sites"][0]["identity"].clone(), Subject::Lead, "a lead whose key"),
        ("/methods/0/method/name", json!("rows"), Subject::Method, "cox.pooled version 1, hazard.yearly version 1"),
        ("/methods/0/method/version", json!(2), Subject::Method, "cox.pooled version 1, hazard.yearly version 1"),
        ("/methods/0/grids", json!(["month", "year"]), Subject::Grid, "times by quarter or coarser"),
        ("/methods/0/max_rounds", json!(91), Subject::Rounds, "100 rounds or fewer"),
        ("/thresholds/minimum_cell", json!(4), Subject::MinimumCell, "5 persons or more"),
        ("/thresholds/parameter_share", json!(0.34), Subject::ParameterShare, "0.3333333333333333 or fewer"),
        ("/thresholds/dominance_share", json!(0.6), Subject::DominanceShare, "0.5 or less"),
        ("/expires", json!("2026-11-23"), Subject::Expiry, "a spec with a later day"),
        ("/expires", json!("2027-11-25"), Subject::Expiry, "365 days or fewer"),
        ("/privacy/epsilon", json!(2.5), Subject::Privacy, "at most epsilon 2 and delta 0.00001"),
    ];
    for (pointer, value, subject, passes) in expected {
        let found = check(&spec_with(pointer, value), &policy(), today());
        assert_eq!(found.len(), 1, "{pointer}: {found:?}");
        assert_eq!((found[0].subject, found[0].passes.as_str().contains(passes)), (subject, true), "{found:?}");
    }
    let needs_four = policy_with("/survivors", json!(4));
    assert_eq!(subjects(&spec(), &needs_four), [Subject::Survivors]);
    let mut without = spec_value();
    without.as_object_mut().unwrap().remove("privacy");
    let without = StudySpec::parse(&without.to_string()).unwrap();
    assert_eq!(subjects(&without, &policy()), []);
    assert_eq!(subjects(&without, &policy_with("/privacy/required", json!(true))), [Subject::Privacy]);
}

#[test]
fn the_last_day_itself_still_passes() {
    assert_eq!(subjects(&spec_with("/expires", json!("2026-11-24")), &policy()), []);
    assert_eq!(subjects(&spec_with("/expires", json!("2027-11-24")), &policy()), []);
}

#[test]
fn a_list_of_times_is_no_way_around_the_finest_grid() {
    let asked = |parameters: serde_json::Value| {
        let mut document = spec_value();
        document["methods"][1]["parameters"] = parameters;
        subjects(&StudySpec::parse(&document.to_string()).unwrap(), &policy())
    };
    assert_eq!(asked(json!({ "times": [0.25, 0.5, 2.0] })), []);
    for times in [json!([0.25, 0.4]), json!([0.2, 1.0]), json!([1.0, 1.0]), json!(["0.5", 2.0]), json!([])] {
        assert_eq!(asked(json!({ "times": times })), [Subject::Grid], "{times}");
    }
    assert_eq!(asked(json!({ "method": { "cox_on_grid": { "times": [0.1] } } })), [Subject::Grid]);
    assert_eq!(asked(json!({ "each": [{ "times": [0.1] }] })), [Subject::Grid]);
}
