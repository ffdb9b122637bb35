use renkei_domain::spec::{CohortSpec, EndpointSpec};
use serde_json::json;

use super::*;

fn spec(predictors: &[&str]) -> CohortSpec {
    let predictors: Vec<_> = predictors.iter().map(|column| json!({"column": column, "kind": "number"})).collect();
    serde_json::from_value(json!({
        "tables": [{"name": "men", "uri": "men.csv"}],
        "case_id": "id",
        "columns": {
            "psa": {"known": "before_index"},
            "psa_day": {"known": {"day_column": "day"}},
            "psa_latest": {"known": "after_index"},
            "months": {"known": "before_index"},
            "relapse": {"known": "before_index"},
            "id": {"known": "before_index"}
        },
        "predictors": predictors
    }))
    .unwrap()
}

fn endpoint() -> EndpointSpec {
    serde_json::from_value(json!({
        "name": "recurrence", "origin": "radical prostatectomy",
        "time": {"column": "months", "unit": "months"},
        "event": {"column": "relapse", "event": ["1"], "censored": ["0"]},
        "horizons_years": [1.0]
    }))
    .unwrap()
}

#[test]
fn what_was_known_before_the_index_date_passes() {
    assert_eq!(guard(&spec(&["psa", "psa_day"]), &endpoint()), []);
}

#[test]
fn each_rule_names_the_column_and_says_why() {
    let refused = guard(&spec(&["psa", "psa_latest", "weight", "months", "relapse", "id"]), &endpoint());
    let lines: Vec<String> = refused.iter().map(ToString::to_string).collect();
    let expected = [
        ("`psa_latest`", "radical prostatectomy"),
        ("`weight`", "no entry"),
        ("`months`", "own time"),
        ("`relapse`", "own event"),
        ("`id`", "case id"),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, (column, rule)) in lines.iter().zip(expected) {
        assert!(line.contains(column) && line.contains(rule), "{line}");
    }
}

#[test]
fn barred_columns_are_shown_whether_listed_or_not() {
    let barred = barred_columns(&spec(&["psa"]), &endpoint());
    assert_eq!(barred.iter().map(|refusal| refusal.predictor.as_str()).collect::<Vec<_>>(), ["psa_latest"]);
}

#[test]
fn a_positive_day_refuses_and_none_does_not() {
    assert_eq!(guard_days("psa", "day", 0), None);
    let refusal = guard_days("psa", "day", 3).unwrap().to_string();
    assert!(refusal.contains("`psa`") && refusal.contains("3 selected rows") && refusal.contains("`day`"), "{refusal}");
}
