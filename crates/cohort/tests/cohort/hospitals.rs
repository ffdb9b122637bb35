//! The hospital of each case.

use renkei_cohort::{CohortError, HOSPITAL, hospitals};
use serde_json::json;

use super::tables::{Study, steps};

const MEN: &str = "\
id,psa,stage,months,relapse,site
ann-01,4.0,T2,12,1,north
ann-02,8.0,T3,24,0,
ann-03,2.0,T2,36,1,7
ann-04,16.0,T3,48,0,north
";

fn study() -> Study {
    let mut study = Study::of(MEN);
    study.spec["hospital"] = json!("site");
    study
}

#[tokio::test]
async fn a_case_keeps_its_hospital_and_a_row_without_one_leaves() {
    let cohort = study().select().await.unwrap();
    assert_eq!(steps(&cohort), [("rows selected", 0, 4), ("`site` is missing", 1, 3)]);
    let mut found = hospitals(&cohort.cases).unwrap().unwrap();
    found.sort_unstable();
    assert_eq!(found, ["7", "north", "north"]);
    let mut without = study();
    without.spec.as_object_mut().unwrap().remove("hospital");
    let cohort = without.select().await.unwrap();
    assert_eq!((cohort.cases.num_rows(), hospitals(&cohort.cases).unwrap()), (4, None));
    assert!(cohort.cases.column_by_name(HOSPITAL).is_none());
}

#[tokio::test]
async fn a_hospital_is_no_predictor_and_its_column_must_be_there() {
    let mut study = study();
    study.spec["hospital"] = json!("hospital");
    let error = study.error().await;
    assert!(matches!(&error, CohortError::NoColumn { needed_for, .. } if needed_for == "cohort.hospital"), "{error}");
    // The table of cases has a column of that name already.
    let mut study = Study::of(MEN.replace("stage", "hospital"));
    study.spec["hospital"] = json!("site");
    study.spec["columns"]["hospital"] = json!({"known": "before_index"});
    study.spec["predictors"][1]["column"] = json!("hospital");
    let error = study.error().await;
    assert!(matches!(&error, CohortError::ReservedColumn { column } if column == "hospital"), "{error}");
}
