//! `renkei cohort`: the ready studies over imported records, and cohorts that are wrong in many ways at once.

#![expect(clippy::unwrap_used, reason = "a file of test code: a failed unwrap is a failed test")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a site key of its own.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        use std::os::unix::fs::OpenOptionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let options =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.path().join("site.key"));
        std::io::Write::write_all(&mut options.unwrap(), b"a key for tests, of no hospital at all").unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, text: &str) {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Copies a ready study, with one text for another.
    fn study(&self, name: &str, from: &str, to: &str, into: &str) {
        let studies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/studies");
        let text = std::fs::read_to_string(studies.join(name)).unwrap();
        self.put(into, &text.replace(from, to));
    }

    fn renkei(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_renkei"));
        command.current_dir(self.path()).env("RENKEI_SITE_KEY", self.path().join("site.key"));
        // Neither slides nor an encoder are needed.
        command.env_remove("RENKEI_ONNXRUNTIME").args(arguments).output().unwrap()
    }

    fn import(&self, arguments: &[&str]) {
        let output = self.renkei(&[&["records", "import"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.renkei(&[&["cohort"], arguments].concat());
        assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.renkei(&[&["--format", "json", "cohort"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{}{}", said(&output.stdout), said(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What became of a made-up man, and his PSA values after the operation by year and ng/mL.
struct Fate {
    values: &'static [(&'static str, f64)],
    died: Option<&'static str>,
}

/// In turn: recurred, followed for six years without, never free of PSA, died first.
const FATES: [Fate; 4] = [
    Fate { values: &[("2015-06-01", 0.01), ("2016-06-01", 0.3), ("2016-09-01", 0.5)], died: None },
    Fate { values: &[("2015-06-01", 0.01), ("2021-06-01", 0.01)], died: None },
    Fate { values: &[("2015-06-01", 0.6), ("2015-09-01", 0.9)], died: None },
    Fate { values: &[("2015-06-01", 0.01)], died: Some("2018-01-01") },
];
const MEN: usize = 24;

/// Synthetic men: operated on 2015-04-01, PSA of 4 to 27 before, in exports of no hospital.
fn men() -> impl Iterator<Item = (String, usize, &'static Fate)> {
    (0..MEN).map(|man| (format!("{:07}", 1_000_000 + man), man, &FATES[man % FATES.len()]))
}

/// `person_source_value` holds the hospital's numbers, which only some imports use.
fn put_omop(site: &Site, folder: &str, measured: bool) {
    let mut person = "person_id,gender_concept_id,year_of_birth,person_source_value\n".to_owned();
    let mut procedure = "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date\n".to_owned();
    let mut death = "person_id,death_date\n".to_owned();
    let mut measurement =
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n".to_owned();
    for (number, man, fate) in men() {
        writeln!(person, "{man},8507,{},{number}", 1945 + man % 7).unwrap();
        writeln!(procedure, "{man},{man},4235738,2015-04-01").unwrap();
        fate.died.iter().for_each(|day| writeln!(death, "{man},{day}").unwrap());
        let before = [("2015-03-01", 4.0 + man as f64), ("2015-01-01", 3.0)];
        for (day, value) in before.iter().chain(fate.values) {
            writeln!(measurement, "1,{man},3013603,{day},{value},8842").unwrap();
        }
    }
    site.put(&format!("{folder}/person.csv"), &person);
    site.put(&format!("{folder}/procedure_occurrence.csv"), &procedure);
    if measured {
        site.put(&format!("{folder}/death.csv"), &death);
        site.put(&format!("{folder}/measurement.csv"), &measurement);
    }
}

fn put_ss_mix2(site: &Site) {
    for (number, man, fate) in men() {
        let head = |death: &str| {
            format!(
                "MSH|^~\\&|HIS||GW||20200111120000||OUL^R22|M1|P|2.5||||||~ISO IR87||ISO2022-1994\r\
                 PID|0001||{number}^^^^PI||||{}0102|M|||||||||||||||||||||{death}\r",
                1945 + man % 7
            )
        };
        let folder = format!("ss-mix2/{}/{}/{number}", &number[..3], &number[3..6]);
        let died = fate.died.unwrap_or_default().replace('-', "");
        let person = head(&died).replace("OUL^R22", "ADT^A08") + "PV1|0001|O\r";
        site.put(&format!("{folder}/-/ADT-00/{number}_-_ADT-00_1_20200111120000000_-_1"), &person);
        let before = [("2015-03-01", 4.0 + man as f64), ("2015-01-01", 3.0)];
        for (day, value) in before.iter().chain(fate.values) {
            let day = day.replace('-', "");
            let result = format!(
                "SPM|1|||023^x^JC10|||||||||||||{day}\rOBX|1|NM|5D305000002302301^PSA^JC10||{value}|ng/mL|||||F|||{day}\r"
            );
            site.put(
                &format!("{folder}/{day}/OML-11/{number}_{day}_OML-11_1_20200111120000000_01_1"),
                &format!("{}{result}", head("")),
            );
        }
    }
}

/// Of 24 men 6 fates each: those whose PSA persisted leave, those who recurred are the events.
fn must_be_the_made_up_men(described: &Value) {
    let counts = ["cases", "events", "censored"].map(|name| described["outcomes"][name].as_u64().unwrap());
    assert_eq!(counts, [18, 6, 12], "{described}");
    assert_eq!(described["attrition"][1]["removed"], 6, "{described}");
    // By hand: the ninth and tenth of 4 + i for i in 0..24 with i % 4 != 2 are 15 and 16; the earlier 3.0 is not the last.
    let psa = &described["predictors"][0]["summary"]["number"]["all"];
    assert_eq!(psa["median"], 15.5, "{described}");
    assert_eq!(described["endpoint"]["name"], "biochemical recurrence or salvage treatment");
}

#[test]
fn the_omop_study_describes_made_up_men() {
    let site = Site::new();
    put_omop(&site, "cdm", true);
    site.import(&["omop", "cdm", "--name", "cdm", "--to", "tables/cdm"]);
    site.study("omop.yaml", "", "", "omop.yaml");
    must_be_the_made_up_men(&site.json(&["describe", "omop.yaml"], 0));
    let checked = site.json(&["check", "omop.yaml"], 0);
    assert_eq!((&checked["fit"], &checked["cases"]), (&true.into(), &18.into()));
    let warnings = checked["warnings"].to_string();
    assert!(
        warnings.contains("6 events for 2 parameters") && warnings.contains("6 cases are followed for 5"),
        "{warnings}"
    );
    let text = site.text(&["describe", "omop.yaml"]);
    for expected in ["18 cases, 6 events, 12 censored", "PSA persisted after the operation  6 out  18 left", "SHA-256"]
    {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

/// SS-MIX2 has no operations: they come as a small OMOP export under the same patient numbers.
#[test]
fn the_ss_mix2_study_describes_the_same_made_up_men() {
    let site = Site::new();
    put_ss_mix2(&site);
    site.import(&["ss-mix2", "ss-mix2", "--name", "ssmix2", "--to", "tables/ssmix2"]);
    put_omop(&site, "operations", false);
    let by_number = ["--identifier", "person_source_value"];
    site.import(
        &[&["omop", "operations", "--name", "operations", "--to", "tables/operations"], &by_number[..]].concat(),
    );
    site.study("ss-mix2.yaml", "", "", "ss-mix2.yaml");
    must_be_the_made_up_men(&site.json(&["describe", "ss-mix2.yaml"], 0));
    // The same men from the other source have the same pseudonyms and the same outcomes.
    put_omop(&site, "cdm", true);
    site.import(&[&["omop", "cdm", "--name", "cdm", "--to", "tables/cdm"], &by_number[..]].concat());
    site.study("omop.yaml", "", "", "omop.yaml");
    let diff = site.json(&["diff", "omop.yaml", "ss-mix2.yaml"], 0);
    assert_eq!(diff["endpoint_mismatch"], Value::Null);
    assert_eq!(diff["cases"], serde_json::json!({"both": 18, "other_outcome": 0, "only_a": 0, "only_b": 0}));
    // Neither source has drugs, visits or conditions, and one empty table is like another.
    let tables: Vec<&str> =
        diff["tables"].as_array().unwrap().iter().map(|table| table["what"].as_str().unwrap()).collect();
    assert_eq!(tables, ["measurement", "person", "procedure"]);
}

/// Counted apart, with Python over `Procedure.code`: of the FHIR sample's eight men two were operated on (SNOMED CT 90470006
/// or 26294005), and neither has a PSA (LOINC 2857-1) after that day; the other samples hold no prostatectomy. That is
/// what must be said, not a failure of another kind.
#[test]
fn the_studies_say_of_the_samples_that_hardly_anybody_was_operated_on() {
    let Some(samples) = shared("data/ehr") else { return };
    let site = Site::new();
    let zip = samples.join("Synthea27NjParquet_5.4.zip");
    let unzipped = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(zip).arg(site.path()).status();
    assert!(unzipped.unwrap().success());
    for (form, from, table, study, cases, fault) in [
        ("omop", "Synthea27NjParquet".into(), "cdm", "omop.yaml", 0, "no case is left"),
        ("fhir", samples.join("synthea_r4"), "cdm", "omop.yaml", 2, "none of the 2 cases had the event"),
        ("ss-mix2", samples.join("ssmix2/sampleData"), "ssmix2", "ss-mix2.yaml", 0, "no case is left"),
    ] {
        let to = format!("tables/{table}");
        site.import(&[form, from.to_str().unwrap(), "--name", "sample", "--to", &to]);
        site.study(study, "tables/operations/", "tables/ssmix2/", study);
        let checked = site.json(&["check", study], 2);
        assert_eq!((&checked["fit"], &checked["cases"]), (&false.into(), &cases.into()), "{form}: {checked}");
        assert!(checked["faults"][0]["says"].as_str().unwrap().contains(fault), "{form}: {checked}");
    }
    // Without the list of operations SS-MIX2 lacks a table.
    site.study("ss-mix2.yaml", "", "", "ss-mix2.yaml");
    let checked = site.json(&["check", "ss-mix2.yaml"], 3);
    assert!(checked["faults"][0]["says"].as_str().unwrap().contains("`procedure` is not at"), "{checked}");
}

fn shared(place: &str) -> Option<std::path::PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(std::path::PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let found = named.into_iter().chain(beside).find_map(|shared| shared.join(place).canonicalize().ok());
    if found.is_none() {
        eprintln!("skipped: ../shared/data is absent");
    }
    found
}

const HALF: &str = "\
version: 1
name: made up
cohort:
  tables: [{name: men, uri: men.csv}]
  case_id: id
  columns:
    psa: {known: before_index, plausible: [0.1, 50]}
    late: {known: after_index, label: PSA of last week}
  predictors: [{column: psa, kind: number}]
endpoint:
  name: biochemical recurrence
  origin: radical prostatectomy
  time: {column: months, unit: months}
  event: {column: relapse, event: ['1'], censored: ['0']}
  horizons_years: [1]
";

/// 20 men, of whom every second has an event; the last has an impossible PSA.
fn put_men(site: &Site, men: usize) {
    let mut csv = "id,psa,late,months,relapse\n".to_owned();
    for man in 1..=men {
        let psa = if man == men { 700 } else { man };
        writeln!(csv, "secret-{man},{psa},{man},{},{}", 6 + man, man % 2).unwrap();
    }
    site.put("men.csv", &csv);
}

#[test]
fn every_fault_is_told_at_once_with_a_code_and_without_an_id() {
    let site = Site::new();
    put_men(&site, 20);
    let wrong = HALF
        .replace(
            "columns:",
            "exclude: [{reason: odd, where: nothing > 1}, {reason: no condition, where: psa}]\n  columns:",
        )
        .replace("predictors: [", "predictors: [{column: late, kind: number}, {column: weight, kind: number}, ")
        .replace("column: months", "column: weeks");
    site.put("half.yaml", &wrong);
    let checked = site.json(&["check", "half.yaml"], 2);
    let faults: Vec<&str> =
        checked["faults"].as_array().unwrap().iter().map(|fault| fault["says"].as_str().unwrap()).collect();
    let expected = [
        "predictor `weight` is refused",
        "`weeks` (endpoint.time.column)",
        "`weight` (cohort.predictors)",
        "`odd`",
        "`no condition`",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault}");
    }
    assert!(faults[0].contains("`late` is refused"), "{}", faults[0]);
    // The query runs, and what its rows lack is told with what the spec lacks.
    put_men(&site, 8);
    let csv = std::fs::read_to_string(site.path().join("men.csv")).unwrap();
    site.put("men.csv", &format!("{csv}secret-3,4,4,9,1\n"));
    site.put("half.yaml", &HALF.replace("[1]", "[1, 4, 5]").replace("column: psa", "column: late"));
    let checked = site.json(&["check", "half.yaml"], 2);
    let kinds: Vec<&str> =
        checked["faults"].as_array().unwrap().iter().map(|fault| fault["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["invalid", "data", "invalid", "invalid"], "{checked}");
    let text = said(&site.renkei(&["cohort", "check", "half.yaml"]).stdout);
    assert!(text.starts_with("not fit: 9 cases; faults: 4, warnings: 1"), "{text}");
    assert!(text.contains("`psa` lies outside 0.1 to 50 in 1 of 9 rows") && !text.contains("secret"), "{text}");
}

#[test]
fn a_half_and_a_whole_spec_are_read_and_typos_are_refused() {
    let site = Site::new();
    put_men(&site, 20);
    site.put("half.yaml", HALF);
    site.put(
        "whole.yaml",
        &format!("{HALF}store: out\nseed: 1\nslides: {{table: none.csv}}\nencoder: {{folder: none}}\n"),
    );
    let half = site.json(&["describe", "half.yaml"], 0);
    assert_eq!(half, site.json(&["describe", "whole.yaml"], 0));
    assert_eq!(half["barred"][0]["predictor"], "late");
    assert_eq!(half["dictionary"]["late"]["label"], "PSA of last week");
    assert_eq!(site.json(&["check", "half.yaml"], 0)["fit"], true);
    for (typo, field) in [("encodr: {folder: x}\n", "encodr"), ("  horizon_years: [1]\n", "horizon_years")] {
        site.put("typo.yaml", &format!("{HALF}{typo}"));
        for question in ["describe", "check"] {
            let output = site.renkei(&["cohort", question, "typo.yaml"]);
            assert_eq!(output.status.code(), Some(2));
            assert!(said(&output.stderr).contains(field), "{}", said(&output.stderr));
        }
    }
    // Values that are wrong without any data are told together.
    site.put("wrong.yaml", &HALF.replace("version: 1", "version: 9").replace("[1]", "[2, 1]"));
    let faults = site.json(&["check", "wrong.yaml"], 2)["faults"].to_string();
    assert!(faults.contains("version 9") && faults.contains("horizons_years"), "{faults}");
}

#[test]
fn two_states_of_the_data_differ_in_table_attrition_and_cases() {
    let site = Site::new();
    put_men(&site, 20);
    site.put("a.yaml", HALF);
    site.put("b/b.yaml", &HALF.replace("columns:", "exclude: [{reason: high PSA, where: psa > 100}]\n  columns:"));
    let csv = std::fs::read_to_string(site.path().join("men.csv")).unwrap();
    site.put("b/men.csv", &format!("{}secret-21,3,3,30,0\n", csv.replace("secret-2,2,2,8,0", "secret-2,2,2,9,0")));
    let diff = site.json(&["diff", "a.yaml", "b/b.yaml"], 0);
    assert_eq!(diff["cases"], serde_json::json!({"both": 19, "other_outcome": 1, "only_a": 1, "only_b": 1}));
    assert_eq!(diff["tables"][0]["what"], "men");
    assert_eq!(diff["definitions"].as_array().unwrap().len(), 1, "{diff}");
    let change = serde_json::json!({"what": "cohort.exclude.high PSA", "a": null, "b": "where psa > 100"});
    assert_eq!(diff["definitions"][0], change);
    assert_eq!(diff["attrition"][1]["a"], Value::Null);
    assert_eq!(diff["attrition"][1]["b"]["removed"], 1);
    assert_eq!(diff["endpoint_mismatch"], Value::Null);
    let same = site.text(&["diff", "a.yaml", "a.yaml"]);
    assert!(same.contains("A and B predict the same") && same.contains("20 cases in both (0 with"), "{same}");
    assert!(!diff.to_string().contains("secret"), "{diff}");
}

#[test]
fn another_endpoint_is_told_plainly() {
    let site = Site::new();
    put_men(&site, 20);
    site.put("bcr.yaml", HALF);
    site.put("dfs.yaml", &HALF.replace("name: biochemical recurrence", "name: disease-free survival"));
    site.put("late.yaml", &HALF.replace("event: ['1'], censored: ['0']", "event: ['0'], censored: ['1']"));
    let plain = "A predicts disease-free survival, B biochemical recurrence: their figures must not be compared as one";
    assert!(site.text(&["diff", "dfs.yaml", "bcr.yaml"]).contains(plain));
    let diff = site.json(&["diff", "bcr.yaml", "late.yaml"], 0);
    let said = diff["endpoint_mismatch"].as_str().unwrap();
    assert!(said.contains("what counts as the event differs"), "{said}");
    assert_eq!(diff["cases"]["other_outcome"], 20);
}
