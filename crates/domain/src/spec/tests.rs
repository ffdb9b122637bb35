use super::*;

fn spec() -> RunSpec {
    serde_json::from_value(serde_json::json!({
        "version": 1, "name": "t", "store": "out", "seed": 1,
        "cohort": {
            "tables": [{"name": "patients", "uri": "patients.csv"}],
            "case_id": "id",
            "columns": {"psa": {"known": "before_index"}},
            "predictors": [{"column": "psa", "kind": "number", "transform": "log2"}]
        },
        "endpoint": {
            "name": "recurrence", "origin": "prostatectomy",
            "time": {"column": "months", "unit": "months"},
            "event": {"column": "r", "event": ["1"], "censored": ["0"]},
            "horizons_years": [1.0, 5.0]
        },
        "slides": {"table": "slides.csv"},
        "encoder": {"folder": "encoder"}
    }))
    .unwrap()
}

#[test]
fn defaults_are_filled_and_pass_the_check() {
    let spec = spec();
    assert_eq!(spec.check(), Ok(()));
    assert_eq!(spec.encoder.batch, 2);
    assert_eq!(spec.features.key_features, 100);
    assert_eq!(spec.tissue.method, TissueMethod::Otsu);
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    let mut value = serde_json::to_value(spec()).unwrap();
    value["encoder"]["barch"] = 3.into();
    let error = serde_json::from_value::<RunSpec>(value).unwrap_err().to_string();
    assert!(error.contains("barch"), "{error}");
}

#[test]
fn out_of_range_values_name_their_field() {
    type Break = fn(&mut RunSpec);
    let faults: [(Break, &str); 10] = [
        (|s| s.version = 2, "version"),
        (|s| s.endpoint.horizons_years = vec![5.0, 1.0], "endpoint.horizons_years"),
        (|s| s.endpoint.event.censored.push("1".into()), "endpoint.event"),
        (|s| s.tissue.min_fraction = 1.5, "tissue.min_fraction"),
        (|s| s.tiles.stride_px = Some(0), "tiles.stride_px"),
        (|s| s.features.key_features = 1, "features.key_features"),
        (|s| s.model.folds = 1, "model.folds"),
        (|s| s.model.imputations = 1, "model.imputations"),
        (|s| s.cohort.tables.clear(), "cohort.tables"),
        (|s| s.cohort.tables[0].comment = Some('"'), "cohort.tables.patients.comment"),
    ];
    for (break_it, field) in faults {
        let mut spec = spec();
        break_it(&mut spec);
        let error = spec.check().unwrap_err().to_string();
        assert!(error.contains(field), "{error} should name {field}");
    }
}

#[test]
fn a_spec_says_what_is_done_about_missing_predictors_only_where_it_departs_from_complete_cases() {
    let mut value = serde_json::to_value(spec()).unwrap();
    assert_eq!(value["model"].get("missing").or(value["model"].get("imputations")), None);
    value["model"]["missing"] = "multiple_imputation".into();
    let read: RunSpec = serde_json::from_value(value.clone()).unwrap();
    assert_eq!((read.model.missing, read.model.imputations), (Missing::MultipleImputation, 20));
    assert_eq!(serde_json::to_value(&read).unwrap(), value);
    value["model"]["missing"] = "mean".into();
    assert!(serde_json::from_value::<RunSpec>(value).is_err());
}

#[test]
fn a_predictor_named_twice_is_refused() {
    let mut spec = spec();
    spec.cohort.predictors.push(spec.cohort.predictors[0].clone());
    assert!(spec.check().unwrap_err().to_string().contains("`psa` twice"));
}

fn records(value: serde_json::Value) -> Result<RecordsSpec, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn the_records_half_is_read_from_a_whole_spec_and_alone() {
    let whole = serde_json::to_value(spec()).unwrap();
    let mut half = whole.clone();
    half.as_object_mut()
        .unwrap()
        .retain(|field, _| ["version", "name", "cohort", "endpoint"].contains(&field.as_str()));
    let read = records(half.clone()).unwrap();
    assert_eq!(read, records(whole).unwrap());
    assert_eq!((read.cohort, read.endpoint), (spec().cohort, spec().endpoint));
    for (place, field) in [("", "encorder"), ("/cohort", "predictor"), ("/endpoint", "horizon_years")] {
        let mut typo = half.clone();
        typo.pointer_mut(place).unwrap()[field] = 1.into();
        assert!(records(typo).unwrap_err().contains(field), "{field}");
    }
}

