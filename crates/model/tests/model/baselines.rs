//! Baselines on real cohorts against R (`tests/golden/baselines.R`), and beside the models of a synthetic cohort.

use std::collections::HashMap;

use renkei_domain::spec::{Baseline, ModelSpec};
use renkei_model::baseline::{Cells, with_baselines};
use renkei_model::{BaselineFindings, Column, Comparison, Findings, Hospitals, Input, Records, analyse};
use serde_json::{Value, json};

use super::cohort::{SETTINGS, cleveland, shared, synthetic};

const HORIZONS: [f64; 2] = [1.0, 3.0];

fn settings(baselines: Value) -> ModelSpec {
    let baselines: Vec<Baseline> = serde_json::from_value(baselines).unwrap();
    ModelSpec { baselines, permutations: 0, ..SETTINGS }
}

fn run(input: &Input, cells: &Cells, settings: &ModelSpec) -> Findings {
    let findings = analyse(input, settings, 7, &HORIZONS).unwrap();
    with_baselines(findings, input, cells, settings, 7, &HORIZONS)
}

#[track_caller]
fn near(ours: f64, reference: f64) {
    assert!((ours - reference).abs() <= 1e-12, "{ours} is not {reference}");
}

fn concordance(found: &BaselineFindings) -> f64 {
    found.discrimination.done().unwrap().concordance.estimate
}

fn counts(of: &[renkei_model::Counted]) -> Vec<(&str, usize)> {
    of.iter().map(|counted| (counted.reason.as_str(), counted.cases)).collect()
}

/// A table as cells by name, one row each; empty and `NA` cells are missing.
fn rows(file: &str) -> Option<Vec<HashMap<String, String>>> {
    let mut table = csv::Reader::from_path(shared(file)?).unwrap();
    let rows = table.deserialize::<HashMap<String, String>>().map(Result::unwrap);
    Some(
        rows.map(|mut row| {
            row.retain(|_, cell| !["", "NA"].contains(&cell.as_str()));
            row
        })
        .collect(),
    )
}

/// TCGA-PRAD with the PSA and biopsy grade of the men of the marker paper, as the ready study reads it.
fn tcga() -> Option<(Input, Cells)> {
    let markers: HashMap<String, HashMap<String, String>> =
        rows("tcga-cgds_prad-cell.csv")?.into_iter().map(|row| (row["id"].clone(), row)).collect();
    let (mut time_years, mut event, mut values, mut cells) = (vec![], vec![], vec![], Cells::new());
    for row in rows("tcga-cgds_prad.csv")? {
        let (Some(months), Some(status)) = (row.get("dfs_months"), row.get("dfs_status")) else { continue };
        if row["id"].ends_with(".06") {
            continue;
        }
        time_years.push(months.parse::<f64>().unwrap() / 12.0);
        event.push(status == "Recurred/Progressed");
        values.push(row["gleason_score"].parse().unwrap());
        let marker = |name: &str| markers.get(&row["id"])?.get(name).cloned();
        let stage = row.get("path_t_stage").map(String::as_str);
        let capsule = stage.map(|stage| u8::from(!stage.starts_with("T2")).to_string());
        let vesicles = stage.filter(|stage| *stage != "T4").map(|stage| u8::from(stage == "T3b").to_string());
        for (column, cell) in [
            ("age", row.get("age").cloned()),
            ("psa", marker("preoperative_psa")),
            ("biopsy", marker("clinical_gleason")),
            ("stage", row.get("clin_t_stage").cloned()),
            ("specimen", Some(format!("{}+{}", row["gleason_pattern_primary"], row["gleason_pattern_secondary"]))),
            ("capsule", capsule),
            ("vesicles", vesicles),
            ("nodes", row.get("path_n_stage").cloned()),
            ("margin", row.get("residual_tumor").cloned()),
        ] {
            cells.entry(column.to_owned()).or_default().push(cell);
        }
    }
    let columns = vec![Column { name: "gleason".into(), group: "gleason".into() }];
    Some((Input { time_years, event, records: Records { values, columns }, images: None, hospitals: None }, cells))
}

