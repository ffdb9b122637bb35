//! Columns that only baselines are computed from: they travel with the cases, and the leakage guard knows them.

use renkei_cohort::{CohortError, Refusal, baseline_cells};
use renkei_domain::spec::Baseline;
use serde_json::{Value, json};

use super::tables::{Study, steps};

const MEN: &str = "\
id,psa,stage,months,relapse,day,marker,margin,grade
ann-01,4.0,T2,12,1,-3,7.5,R1,3+4
ann-02,8.0,T3,24,0,-5,,R0,
ann-03,2.0,T2,36,1,-1,12,RX,2
ann-04,16.0,T2,48,0,0,5,,4+3
";

fn capra_s(psa: &str) -> Value {
    json!([{"capra_s": {"psa": psa, "pathological_grade_group": "grade", "extracapsular_extension": "margin",
        "seminal_vesicle_invasion": "margin", "lymph_node_involvement": "margin", "surgical_margin": "margin"}}])
}

/// The small study beside CAPRA-S, with the specimen known after the operation as it should be.
fn study() -> Study {
    let mut study = Study::of(MEN);
    study.model["baselines"] = capra_s("marker");
    study.spec["columns"]["marker"] = json!({"known": "before_index"});
    for column in ["margin", "grade"] {
        study.spec["columns"][column] = json!({"known": "after_index"});
    }
    study
}

async fn refused(study: &Study) -> Vec<Refusal> {
    match study.error().await {
        CohortError::Leakage(refused) => refused,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn they_travel_as_text_and_nobody_leaves_for_a_missing_one() {
    let mut study = study();
    let cohort = study.select().await.unwrap();
    assert_eq!(steps(&cohort), [("rows selected", 0, 4)]);
    let schema = cohort.cases.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["case_id", "time_years", "event", "psa", "stage", "grade", "margin", "marker"]);
    let baselines: Vec<Baseline> = serde_json::from_value(study.model["baselines"].clone()).unwrap();
    let cells = baseline_cells(&cohort.cases, &baselines).unwrap();
    let sorted = |column: &str| {
        let mut cells: Vec<Option<&str>> = cells[column].iter().map(Option::as_deref).collect();
        cells.sort_unstable();
        cells
    };
    assert_eq!(sorted("marker"), [None, Some("12"), Some("5"), Some("7.5")]);
    assert_eq!(sorted("margin"), [None, Some("R0"), Some("R1"), Some("RX")]);
    // A predictor is there already, in its own type.
    study.model["baselines"] = capra_s("psa");
    let baselines: Vec<Baseline> = serde_json::from_value(study.model["baselines"].clone()).unwrap();
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.cases.num_columns(), 7);
    assert_eq!(baseline_cells(&cohort.cases, &baselines).unwrap()["psa"].iter().flatten().count(), 4);
}

#[tokio::test]
async fn what_must_be_known_before_the_operation_is_guarded_and_the_specimen_is_not() {
    let mut study = study();
    study.spec["columns"]["marker"] = json!({"known": "after_index"});
    let late = refused(&study).await;
    assert_eq!(late.len(), 1);
    let text = late[0].to_string();
    assert!(text.contains("`marker`") && text.contains("after the index date"), "{text}");
    assert!(text.contains("the baseline CAPRA-S takes the PSA from it"), "{text}");
    study.spec["columns"].as_object_mut().unwrap().remove("marker");
    study.spec["columns"].as_object_mut().unwrap().remove("margin");
    let unknown: Vec<String> = refused(&study).await.into_iter().map(|refusal| refusal.predictor).collect();
    assert_eq!(unknown, ["marker", "margin"]);
    study.model["baselines"] = capra_s("months");
    let own = refused(&study).await;
    assert!(own[0].reason.contains("remove it from `model.baselines`"), "{}", own[0]);
}

#[tokio::test]
async fn a_new_name_hides_nothing_from_a_baseline_either() {
    let mut study = study();
    study.spec["columns"]["day"] = json!({"known": "after_index"});
    study.spec["sql"] = json!("SELECT id, psa, stage, months, relapse, grade, margin, day AS marker FROM men");
    let late = refused(&study).await;
    assert!(late.len() == 1 && late[0].reason.contains("computed from `day`"), "{late:?}");
    // What only the specimen tells may come from what was known late, and never from the outcome.
    study.spec["sql"] = json!("SELECT id, psa, stage, months, relapse, marker, grade, day AS margin FROM men");
    assert_eq!(study.select().await.unwrap().cases.num_rows(), 4);
    study.spec["sql"] = json!("SELECT id, psa, stage, months, relapse, marker, grade, relapse + 1 AS margin FROM men");
    let outcome = refused(&study).await;
    assert!(outcome[0].reason.contains("`relapse`"), "{}", outcome[0]);
}

#[tokio::test]
async fn days_are_heeded() {
    let mut study = study();
    study.spec["columns"]["marker"] = json!({"known": {"day_column": "day"}});
    assert_eq!(study.select().await.unwrap().cases.num_rows(), 4);
    let mut late =
        Study { spec: study.spec.clone(), model: study.model.clone(), ..Study::of(MEN.replace("1,-1,12", "1,9,12")) };
    let refusals = refused(&late).await;
    assert!(refusals[0].reason.contains("in 1 selected rows (`day` is positive)"), "{}", refusals[0]);
    late.spec["exclude"] = json!([{"reason": "late", "where": "day > 0"}]);
    assert_eq!(late.select().await.unwrap().cases.num_rows(), 3);
    let undated =
        Study { spec: study.spec.clone(), model: study.model.clone(), ..Study::of(MEN.replace("1,-1,12", "1,,12")) };
    let cohort = undated.select().await.unwrap();
    let baselines: Vec<Baseline> = serde_json::from_value(undated.model["baselines"].clone()).unwrap();
    let cells = baseline_cells(&cohort.cases, &baselines).unwrap();
    assert_eq!((cells["marker"].len(), cells["marker"].iter().flatten().count()), (4, 2));
}

#[tokio::test]
async fn a_column_that_is_not_there_is_told_with_the_ones_that_are_like_it() {
    let mut study = study();
    study.model["baselines"] = capra_s("markr");
    study.spec["columns"]["markr"] = json!({"known": "before_index"});
    let error = study.error().await.to_string();
    assert!(error.contains("model.baselines") && error.contains("marker"), "{error}");
}
