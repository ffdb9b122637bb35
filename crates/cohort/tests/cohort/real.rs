//! Cohorts of real men: Cleveland Clinic and TCGA.

use renkei_cohort::{CohortError, Design, Summary, describe, events, times_years};
use renkei_domain::spec::CohortSpec;
use serde_json::{Value, json};

use super::place::clinical;
use super::tables::{run, steps};

fn cleveland() -> (Value, Value) {
    let spec = json!({
        "tables": [{"name": "blood", "uri": "blood_storage.csv"}],
        "sql": "SELECT rownames, Age, PreopPSA, bGS, \"T.Stage\", Recurrence, TimeToRecurrence FROM blood",
        "case_id": "rownames",
        "columns": {
            "PreopPSA": {"known": "before_index", "unit": "ng/mL", "plausible": [0.0, 25.0]},
            "bGS": {"known": "before_index"},
            "T.Stage": {"known": "before_index"},
            "sGS": {"known": "after_index"}
        },
        "predictors": [
            {"column": "PreopPSA", "kind": "number", "transform": "log2"},
            {"column": "bGS", "kind": "category"},
            {"column": "T.Stage", "kind": "category"}
        ]
    });
    let endpoint = json!({
        "name": "biochemical recurrence", "origin": "radical prostatectomy",
        "time": {"column": "TimeToRecurrence", "unit": "months"},
        "event": {"column": "Recurrence", "event": ["1"], "censored": ["0"]},
        "horizons_years": [1.0, 3.0, 5.0]
    });
    (spec, endpoint)
}

#[tokio::test]
async fn cleveland_has_300_complete_men_of_316_and_50_recurrences() {
    let Some(folder) = clinical() else { return };
    let (spec, endpoint) = cleveland();
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let expected = [
        ("rows selected", 0, 316),
        ("`TimeToRecurrence` is missing", 1, 315),
        ("`PreopPSA` is missing", 3, 312),
        // The two men without a biopsy Gleason group have left by then: they lack the time or the PSA as well.
        ("`T.Stage` is missing", 12, 300),
    ];
    assert_eq!(steps(&cohort), expected);
    assert_eq!(events(&cohort.cases).unwrap().into_iter().filter(|event| *event).count(), 50);
    let longest = times_years(&cohort.cases).unwrap().into_iter().fold(0.0, f64::max);
    assert!((longest - 103.6 / 12.0).abs() < 1e-12, "{longest}");
    let predictors = serde_json::from_value::<CohortSpec>(spec).unwrap().predictors;
    let design = Design::of(&cohort.cases, &predictors).unwrap();
    assert_eq!(design.names, ["log2(PreopPSA)", "bGS=2", "bGS=3", "T.Stage=2"]);
    assert_eq!((design.rows, design.values.len()), (300, 1200));
    let described = describe(&cohort.cases, &predictors).unwrap();
    assert!(matches!(&described[0].summary, Summary::Number(of) if of.all.is_some()));
}

#[tokio::test]
async fn the_same_tables_give_the_same_cohort_and_another_horizon_is_checked() {
    let Some(folder) = clinical() else { return };
    let (spec, mut endpoint) = cleveland();
    let (one, two) = (run(&spec, &endpoint, &folder).await.unwrap(), run(&spec, &endpoint, &folder).await.unwrap());
    assert_eq!(one.cases, two.cases);
    assert_eq!(one.source_digests, two.source_digests);
    let bytes = std::fs::read(folder.join("blood_storage.csv")).unwrap();
    assert_eq!(one.source_digests, [("blood".to_owned(), renkei_domain::Digest::of(&bytes))]);
    endpoint["horizons_years"] = json!([5.0, 10.0]);
    let error = run(&spec, &endpoint, &folder).await.unwrap_err();
    assert!(error.to_string().contains("8.63 years"), "{error}");
}

fn tcga(predictor: Value) -> (Value, Value) {
    let spec = json!({
        "tables": [{"name": "tcga", "uri": "tcga-cgds_prad.csv"}],
        "case_id": "id",
        "exclude": [{"reason": "metastasis, not the primary tumour", "where": "id LIKE '%.06'"}],
        "columns": {
            "gleason_score": {"known": "before_index"},
            "psa_most_recent_results": {"known": {"day_column": "days_to_psa"}}
        },
        "predictors": [predictor]
    });
    let endpoint = json!({
        "name": "disease-free survival", "origin": "radical prostatectomy",
        "time": {"column": "dfs_months", "unit": "months"},
        "event": {"column": "dfs_status", "event": ["Recurred/Progressed"], "censored": ["DiseaseFree"]},
        "horizons_years": [1.0, 5.0]
    });
    (spec, endpoint)
}

#[tokio::test]
async fn tcga_has_492_men_with_follow_up_and_91_events_without_the_metastasis() {
    let Some(folder) = clinical() else { return };
    let (mut spec, endpoint) = tcga(json!({"column": "gleason_score", "kind": "number"}));
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let expected = [
        ("rows selected", 0, 499),
        ("metastasis, not the primary tumour", 1, 498),
        ("`dfs_status` is missing", 6, 492),
    ];
    assert_eq!(steps(&cohort), expected);
    assert_eq!(events(&cohort.cases).unwrap().into_iter().filter(|event| *event).count(), 91);
    spec["exclude"] = json!([]);
    let all = run(&spec, &endpoint, &folder).await.unwrap();
    let events = events(&all.cases).unwrap().into_iter().filter(|event| *event).count();
    assert_eq!((all.cases.num_rows(), events), (493, 92));
}

#[tokio::test]
async fn tcga_psa_was_measured_after_treatment_and_is_refused() {
    let Some(folder) = clinical() else { return };
    let (spec, endpoint) = tcga(json!({"column": "psa_most_recent_results", "kind": "number"}));
    let error = run(&spec, &endpoint, &folder).await.unwrap_err();
    assert!(
        matches!(&error, CohortError::Leakage(refused) if refused[0].predictor == "psa_most_recent_results"),
        "{error}"
    );
}
