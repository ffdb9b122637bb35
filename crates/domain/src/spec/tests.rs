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
    let faults: [(Break, &str); 8] = [
        (|s| s.version = 2, "version"),
        (|s| s.endpoint.horizons_years = vec![5.0, 1.0], "endpoint.horizons_years"),
        (|s| s.endpoint.event.censored.push("1".into()), "endpoint.event"),
        (|s| s.tissue.min_fraction = 1.5, "tissue.min_fraction"),
        (|s| s.tiles.stride_px = Some(0), "tiles.stride_px"),
        (|s| s.features.key_features = 1, "features.key_features"),
        (|s| s.model.folds = 1, "model.folds"),
        (|s| s.cohort.tables.clear(), "cohort.tables"),
    ];
    for (break_it, field) in faults {
        let mut spec = spec();
        break_it(&mut spec);
        let error = spec.check().unwrap_err().to_string();
        assert!(error.contains(field), "{error} should name {field}");
    }
}

#[test]
fn a_predictor_named_twice_is_refused() {
    let mut spec = spec();
    spec.cohort.predictors.push(spec.cohort.predictors[0].clone());
    assert!(spec.check().unwrap_err().to_string().contains("`psa` twice"));
}
