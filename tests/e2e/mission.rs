//! One run from records to report, and every command that looks at it.

use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_testkit::{Study, manifest_in};

fn rows(manifest: &Manifest, stage: Stage, name: &str) -> u64 {
    let artifacts = manifest.stage(stage).iter().flat_map(|commit| &commit.artifacts);
    artifacts.filter(|artifact| artifact.name == name).map(|artifact| artifact.rows).sum()
}

#[test]
fn a_run_makes_every_table_and_every_command_reads_it() {
    let Some(mut study) = Study::prepare().unwrap() else { return };
    let store = study.with_store("store").unwrap();
    let arguments = study.run_arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let first = study.program.run(&arguments).unwrap();
    assert_eq!(first.code, Some(0), "{}", first.err);
    let manifest = manifest_in(&store).unwrap();

    let cases = rows(&manifest, Stage::Cohort, "cases");
    let tiles = rows(&manifest, Stage::Embed, "tiles");
    assert!(cases > 250, "{cases} of 316 men");
    assert_eq!(rows(&manifest, Stage::Embed, "features"), tiles);
    assert_eq!(rows(&manifest, Stage::Compress, "compressed"), tiles);
    assert_eq!(rows(&manifest, Stage::Cluster, "assignments"), tiles);
    assert_eq!(rows(&manifest, Stage::Score, "risk"), tiles);
    assert_eq!(rows(&manifest, Stage::Score, "scores"), cases);

    again_does_nothing_and_says_the_same(&study, &arguments, &manifest);
    let store = store.display().to_string();
    contributions_add_up(&study, &store);
    commands_answer(&study, &store);
    exports_hold_every_case(&study, &store, cases);
    no_identifier_of_the_source_is_in_any_key(&manifest);
    a_case_that_is_erased_takes_the_run_with_it(&study, &arguments, &store);
}

/// Last, since nothing can be read afterwards.
fn a_case_that_is_erased_takes_the_run_with_it(study: &Study, arguments: &[&str], store: &str) {
    let erase = |case: &str, more: &[&str]| -> serde_json::Value {
        let run = [&["erase", case, "--store", store, "--format", "json"], more].concat();
        let done = study.program.run(&run).unwrap();
        assert_eq!(done.code, Some(0), "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    };
    let case = ["sql", "--store", store, "--format", "json", "select case_id from cases limit 1"];
    let case: serde_json::Value =
        serde_json::from_str(study.program.run(&case).unwrap().out.lines().next().unwrap()).unwrap();
    let case = case["case_id"].as_str().unwrap();
    assert_eq!(erase("nobody's number", &[])["repeat"].as_array().unwrap().len(), 0);
    assert_eq!(erase(case, &["--dry-run"])["repeat"].as_array().unwrap().len(), 1);
    assert_eq!(study.program.run(&["verify", "--store", store]).unwrap().code, Some(0), "a dry run removes nothing");
    let erased = erase(case, &[]);
    assert!(erased["erased"][0]["objects"].as_u64().unwrap() > 10, "{erased}");
    let mut left = walk(std::path::Path::new(store));
    left.retain(|file| file.extension().is_some_and(|extension| extension != "json"));
    left.retain(|file| file.starts_with(std::path::Path::new(store).join("runs")));
    assert!(left.is_empty(), "{left:?}");
    for command in [&["verify", "--store", store][..], &["explain", case, "--store", store], arguments] {
        let refused = study.program.run(command).unwrap();
        assert!(refused.code != Some(0) && refused.err.contains("was erased"), "{command:?}: {}", refused.err);
    }
    let status = study.program.run(&["status", "--store", store]).unwrap();
    assert!(status.out.contains("erased at"), "{}", status.out);
    assert_eq!((&erase(case, &[])["before"], &erase(case, &[])["repeat"]), (&1.into(), &serde_json::json!([])));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn again_does_nothing_and_says_the_same(study: &Study, arguments: &[&str], manifest: &Manifest) {
    let again = study.program.run(arguments).unwrap();
    assert_eq!(again.code, Some(0), "{}", again.err);
    let said: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(said["merkle_root"], manifest.merkle_root.to_string());
    assert_eq!(said["seconds"].as_array().unwrap().len(), 0, "nothing was computed twice");
}

/// The tiles' contributions sum to the slide's score, to rounding.
fn contributions_add_up(study: &Study, store: &str) {
    let query = "select max(abs(s.score - r.total)) as off, count(*) as slides from slide_scores s join \
                 (select slide_id, sum(contribution) as total from risk group by slide_id) r on s.slide_id = r.slide_id";
    let answer = study.program.run(&["sql", "--store", store, "--format", "json", query]).unwrap();
    assert_eq!(answer.code, Some(0), "{}", answer.err);
    let row: serde_json::Value = serde_json::from_str(answer.out.lines().next().unwrap()).unwrap();
    assert!(row["off"].as_f64().unwrap() < 1e-12, "{row}");
    assert!(row["slides"].as_u64().unwrap() > 80, "{row}");
}

fn commands_answer(study: &Study, store: &str) {
    let verified = study.program.run(&["verify", "--store", store]).unwrap();
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let status = study.program.run(&["status", "--store", store]).unwrap();
    assert!(status.out.contains("sealed"), "{}", status.out);
    let case =
        study.program.run(&["sql", "--store", store, "--format", "json", "select case_id from cases limit 1"]).unwrap();
    let case: serde_json::Value = serde_json::from_str(case.out.lines().next().unwrap()).unwrap();
    let explained = study.program.run(&["explain", case["case_id"].as_str().unwrap(), "--store", store]).unwrap();
    assert_eq!(explained.code, Some(0), "{}", explained.err);
    assert!(explained.out.contains("digest") && explained.out.contains("contribution"), "{}", explained.out);
    let refused = study.program.run(&["sql", "--store", store, "drop table cases"]).unwrap();
    assert_ne!(refused.code, Some(0), "a query must not change anything");
    let doctor = study.program.run(&["doctor", "--store", store]).unwrap();
    assert_eq!(doctor.code, Some(0), "{}{}", doctor.out, doctor.err);
}

/// One assessment a case and model that scored it, one cohort row a case, and one observation a predictor, event or score.
fn exports_hold_every_case(study: &Study, store: &str, cases: u64) {
    let query = "select count(records) + count(images) + count(records_and_images) as n from scores";
    let answer = study.program.run(&["sql", "--store", store, "--format", "json", query]).unwrap();
    let scores: serde_json::Value = serde_json::from_str(answer.out.lines().next().unwrap()).unwrap();
    let scores = scores["n"].as_u64().unwrap();
    let to = tempfile::tempdir().unwrap();
    let rows = |form: &str| -> Vec<u64> {
        let to = to.path().to_str().unwrap();
        let run = ["export", "--as", form, "--to", to, "--store", store, "--format", "json"];
        let done = study.program.run(&run).unwrap();
        assert_eq!(done.code, Some(0), "{}", done.err);
        let said: serde_json::Value = serde_json::from_str(&done.out).unwrap();
        said["files"].as_array().unwrap().iter().map(|file| file["rows"].as_u64().unwrap()).collect()
    };
    assert_eq!(rows("fhir"), [scores]);
    // The event and seven predictors, of which every case has all.
    assert_eq!(rows("omop"), [1, cases, cases, 8 * cases + scores]);
}

fn no_identifier_of_the_source_is_in_any_key(manifest: &Manifest) {
    for commit in manifest.stages.iter().flat_map(|stage| &stage.commits) {
        for entry in &commit.artifacts {
            assert!(!entry.key.contains("man"), "{}", entry.key);
        }
    }
}
