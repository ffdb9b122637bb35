//! Bad input: a clear error that says what to do, the exit code of its kind, and nothing lost.

use renkei_domain::spec::{Known, Predictor, PredictorKind, RunSpec, SlideFailure, Transform};
use renkei_testkit::Study;

/// Runs the study with one thing wrong; the exit code and what was said.
fn with(study: &Study, break_it: impl FnOnce(&mut RunSpec)) -> (Option<i32>, String) {
    let mut spec = study.spec.clone();
    break_it(&mut spec);
    study.write(&spec).unwrap();
    call(study)
}

fn call(study: &Study) -> (Option<i32>, String) {
    let arguments = study.run_arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = study.program.run(&arguments).unwrap();
    (output.code, output.err)
}

fn expect(what: &str, (code, said): (Option<i32>, String), wanted: i32, words: &[&str]) {
    assert_eq!(code, Some(wanted), "{what}: {said}");
    for word in words {
        assert!(said.contains(word), "{what} should mention `{word}`: {said}");
    }
    assert!(!said.contains("panicked"), "{what}: {said}");
}

#[test]
fn a_wrong_spec_is_refused_before_any_work() {
    let Some(study) = Study::prepare().unwrap() else { return };
    let text = std::fs::read_to_string(study.run_yaml()).unwrap();
    let misspelt = text.replacen("\"seed\":", "\"sede\": 1, \"seed\":", 1);
    assert_ne!(misspelt, text);
    std::fs::write(study.run_yaml(), misspelt).unwrap();
    expect("an unknown field", call(&study), 2, &["sede"]);
    expect("a missing table", with(&study, |spec| spec.cohort.tables[0].uri = "nothing.csv".into()), 3, &["men"]);
    expect(
        "an empty cohort",
        with(&study, |spec| spec.cohort.sql = Some("select * from men where false".into())),
        2,
        &[],
    );
    expect(
        "a horizon beyond follow-up",
        with(&study, |spec| spec.endpoint.horizons_years = vec![1.0, 40.0]),
        2,
        &["40"],
    );
    expect("a column that is not there", with(&study, |spec| spec.endpoint.time.column = "Tme".into()), 3, &["Tme"]);
    expect("an encoder that is not there", with(&study, |spec| spec.encoder.folder = "none".into()), 3, &["card.yaml"]);
    let leaky = Predictor { column: "sGS".into(), kind: PredictorKind::Category, transform: Transform::None };
    expect("a predictor after the index date", with(&study, |spec| spec.cohort.predictors.push(leaky)), 2, &["sGS"]);
    let twice = "select * from men union all select * from men";
    expect("duplicate case ids", with(&study, |spec| spec.cohort.sql = Some(twice.into())), 4, &["more than one row"]);
    assert!(!study.input().join("../store/runs").exists(), "nothing was begun");
}

#[test]
fn a_constant_or_collinear_predictor_is_named() {
    let Some(study) = Study::prepare().unwrap() else { return };
    let with_column = |column: &str, sql: &str| {
        let predictor = Predictor { column: column.into(), kind: PredictorKind::Number, transform: Transform::None };
        let (column, sql) = (column.to_owned(), sql.to_owned());
        move |spec: &mut RunSpec| {
            spec.cohort.columns.insert(
                column,
                renkei_domain::spec::ColumnNote { known: Known::BeforeIndex, label: None, unit: None, plausible: None },
            );
            spec.cohort.predictors.push(predictor);
            spec.cohort.sql = Some(sql);
        }
    };
    let (code, said) = with(&study, with_column("one", "select *, 1.0 as one from men"));
    assert_ne!(code, Some(0));
    assert!(said.contains("one"), "{said}");
    let (code, said) = with(&study, with_column("twice", "select *, \"Age\" * 2 as twice from men"));
    assert_ne!(code, Some(0));
    assert!(said.contains("twice") || said.contains("Age"), "{said}");
}

#[test]
fn a_broken_slide_is_set_aside_or_stops_the_run_as_the_spec_says() {
    let Some(mut study) = Study::prepare().unwrap() else { return };
    study.with_store("store").unwrap();
    let slides = study.input().join("slides");
    let table = std::fs::read_to_string(study.input().join("slides.csv")).unwrap();
    let one = slides.join(table.lines().nth(1).unwrap().rsplit('/').next().unwrap());
    let bytes = std::fs::read(&one).unwrap();
    std::fs::write(&one, &bytes[..bytes.len() / 3]).unwrap();
    expect("a truncated slide", with(&study, |spec| spec.slides.on_failure = SlideFailure::Stop), 4, &["truncated"]);
    let (code, said) = with(&study, |spec| spec.slides.on_failure = SlideFailure::Quarantine);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_full_disk_stops_the_run_and_a_second_try_finishes_it() {
    let Some(mut study) = Study::prepare().unwrap() else { return };
    let store = study.with_store("store").unwrap();
    std::fs::create_dir_all(&store).unwrap();
    let small =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(&store).status();
    if !small.is_ok_and(|status| status.success()) {
        eprintln!("skipped: mounting a small file system needs root");
        return;
    }
    let full = call(&study);
    let grown = std::process::Command::new("mount").args(["-o", "remount,size=512m"]).arg(&store).status().unwrap();
    let second = call(&study);
    std::process::Command::new("umount").arg(&store).status().unwrap();
    assert!(grown.success());
    expect("a full disk", full, 7, &[]);
    assert_eq!(second.0, Some(0), "{}", second.1);
}