/// A field that run specs gain must not be refused in the records' half, nor a field that they have lost be taken.
#[test]
fn the_records_half_knows_every_field_of_a_run_spec() {
    let schema = serde_json::to_value(schemars::schema_for!(RunSpec)).unwrap();
    let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    let error = records(serde_json::json!({"none of these": 1})).unwrap_err();
    for field in &fields {
        assert!(error.contains(&format!("`{field}`")), "{field}: {error}");
    }
    assert_eq!(error.matches('`').count() / 2, fields.len() + 1, "{error}");
}

#[test]
fn all_faults_of_the_records_half_are_told_at_once() {
    let mut value = serde_json::to_value(spec()).unwrap();
    value["version"] = 3.into();
    value["cohort"]["tables"] = serde_json::json!([]);
    value["endpoint"]["event"]["event"] = serde_json::json!([]);
    value["endpoint"]["horizons_years"] = serde_json::json!([2.0, 1.0]);
    let faults: Vec<String> = records(value).unwrap().faults().iter().map(ToString::to_string).collect();
    let named = ["version 3", "`cohort.tables`", "`endpoint.event.event`", "`endpoint.horizons_years`"];
    assert_eq!(faults.len(), named.len(), "{faults:?}");
    assert!(faults.iter().zip(named).all(|(fault, name)| fault.contains(name)), "{faults:?}");
}

fn baselines(value: serde_json::Value) -> RunSpec {
    let mut spec = spec();
    spec.model.baselines = serde_json::from_value(value).unwrap();
    spec
}

fn preoperative() -> serde_json::Value {
    serde_json::json!({"age": "age", "psa": "psa", "grade_group": "biopsy", "stage": "stage"})
}

#[test]
fn baselines_are_read_by_kind_and_leave_other_specs_as_they_were() {
    let spec = baselines(serde_json::json!([
        {"mskcc_preoperative": preoperative()},
        {"capra_s": {"psa": "psa", "pathological_grade_group": "g", "extracapsular_extension": "e",
            "seminal_vesicle_invasion": "s", "lymph_node_involvement": "n", "surgical_margin": "m"}},
        {"refit": {"name": "Kattan's variables", "columns": ["psa"]}},
    ]));
    assert_eq!(spec.check(), Ok(()));
    let names: Vec<&str> = spec.model.baselines.iter().map(Baseline::name).collect();
    assert_eq!(names, ["MSKCC pre-operative model", "CAPRA-S", "Kattan's variables"]);
    let knows: Vec<bool> = spec.model.baselines.iter().map(Baseline::knows_specimen).collect();
    assert_eq!(knows, [false, true, false]);
    assert_eq!(spec.model.baselines[0].inputs()[1], (ClinicalInput::Psa, "psa"));
    let typo = serde_json::from_value::<Baseline>(serde_json::json!({"capra_s": {"psaa": "psa"}})).unwrap_err();
    assert!(typo.to_string().contains("psaa"), "{typo}");
    // The digest of a spec without baselines is what it was before there were any.
    assert!(!serde_json::to_string(&self::spec()).unwrap().contains("baselines"));
}

#[test]
fn faults_of_baselines_name_their_place() {
    let mut lacking = preoperative();
    lacking["positive_cores"] = "p".into();
    let refit = |name: &str, columns: &[&str]| serde_json::json!([{"refit": {"name": name, "columns": columns}}]);
    let faults = [
        (
            serde_json::json!([{"mskcc_preoperative": lacking}]),
            "`model.baselines[0].mskcc_preoperative.negative_cores`",
        ),
        (
            serde_json::json!([{"mskcc_preoperative": preoperative()}, {"mskcc_preoperative": preoperative()}]),
            "`model.baselines[1]` is a second",
        ),
        (refit(" ", &["psa"]), "`model.baselines[0].refit.name`"),
        (refit("k", &[]), "`model.baselines[0].refit.columns` is empty"),
        (refit("k", &["psa", "psa"]), "names `psa` twice"),
        (refit("k", &["psa", "stage"]), "names `stage`, which is no column of `cohort.predictors`"),
    ];
    for (value, expected) in faults {
        let error = baselines(value).check().unwrap_err().to_string();
        assert!(error.contains(expected), "{error} should say {expected}");
    }
}
