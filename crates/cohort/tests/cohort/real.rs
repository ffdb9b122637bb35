//! Cohorts of real men, by the ready studies of `docs/studies`: Cleveland Clinic, TCGA, MSKCC.

use std::path::Path;

use renkei_cohort::{
    Cohort, CohortError, Design, Summary, baseline_cells, describe, events, follow_up, hospitals, times_years,
};
use renkei_domain::spec::RecordsSpec;
use serde_json::{Value, json};

use super::place::clinical;
use super::tables::{findings, run, run_with, steps};

/// Cohort and endpoint of a ready study, to be changed in one place by a test.
fn ready(name: &str) -> (Value, Value) {
    let spec = study(name);
    (serde_json::to_value(&spec.cohort).unwrap(), serde_json::to_value(&spec.endpoint).unwrap())
}

/// A ready study as it is.
fn study(name: &str) -> RecordsSpec {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/studies").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let text = serde_norway::Deserializer::from_str(&text);
    let spec: RecordsSpec = serde_norway::with::singleton_map_recursive::deserialize(text).unwrap();
    assert_eq!(spec.faults(), []);
    spec
}

fn count_events(cohort: &Cohort) -> usize {
    events(&cohort.cases).unwrap().into_iter().filter(|event| *event).count()
}

/// Adds an exclusion as the last of the spec's.
fn exclude(spec: &mut Value, reason: &str, condition: &str) {
    let exclusion = json!({"reason": reason, "where": condition});
    match spec.get_mut("exclude").and_then(Value::as_array_mut) {
        Some(exclusions) => exclusions.push(exclusion),
        None => spec["exclude"] = json!([exclusion]),
    }
}

#[tokio::test]
async fn cleveland_has_300_complete_men_of_316_and_50_recurrences() {
    let Some(folder) = clinical() else { return };
    let (mut spec, endpoint) = ready("cleveland-clinic.yaml");
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let expected = [
        ("rows selected", 0, 316),
        ("`TimeToRecurrence` is missing", 1, 315),
        ("`PreopPSA` is missing", 3, 312),
        // The two men without a biopsy Gleason group have left by then: they lack the time or the PSA as well.
        ("`T.Stage` is missing", 12, 300),
    ];
    assert_eq!(steps(&cohort), expected);
    assert_eq!(count_events(&cohort), 50);
    let longest = times_years(&cohort.cases).unwrap().into_iter().fold(0.0, f64::max);
    assert!((longest - 103.6 / 12.0).abs() < 1e-12, "{longest}");
    let predictors: Vec<_> = serde_json::from_value(spec["predictors"].clone()).unwrap();
    let design = Design::of(&cohort.cases, &predictors).unwrap();
    assert_eq!(design.names, ["log2(PreopPSA)", "bGS=2", "bGS=3", "T.Stage=2"]);
    assert_eq!((design.rows, design.values.len()), (300, 1200));
    let described = describe(&cohort.cases, &predictors).unwrap();
    assert!(matches!(&described[0].summary, Summary::Number(of) if of.all.is_some()));
    // All 54 recurrences of the source; one of them has no time.
    exclude(&mut spec, "recurred", "\"Recurrence\" = 1");
    let error = run(&spec, &endpoint, &folder).await.unwrap_err();
    assert!(matches!(error, CohortError::NoEvent { .. }), "{error}");
    exclude(&mut spec, "did not", "\"Recurrence\" = 0");
    let CohortError::NoCases(steps) = run(&spec, &endpoint, &folder).await.unwrap_err() else { panic!() };
    assert_eq!((steps[1].removed, steps[2].removed), (54, 262));
}

const MEDIAN: f64 = 2.99416666667;
/// At 1, 3 and 5 years: at risk, events, share with the event and its interval.
const HORIZONS: [(u64, u64, f64, f64, f64); 3] = [
    (202, 25, 0.0959793981057, 0.0657606028261, 0.139014334552),
    (123, 40, 0.1752711999967, 0.1307241106368, 0.232840310679),
    (60, 48, 0.2450374291527, 0.1862286525812, 0.318461356629),
];