fn specimen() -> Value {
    json!({"psa": "psa", "pathological_grade_group": "specimen", "extracapsular_extension": "capsule",
        "seminal_vesicle_invasion": "vesicles", "lymph_node_involvement": "nodes", "surgical_margin": "margin"})
}

#[test]
fn published_models_on_tcga_equal_r() {
    let Some((input, cells)) = tcga() else { return };
    let mut postoperative = specimen();
    postoperative["age"] = json!("age");
    let settings = settings(json!([
        {"mskcc_preoperative": {"age": "age", "psa": "psa", "grade_group": "biopsy", "stage": "stage"}},
        {"mskcc_postoperative": postoperative},
        {"capra_s": specimen()},
    ]));
    let findings = run(&input, &cells, &settings);
    assert_eq!((findings.cohort.cases, findings.cohort.events), (492, 91));
    let [before, after, points] = findings.baselines.as_slice() else { panic!() };
    assert_eq!((before.cases, before.events, before.knows_specimen), (125, 12, false));
    near(concordance(before), 0.79317697228145);
    let expected = [
        ("PSA is missing", 306),
        ("PSA is above 50 ng/ml, where the model is unstable", 4),
        ("clinical stage is missing", 52),
        ("clinical stage is a level that the model does not know", 5),
    ];
    assert_eq!(counts(&before.not_computable), expected);
    assert_eq!(counts(&before.flagged), [("PSA is above 25 ng/ml, where the model is uncertain", 10)]);
    assert_eq!((after.cases, after.events, after.knows_specimen), (143, 15, true));
    near(concordance(after), 0.645962732919255);
    let expected = [
        ("PSA is missing", 306),
        ("PSA is above 50 ng/ml, where the model is unstable", 4),
        ("extracapsular extension is missing", 2),
        ("seminal vesicle invasion is missing", 4),
        ("lymph node involvement is missing", 24),
        ("surgical margin is missing", 5),
        ("surgical margin is a level that the model does not know", 4),
    ];
    assert_eq!(counts(&after.not_computable), expected);
    assert_eq!((points.cases, points.events, points.knows_specimen), (145, 15, true));
    near(concordance(points), 0.650812064965197);
    let expected = [
        ("PSA is missing", 306),
        ("extracapsular extension is missing", 2),
        ("seminal vesicle invasion is missing", 5),
        ("lymph node involvement is missing", 23),
        ("surgical margin is missing", 7),
        ("surgical margin is a level that the model does not know", 4),
    ];
    assert_eq!(counts(&points.not_computable), expected);
    for one in &findings.baselines {
        let against = one.records.done().unwrap();
        assert_eq!((against.cases, against.events), (one.cases, one.events));
        near(against.concordance.reference, concordance(one));
        near(against.concordance.absolute.estimate, against.concordance.model - against.concordance.reference);
        assert_eq!(one.records_and_images.reason(), Some("the study has no images"));
    }
    let method = findings.method.last().unwrap();
    assert!(method.contains("2 June 2022") && method.contains("CAPRA-S (Cooperberg et al. 2011)"), "{method}");
}

#[test]
fn a_refit_on_cleveland_equals_r_in_the_same_folds() {
    let Some(input) = cleveland() else { return };
    let settings = settings(json!([
        {"refit": {"name": "Kattan's variables", "columns": ["psa", "grade", "stage"]}},
        {"refit": {"name": "all", "columns": ["age", "psa", "stage", "grade", "african american", "family"]}},
    ]));
    let hospitals = Hospitals {
        names: (1..=5).map(|number| format!("hospital {number}")).collect(),
        of_case: (0..input.time_years.len()).map(|row| row % 5).collect(),
    };
    let by_row = Input { hospitals: Some(hospitals), ..input.clone() };
    let by_row = &run(&by_row, &Cells::new(), &settings).baselines[0];
    assert_eq!((by_row.cases, by_row.events), (300, 50));
    near(concordance(by_row), 0.755273600668337);
    // In the same random folds the re-fit of everything is the records model.
    let findings = run(&input, &Cells::new(), &settings);
    let same = findings.baselines[1].records.done().unwrap().concordance;
    assert_eq!((same.absolute.estimate, same.absolute.lower, same.absolute.upper, same.p), (0.0, 0.0, 0.0, 1.0));
    assert_eq!(findings.baselines[0].not_computable, []);
}

