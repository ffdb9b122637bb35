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
    let faults: [(Break, &str); 9] = [
        (|s| s.version = 2, "version"),
        (|s| s.endpoint.horizons_years = vec![5.0, 1.0], "endpoint.horizons_years"),
        (|s| s.endpoint.event.censored.push("1".into()), "endpoint.event"),
        (|s| s.tissue.min_fraction = 1.5, "tissue.min_fraction"),
        (|s| s.tiles.stride_px = Some(0), "tiles.stride_px"),
        (|s| s.features.key_features = 1, "features.key_features"),
        (|s| s.model.folds = 1, "model.folds"),
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