/// Counted apart in R 4.2.2, survival 3.5-3:
///
/// ```text
/// library(survival); b <- read.csv("blood_storage.csv")
/// b <- b[complete.cases(b[, c("TimeToRecurrence", "PreopPSA", "bGS", "T.Stage")]), ]; t <- b$TimeToRecurrence / 12
/// print(quantile(survfit(Surv(t, 1 - b$Recurrence) ~ 1), 0.5)$quantile, digits = 12)
/// s <- summary(survfit(Surv(t, b$Recurrence) ~ 1, conf.type = "log-log"), times = c(1, 3, 5))
/// print(1 - s$surv, digits = 12); print(1 - s$upper, digits = 12); print(1 - s$lower, digits = 12)
/// for (h in c(1, 3, 5)) print(c(sum(t >= h), sum(t <= h & b$Recurrence == 1)))
/// ```
#[tokio::test]
async fn cleveland_is_followed_as_r_says() {
    let Some(folder) = clinical() else { return };
    let (spec, endpoint) = ready("cleveland-clinic.yaml");
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let found = follow_up(&cohort.cases, &[1.0, 3.0, 5.0]).unwrap();
    assert_eq!((found.cases, found.events, found.censored), (300, 50, 250));
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    near(found.median_years.unwrap(), MEDIAN);
    for (at, (at_risk, events, rate, lower, upper)) in found.horizons.iter().zip(HORIZONS) {
        assert_eq!((at.at_risk, at.events), (at_risk, events));
        let interval = at.interval.unwrap();
        near(at.rate, rate);
        near(interval.lower, lower);
        near(interval.upper, upper);
    }
}

#[tokio::test]
async fn the_same_tables_give_the_same_cohort_and_another_horizon_is_checked() {
    let Some(folder) = clinical() else { return };
    let (spec, mut endpoint) = ready("cleveland-clinic.yaml");
    let (one, two) = (run(&spec, &endpoint, &folder).await.unwrap(), run(&spec, &endpoint, &folder).await.unwrap());
    assert_eq!(one.cases, two.cases);
    assert_eq!(one.source_digests, two.source_digests);
    let bytes = std::fs::read(folder.join("blood_storage.csv")).unwrap();
    assert_eq!(one.source_digests, [("men".to_owned(), renkei_domain::Digest::of(&bytes))]);
    endpoint["horizons_years"] = json!([5.0, 10.0]);
    let error = run(&spec, &endpoint, &folder).await.unwrap_err();
    assert!(error.to_string().contains("8.63 years"), "{error}");
}

/// Counted apart, with Python and DuckDB over `tcga-cgds_prad.csv` as `t` (`nullstr = ['NA', '']`, all text):
///
/// ```text
/// select count(*), sum((dfs_status = 'Recurred/Progressed')::int),
///   sum((dfs_status = 'Recurred/Progressed' and biochemical_recurrence_indicator = 'NO')::int)
///   from t where dfs_status is not null and dfs_months is not null                                      493, 92, 43
/// select count(*), sum(n), sum(e) from (select count(*) n, sum((dfs_status = 'Recurred/Progressed')::int) e from t
///   where dfs_status is not null group by tissue_source_site having n >= 10)                             14, 437, 87
/// select count(*), sum((dfs_status = 'Recurred/Progressed')::int) from t where dfs_status is not null
///   and id not like '%.06' and path_t_stage is not null and residual_tumor <> 'RX' and path_n_stage is not null
///                                                                                                         394, 81
/// ```
#[tokio::test]
async fn tcga_has_493_followed_and_394_complete_men() {
    let Some(folder) = clinical() else { return };
    let (spec, endpoint) = ready("tcga-prad.yaml");
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let expected = [
        ("rows selected", 0, 499),
        ("no follow-up", 6, 493),
        ("metastasis of a man whose tumour is in", 1, 492),
        ("`pt` is missing", 6, 486),
        ("`margin` is missing", 28, 458),
        ("`path_n_stage` is missing", 64, 394),
    ];
    assert_eq!((steps(&cohort), count_events(&cohort)), (expected.to_vec(), 81));
    let hospitals: std::collections::BTreeSet<_> = hospitals(&cohort.cases).unwrap().unwrap().into_iter().collect();
    assert_eq!(hospitals.len(), 29);
    let mut barred: Vec<_> = cohort.barred.iter().map(|refusal| refusal.predictor.as_str()).collect();
    barred.sort_unstable();
    let expected = [
        "biochemical_recurrence_indicator",
        "days_to_biochemical_recurrence_first",
        "days_to_psa",
        "psa_most_recent_results",
    ];
    assert_eq!(barred, expected);
}

#[tokio::test]
async fn tcga_has_92_events_of_disease_free_survival_and_43_of_them_are_no_biochemical_recurrence() {
    let Some(folder) = clinical() else { return };
    let (mut spec, endpoint) = ready("tcga-prad.yaml");
    assert_eq!(endpoint["name"], "disease-free survival");
    // A sample a row, so that both of the man with a metastasis count, and one predictor that all have.
    spec["case_id"] = json!("id");
    spec["sql"] = json!(spec["sql"].as_str().unwrap().replacen("SELECT", "SELECT id,", 1));
    spec["exclude"].as_array_mut().unwrap().pop();
    spec["predictors"] = json!([{"column": "gleason_score", "kind": "number"}]);
    let all = run(&spec, &endpoint, &folder).await.unwrap();
    assert_eq!((all.cases.num_rows(), count_events(&all)), (493, 92));
    let mut larger = spec.clone();
    exclude(&mut larger, "hospital with fewer than ten men followed", "hospital_followed < 10");
    let larger = run(&larger, &endpoint, &folder).await.unwrap();
    assert_eq!((larger.cases.num_rows(), count_events(&larger)), (437, 87));
    exclude(&mut spec, "no BCR", "dfs_status = 'Recurred/Progressed' AND biochemical_recurrence_indicator = 'NO'");
    assert_eq!(steps(&run(&spec, &endpoint, &folder).await.unwrap())[2].1, 43);
}