/// PSA by the record that drives the outcome, and findings of the specimen by nothing.
fn invented(input: &Input) -> Cells {
    type Of = fn(usize, f64) -> Option<String>;
    let column = |of: Of| {
        let cases = 0..input.time_years.len();
        cases.map(|case| of(case, input.records.values[case * 2])).collect::<Vec<_>>()
    };
    let some: [(&str, Of); 4] = [
        ("psa", |case, psa| (case % 10 != 0).then(|| format!("{:.2}", 8.0 * psa.exp()))),
        ("specimen", |case, _| Some(if case % 10 == 1 { "7" } else { "3+4" }.to_owned())),
        ("margin", |case, _| (case % 10 != 2).then(|| (case % 2).to_string())),
        ("nodes", |_, _| Some("N0".to_owned())),
    ];
    let same = |name: &str| (name.to_owned(), column(|_, _| Some("no".to_owned())));
    let named = some.into_iter().map(|(name, of)| (name.to_owned(), column(of)));
    named.chain(["capsule", "vesicles"].map(same)).collect()
}

#[test]
fn the_joint_model_is_compared_on_the_cases_that_both_predict() {
    let mut input = synthetic(160, 8, 1.0, 3);
    let cells = invented(&input);
    // Twenty cases lose their tiles, two of them (0 and 10) without PSA as well.
    if let Some(images) = &mut input.images {
        images.counts[..20 * 8].fill(0);
    }
    let settings = settings(json!([{"capra_s": specimen()}]));
    let findings = run(&input, &cells, &settings);
    let found = &findings.baselines[0];
    let expected = [
        ("PSA is missing", 16),
        ("pathological grade is a level that the model does not know", 16),
        ("surgical margin is missing", 16),
    ];
    assert_eq!(counts(&found.not_computable), expected);
    assert_eq!(found.cases, 112);
    let (records, joint) = (found.records.done().unwrap(), found.records_and_images.done().unwrap());
    assert_eq!((records.cases, joint.cases), (112, 98));
    let beats = |of: &Comparison| of.concordance.absolute.lower > 0.0;
    assert!(beats(joint), "{:?}", joint.concordance);
    let mut turned = Input { time_years: input.time_years.iter().rev().copied().collect(), ..input.clone() };
    turned.event.reverse();
    turned.records.values = input.records.values.chunks(2).rev().flatten().copied().collect();
    if let Some(images) = &mut turned.images {
        images.counts = images.counts.chunks(8).rev().flatten().copied().collect();
    }
    let cells = cells.into_iter().map(|(name, column)| (name, column.into_iter().rev().collect())).collect();
    assert_eq!(run(&turned, &cells, &settings).baselines, findings.baselines);
}

#[test]
fn what_cannot_be_computed_says_so_and_findings_without_baselines_still_load() {
    let input = synthetic(80, 4, 0.0, 5);
    let findings = run(&input, &Cells::new(), &settings(json!([{"capra_s": specimen()}])));
    let found = &findings.baselines[0];
    assert_eq!((found.cases, counts(&found.not_computable)), (0, vec![("PSA is missing", 80)]));
    assert_eq!(found.discrimination.reason(), Some("it is computable for no case"));
    assert_eq!(found.records.reason(), Some("it is computable for no case"));
    let mut stored = serde_json::to_value(&findings).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("baselines").is_some());
    let loaded: Findings = serde_json::from_value(stored).unwrap();
    assert_eq!(loaded, Findings { baselines: Vec::new(), ..findings });
}
