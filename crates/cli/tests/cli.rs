//! The command line itself: what needs no run.

#![expect(clippy::unwrap_used, reason = "a file of test code: a failed unwrap is a failed test")]

use std::process::{Command, Output};

fn renkei(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_renkei")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_reference_names_every_field_of_the_schema() {
    let schema = renkei(&["plan", "--schema"]);
    assert!(schema.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    let reference = include_str!("../../../docs/run-spec.md");
    let mut fields = Vec::new();
    fields_of(&schema, &mut fields);
    assert!(fields.len() > 40, "{} fields", fields.len());
    for field in fields {
        assert!(reference.contains(&field), "docs/run-spec.md does not mention `{field}`");
    }
}

fn fields_of(schema: &serde_json::Value, fields: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            if let Some(properties) = object.get("properties").and_then(|properties| properties.as_object()) {
                fields.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| fields_of(value, fields));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| fields_of(value, fields)),
        _ => {}
    }
}

#[test]
fn a_missing_spec_and_a_missing_library_say_what_to_do() {
    let missing = renkei(&["run", "nowhere.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("nowhere.yaml"), "{}", text(&missing.stderr));
    let library = renkei(&["doctor", "--onnxruntime", "no-such-library.so", "--store", env!("CARGO_TARGET_TMPDIR")]);
    assert!(text(&library.stdout).contains("FAIL ONNX Runtime"), "{}", text(&library.stdout));
}

#[test]
fn a_store_without_runs_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().display().to_string();
    assert_eq!(text(&renkei(&["status", "--store", &store]).stdout), "no runs\n");
    let verify = renkei(&["verify", "--store", &store]);
    assert!(text(&verify.stderr).contains("has no runs yet"), "{}", text(&verify.stderr));
    assert_eq!(verify.status.code(), Some(2));
}