#[tokio::test]
async fn tcga_psa_was_measured_after_treatment_and_is_refused() {
    let Some(folder) = clinical() else { return };
    let (mut spec, endpoint) = ready("tcga-prad.yaml");
    spec["predictors"].as_array_mut().unwrap().push(json!({"column": "psa_most_recent_results", "kind": "number"}));
    // By the dictionary, and where it is silent by the days themselves.
    for known in [json!("after_index"), json!({"day_column": "days_to_psa"})] {
        spec["columns"]["psa_most_recent_results"] = json!({"known": known});
        let error = run(&spec, &endpoint, &folder).await.unwrap_err();
        let CohortError::Leakage(refused) = &error else { panic!("{error}") };
        assert_eq!(refused.len(), 1, "{error}");
        assert_eq!(refused[0].predictor, "psa_most_recent_results");
    }
}

/// Counted apart, with Python and DuckDB over the two files (`delim = '\t', comment = '#', nullstr = ['NA', '']`), joined by
/// `PATIENT_ID`: 269 samples, 198 with `DFS_STATUS`, 61 of these `Recurred`; of the 17 metastases all recurred; of the 181
/// primaries 44, and 179 of them (43) have a number as Gleason score.
#[tokio::test]
async fn mskcc_has_198_followed_and_179_complete_men() {
    let Some(folder) = clinical() else { return };
    let (mut spec, endpoint) = ready("mskcc-2010.yaml");
    let cohort = run(&spec, &endpoint, &folder).await.unwrap();
    let expected = [
        ("rows selected", 0, 269),
        ("no follow-up", 71, 198),
        ("cell line or xenograft", 0, 198),
        ("metastasis, not the primary tumour", 17, 181),
        ("`gleason_score` is missing", 1, 180),
        ("`gleason_score` is not a number", 1, 179),
    ];
    assert_eq!((steps(&cohort), count_events(&cohort)), (expected.to_vec(), 43));
    // The one score that is no number says that treatment came before.
    assert!(findings(&cohort).contains(&("gleason_score".to_owned(), "is not a number".to_owned(), 1)));
    spec["exclude"].as_array_mut().unwrap().truncate(1);
    spec["predictors"] = json!([]);
    let all = run(&spec, &endpoint, &folder).await.unwrap();
    assert_eq!((all.cases.num_rows(), count_events(&all)), (198, 61));
}

/// Counted apart, with Python over the two files joined by `id`: of the 394 complete men the PSA before the operation is
/// known of 150, the biopsy grade of 223, the clinical stage of 322, and 384 are not pT4.
#[tokio::test]
async fn tcga_carries_what_its_baselines_are_computed_from() {
    let Some(folder) = clinical() else { return };
    let (spec, endpoint) = ready("tcga-prad.yaml");
    let baselines = study("tcga-prad.yaml").model.baselines;
    let cohort = run_with(&spec, &endpoint, &json!({ "baselines": &baselines }), &folder).await.unwrap();
    let cells = baseline_cells(&cohort.cases, &baselines).unwrap();
    let known = |column: &str| cells[column].iter().flatten().count();
    assert_eq!(cohort.cases.num_rows(), 394);
    let counts = ["preoperative_psa", "clinical_gleason", "clin_t_stage", "in_seminal_vesicles"].map(known);
    assert_eq!(counts, [150, 223, 322, 384]);
    let words = |column: &str| cells[column].iter().flatten().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(words("beyond_capsule").into_iter().collect::<Vec<_>>(), ["false", "true"]);
    assert!(words("specimen_gleason").contains("3+4"));
}

#[tokio::test]
async fn mskcc_and_cleveland_have_baselines_that_need_nothing_more() {
    let Some(folder) = clinical() else { return };
    for name in ["mskcc-2010.yaml", "cleveland-clinic.yaml"] {
        let (spec, endpoint) = ready(name);
        let baselines = study(name).model.baselines;
        let beside = run_with(&spec, &endpoint, &json!({ "baselines": &baselines }), &folder).await.unwrap();
        assert_eq!(beside.cases, run(&spec, &endpoint, &folder).await.unwrap().cases);
        assert!(!baselines.is_empty());
    }
}
