//! New cases of a study: no outcomes, and nobody leaves without a reason.

use arrow::array::{Array as _, AsArray as _};
use renkei_artifacts::Stores;
use renkei_cohort::{CohortError, NewCases, Sources, select_new};
use renkei_domain::spec::{CohortSpec, EndpointSpec};
use renkei_records::OptOuts;
use serde_json::json;

use super::tables::{Study, pseudonyms};

/// Six of them, without the endpoint's columns: fit, T4, late, no day, text for a number, two faults.
const NEW: &str = "\
id,psa,stage,day
bob-01,4.0,T2,-3
bob-02,8.0,T4,-5
bob-03,2.0,T2,3
bob-04,2.0,T2,
bob-05,<0.1,T2,-1
bob-06,-1,,-1
";

fn study(csv: &str) -> Study {
    let mut study = Study::of(csv);
    study.spec["columns"]["psa"]["known"] = json!({"day_column": "day"});
    study.spec["exclude"] = json!([
        {"reason": "no follow-up", "where": "months IS NULL"},
        {"reason": "relapsed at once", "where": "\"relapse\" = 1"},
        {"reason": "T4", "where": "stage = 'T4'"}
    ]);
    study
}

async fn select(study: &Study) -> Result<NewCases, CohortError> {
    let spec: CohortSpec = serde_json::from_value(study.spec.clone()).unwrap();
    let endpoint: EndpointSpec = serde_json::from_value(study.endpoint.clone()).unwrap();
    let sources = Sources::resolve(&spec, study.path(), &Stores::from_environment()).unwrap();
    select_new(&spec, &endpoint, &sources, &pseudonyms()).await
}

fn refusal<'a>(found: &'a NewCases, number: &str) -> Option<&'a str> {
    let ids = found.rows.column_by_name("case_id").unwrap().as_string::<i32>();
    let id = pseudonyms().pseudonym(number);
    let row = ids.iter().position(|other| other == Some(&*id)).unwrap();
    found.refusals[row].as_deref()
}

#[tokio::test]
async fn every_row_is_there_with_its_reason_and_no_outcome_is_needed() {
    let found = select(&study(NEW)).await.unwrap();
    assert_eq!((found.rows.num_rows(), found.opted_out, found.without_id), (6, 0, 0));
    assert_eq!(found.not_asked, ["no follow-up", "relapsed at once"]);
    let columns: Vec<String> = found.rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(columns, ["case_id", "psa", "stage"]);
    assert_eq!(refusal(&found, "bob-01"), None);
    assert_eq!(refusal(&found, "bob-02"), Some("left out by the study: T4"));
    assert_eq!(refusal(&found, "bob-03"), Some("`psa` was measured after the index date"));
    assert_eq!(refusal(&found, "bob-04"), Some("`psa` has no day of measurement"));
    assert_eq!(refusal(&found, "bob-05"), Some("`psa` is not a number"));
    assert_eq!(refusal(&found, "bob-06"), Some("`psa` is zero or negative; `stage` is missing"));
    assert_eq!(found.rows.column_by_name("psa").unwrap().null_count(), 2);
}

#[tokio::test]
async fn who_opted_out_is_in_no_row() {
    let mut study = study(NEW);
    let mut list = OptOuts::default();
    assert!(list.add(&pseudonyms().pseudonym("bob-03")));
    std::fs::write(study.path().join("opt-outs.txt"), list.to_string()).unwrap();
    study.spec["opt_outs"] = json!("opt-outs.txt");
    let found = select(&study).await.unwrap();
    assert_eq!((found.rows.num_rows(), found.opted_out), (5, 1));
}

#[tokio::test]
async fn what_is_wrong_with_all_of_them_is_an_error() {
    let twice = select(&study("id,psa,stage,day\nbob-01,1,T2,0\nbob-01,2,T2,0\n")).await.unwrap_err();
    assert!(matches!(twice, CohortError::DuplicateCases { cases: 1, rows: 2 }), "{twice}");
    let lacking = select(&study("id,psa,day\nbob-01,1,0\n")).await.unwrap_err();
    assert!(lacking.to_string().contains("`stage`"), "{lacking}");
    let mut computed = study("id,stage,day,relapse\nbob-01,T2,0,1\n");
    computed.spec["sql"] = json!("SELECT id, stage, day, relapse * 2.0 AS psa FROM men");
    computed.spec["columns"]["relapse"] = json!({"known": "after_index"});
    let leaking = select(&computed).await.unwrap_err();
    assert!(matches!(leaking, CohortError::Leakage(_)), "{leaking}");
}
