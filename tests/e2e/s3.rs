//! A whole run against a real S3 server: the same bytes as on a local store, also where the way to it is bad.

use std::path::Path;

use renkei_testkit::{Link, Output, Seaweed, Study};
use serde_json::Value;

#[test]
fn a_run_on_s3_gives_the_bytes_of_a_run_on_a_local_store() {
    let Some(mut study) = Study::prepare().unwrap() else { return };
    let Some(seaweed) = Seaweed::start().unwrap() else { return };
    keep_slides(&study);
    study.with_store("local").unwrap();
    let local = run(&study);

    let state = tempfile::tempdir().unwrap();
    use_store(&mut study, seaweed.environment(), state.path(), &seaweed.url("study"));
    let remote = run(&study);
    assert_eq!(remote["merkle_root"], local["merkle_root"]);
    let again = run(&study);
    assert_eq!(again["seconds"].as_array().unwrap().len(), 0, "nothing was computed twice");
    commands_answer(&study, &seaweed.url("study"), local["merkle_root"].as_str().unwrap());

    let link = seaweed.link().unwrap();
    link.disturb();
    use_store(&mut study, link.environment(), state.path(), &seaweed.url("badly-linked"));
    assert_eq!(run(&study)["merkle_root"], local["merkle_root"]);
    assert!(link.faults() > 20, "only {} requests met a fault", link.faults());

    a_wrong_secret_is_denied_and_not_repeated(study, &link, state.path(), &seaweed.url("study"));
}

/// Three runs are many: each takes fewer slides than the study has.
fn keep_slides(study: &Study) {
    let table = study.input().join("slides.csv");
    let kept: Vec<String> = std::fs::read_to_string(&table).unwrap().lines().take(41).map(str::to_owned).collect();
    std::fs::write(table, kept.join("\n") + "\n").unwrap();
}

/// Facts about runs on a store elsewhere lie in the user's state folder.
fn use_store(study: &mut Study, mut variables: Vec<(String, String)>, state: &Path, url: &str) {
    variables.push(("XDG_STATE_HOME".to_owned(), state.display().to_string()));
    study.program = study.program.clone().with_environment(variables);
    study.spec.store = url.to_owned();
    study.write(&study.spec).unwrap();
}

fn run(study: &Study) -> Value {
    let arguments = study.run_arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    serde_json::from_str(&good(study.program.run(&arguments).unwrap())).unwrap()
}

fn good(output: Output) -> String {
    assert_eq!(output.code, Some(0), "{}{}", output.out, output.err);
    output.out
}

fn commands_answer(study: &Study, store: &str, root: &str) {
    let call = |arguments: &[&str]| good(study.program.run(arguments).unwrap());
    assert!(call(&["verify", "--store", store]).contains(root));
    assert!(call(&["status", "--store", store]).contains("sealed"));
    assert!(call(&["doctor", "--store", store]).contains("exactly one of 16"));
    let query = "select count(*) as tiles, min(case_id) as case_id from tiles";
    let row: Value =
        serde_json::from_str(call(&["sql", "--store", store, "--format", "json", query]).lines().next().unwrap())
            .unwrap();
    assert!(row["tiles"].as_u64().unwrap() > 100, "{row}");
    let explained = call(&["explain", row["case_id"].as_str().unwrap(), "--store", store]);
    assert!(explained.contains("digest") && explained.contains("contribution"), "{explained}");
}

fn a_wrong_secret_is_denied_and_not_repeated(mut study: Study, link: &Link, state: &Path, store: &str) {
    link.plan(|_| None);
    let mut variables = link.environment();
    let secret = variables.iter_mut().find(|(name, _)| name == "AWS_SECRET_ACCESS_KEY").unwrap();
    secret.1 = "not-what-the-server-knows".to_owned();
    use_store(&mut study, variables, state, store);
    let output = study.program.run(&["verify", "--store", store]).unwrap();
    assert_eq!(output.code, Some(8), "{}", output.err);
    assert!(!output.err.contains("not-what-the-server-knows"), "{}", output.err);
}
