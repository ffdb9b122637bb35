use std::path::PathBuf;

use renkei_domain::spec::RunSpec;
use serde_json::{Value, json};

use super::*;

fn spec() -> Value {
    json!({
        "version": 1, "name": "t", "store": "s3://results/renkei/t", "seed": 1,
        "cohort": {
            "tables": [{"name": "a", "uri": "a.csv"}, {"name": "b", "uri": "file:///srv/studies/t/b.csv"}],
            "opt_outs": "opt-outs.txt",
            "case_id": "id",
            "predictors": [{"column": "psa", "kind": "number"}]
        },
        "endpoint": {
            "name": "r", "origin": "o",
            "time": {"column": "months", "unit": "months"},
            "event": {"column": "r", "event": ["1"], "censored": ["0"]},
            "horizons_years": [1.0]
        },
        "slides": {"table": "../t/slides.csv"},
        "encoder": {"folder": "/srv/encoders/lite0"},
        "tissue": {"method": {"onnx": {"model": "tissue.onnx", "threshold": 0.5}}, "min_fraction": 0.5}
    })
}

fn roots(texts: &[&str]) -> Result<Roots, String> {
    texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>().try_into()
}

/// What becomes of the spec with `value` at `pointer`: the field that lies outside, if one does.
fn outside(pointer: &str, value: &str) -> Option<String> {
    let mut spec = spec();
    *spec.pointer_mut(pointer).unwrap() = value.into();
    let spec: RunSpec = serde_json::from_value(spec).unwrap();
    let launch = Launch { spec, base: PathBuf::from("/srv/studies/t") };
    let roots = roots(&["file:///srv/studies/", "file:///srv/encoders", "s3://results/renkei/"]).unwrap();
    roots.check(&launch).err().map(|outside| outside.field)
}

#[test]
fn everything_below_a_root_is_admitted() {
    for (pointer, value) in [
        ("/store", "s3://results/renkei/t"),
        ("/store", "s3://results/renkei"),
        ("/store", "out"),
        ("/store", "file:///srv/studies/t/my%20study"),
        ("/store", "/srv/studies/a #1 50%"),
        ("/encoder/folder", "/srv/encoders/../encoders/x"),
        ("/encoder/folder", "encoder"),
    ] {
        assert_eq!(outside(pointer, value), None, "{pointer} {value}");
    }
}

#[test]
fn whatever_lies_outside_is_named_by_its_field() {
    for (pointer, field) in [
        ("/store", "store"),
        ("/cohort/tables/0/uri", "cohort.tables[0].uri"),
        ("/cohort/tables/1/uri", "cohort.tables[1].uri"),
        ("/cohort/opt_outs", "cohort.opt_outs"),
        ("/slides/table", "slides.table"),
    ] {
        for value in [
            "/etc/passwd",
            "../../../etc/passwd",
            "file:///etc/passwd",
            "file:///srv/studies/../secrets",
            "file:///srv/studies/%2e%2e/secrets",
            "file:///srv/studies/x%2F..%2F..%2F..%2Fetc/passwd",
            "file:///srv/studies-of-others/x",
            "file://host/srv/studies/t",
            "FILE:///etc/passwd",
            "s3://results/renkei-2/t",
            "s3://results/other",
            "s3://others/renkei/t",
            "s3://results/renkei/../other",
            "s3://results/renkei/%2e%2e/other",
            "s3://results/renkei/x%2f..%2f..%2fother",
            "s3://key:secret@results/renkei/t",
            "s3://results/renkei/t?versionId=1",
            "gs://results/renkei/t",
            "memory:///srv/studies/t",
            "http://results/renkei/t",
        ] {
            assert_eq!(outside(pointer, value).as_deref(), Some(field), "{value}");
        }
    }
    assert_eq!(outside("/encoder/folder", "../../../etc").as_deref(), Some("encoder.folder"));
    assert_eq!(outside("/encoder/folder", "file:///etc").as_deref(), Some("encoder.folder"));
    let model = "/tissue/method/onnx/model";
    assert_eq!(outside(model, "/srv/tissue.onnx").as_deref(), Some("tissue.method.onnx.model"));
}

#[test]
fn slides_are_named_by_a_hash() {
    let roots = roots(&["file:///srv/studies/"]).unwrap();
    let slide = |url: &str| SlideRow {
        slide_id: renkei_domain::SlideId::new("Yamada").unwrap(),
        case_id: renkei_domain::CaseId::new("c").unwrap(),
        location: renkei_artifacts::Location::resolve(url, Path::new("/")).unwrap(),
        um_per_px: None,
    };
    roots.check_slides(&[slide("file:///srv/studies/a.svs")]).unwrap();
    let error = roots.check_slides(&[slide("file:///srv/studies/a.svs"), slide("file:///srv/b.svs")]).unwrap_err();
    assert!(error.to_string().contains("slides.table, slide ") && !error.to_string().contains("Yamada"), "{error}");
}

#[test]
fn a_root_is_a_plain_url() {
    for wrong in
        ["/srv", "srv", "", "s3://key@bucket/", "s3://bucket/?x=1", "s3://bucket/a%2Fb", "file:///srv#x", "mailto:x"]
    {
        assert!(roots(&[wrong]).is_err(), "{wrong}");
    }
}
