//! Predictors that were known too late, under any name.

use renkei_cohort::{CohortError, Refusal};
use serde_json::json;

use super::tables::{MEN, Study};

async fn refused(study: &Study) -> Vec<Refusal> {
    match study.error().await {
        CohortError::Leakage(refused) => refused,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn all_unfit_predictors_are_named_at_once() {
    let mut study = Study::of(MEN);
    study.spec["columns"] = json!({"psa": {"known": "after_index"}});
    let refused = refused(&study).await;
    assert_eq!(refused.iter().map(|refusal| refusal.predictor.as_str()).collect::<Vec<_>>(), ["psa", "stage"]);
}

#[tokio::test]
async fn a_positive_day_refuses_the_predictor_until_its_rows_are_excluded() {
    let mut study = Study::of(MEN.replace("0,-5", "0,9"));
    study.spec["columns"]["psa"] = json!({"known": {"day_column": "day"}});
    let refused = refused(&study).await;
    assert!(refused[0].reason.contains("in 1 selected rows (`day` is positive)"), "{}", refused[0]);
    study.spec["exclude"] = json!([{"reason": "PSA after surgery", "where": "day > 0"}]);
    assert_eq!(study.select().await.unwrap().cases.num_rows(), 3);
}

#[tokio::test]
async fn a_value_without_its_day_is_left_out() {
    let mut study = Study::of(MEN.replace("0,-5", "0,"));
    study.spec["columns"]["psa"] = json!({"known": {"day_column": "day"}});
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.attrition[1].reason, "`psa` has no day of measurement");
    assert_eq!(cohort.cases.num_rows(), 3);
}

#[tokio::test]
async fn a_new_name_does_not_hide_where_a_value_comes_from() {
    let hidden = [
        "SELECT id, stage, months, relapse, day AS psa FROM men",
        "WITH t AS (SELECT id, day + psa AS d FROM men) SELECT m.id, m.stage, m.months, m.relapse, t.d * 2 AS psa \
         FROM men m JOIN t ON m.id = t.id",
        "SELECT id, stage, max(day) AS psa, min(months) AS months, min(relapse) AS relapse FROM men GROUP BY id, stage",
        "SELECT id, stage, months, relapse, (SELECT max(t.day) FROM men t) AS psa FROM men",
        "SELECT id, stage, months, relapse, sum(day) OVER (PARTITION BY id) AS psa FROM men",
        "SELECT id, stage, months, relapse, psa FROM men UNION ALL SELECT id, stage, months, relapse, day FROM men",
    ];
    for sql in hidden {
        let mut study = Study::of(MEN);
        study.spec["sql"] = json!(sql);
        study.spec["columns"]["day"] = json!({"known": "after_index"});
        let refused = refused(&study).await;
        assert_eq!(refused.len(), 1, "{sql}");
        assert!(refused[0].predictor == "psa" && refused[0].reason.contains("`day`"), "{sql}: {}", refused[0]);
    }
}

#[tokio::test]
async fn the_endpoint_cannot_predict_itself_under_another_name() {
    let mut study = Study::of(MEN);
    study.spec["sql"] = json!(
        "SELECT id, stage, months, relapse, sqrt_of.m AS psa FROM men JOIN (SELECT id AS i, months * 2 AS m FROM men) sqrt_of ON id = i"
    );
    let refused = refused(&study).await;
    assert!(refused[0].reason.contains("`months`"), "{}", refused[0]);
}

/// Age and follow-up both count from the day of surgery; that is no leakage.
#[tokio::test]
async fn sharing_a_part_with_the_time_is_no_fault() {
    let csv = "id,born,operated,seen,relapse,stage\n\
        a,1940-01-01,2000-01-01,2002-01-01,1,T2\nb,1950-01-01,2001-01-01,2005-01-01,0,T3\n";
    let mut study = Study::of(csv);
    study.spec["sql"] = json!(
        "SELECT id, stage, relapse, date_part('year', operated) - date_part('year', born) AS psa, \
         (date_part('year', seen) - date_part('year', operated)) * 12 AS months FROM men"
    );
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.cases.num_rows(), 2);
}

#[tokio::test]
async fn barred_columns_are_reported_though_nobody_listed_them() {
    let mut study = Study::of(MEN);
    study.spec["columns"]["psa_latest"] = json!({"known": "after_index"});
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.barred.len(), 1);
    assert!(cohort.barred[0].to_string().contains("`psa_latest`"), "{}", cohort.barred[0]);
}
