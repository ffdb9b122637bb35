//! Hospital records through the command, in each of their forms.

#![expect(clippy::unwrap_used, reason = "a file of test code: a failed unwrap is a failed test")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use arrow::array::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// One patient of one hospital, number 1234567, with one PSA value of 7.5 ng/mL, in the three forms.
fn put_records(folder: &Path) {
    let put = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let head = "MSH|^~\\&|HIS||GW||20200111120000||OUL^R22|M1|P|2.5||||||~ISO IR87||ISO2022-1994\r\
                PID|0001||1234567^^^^PI||||19500102|M\r";
    let result = "SPM|1|||023^x^JC10|||||||||||||20200110\r\
                  OBX|1|NM|5D305000002302301^PSA^JC10||7.5|ng/mL|||||F|||20200110\r";
    let name = "1234567_20200110_OML-11_1_20200111120000000_01_1";
    put(&format!("ss-mix2/123/456/1234567/20200110/OML-11/{name}"), &format!("{head}{result}"));
    put(
        "fhir/Patient.ndjson",
        r#"{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:oid:1.2.3","value":"1234567"}],"gender":"male"}"#,
    );
    put(
        "fhir/Observation.ndjson",
        r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2857-1"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2020-01-10","valueQuantity":{"value":7.5,"unit":"ng/mL","system":"http://unitsofmeasure.org","code":"ng/mL"}}"#,
    );
    put("omop/person.csv", "person_id,gender_concept_id,year_of_birth,person_source_value\n1,8507,1950,1234567\n");
    put(
        "omop/measurement.csv",
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n\
         1,1,3013603,2020-01-10,7.5,8842\n",
    );
}

fn renkei(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let key = folder.join("site.key");
    if !key.exists() {
        use std::os::unix::fs::OpenOptionsExt as _;
        let options = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key);
        std::io::Write::write_all(&mut options.unwrap(), b"a key for tests, of no hospital at all").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_renkei"));
    command.current_dir(folder).env("RENKEI_SITE_KEY", key).args(arguments);
    command
}

fn texts(file: &Path, column: &str) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap().build().unwrap();
    let of = |batch: arrow::array::RecordBatch| {
        let column = batch.column_by_name(column).unwrap();
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).unwrap();
        column.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    reader.flat_map(|batch| of(batch.unwrap())).collect()
}

#[test]
fn a_patient_of_three_forms_is_one_person_with_one_psa() {
    let folder = tempfile::tempdir().unwrap();
    put_records(folder.path());
    let mut persons = Vec::new();
    for (form, more) in [
        ("ss-mix2", &[][..]),
        ("fhir", &["--identifier", "urn:oid:1.2.3"]),
        ("omop", &["--identifier", "person_source_value"]),
    ] {
        let to = format!("tables/{form}");
        let import = ["records", "import", form, form, "--name", form, "--to", &to, "--format", "json"];
        let output = renkei(folder.path(), &[&import[..], more].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{form}: {}", String::from_utf8_lossy(&output.stderr));
        let summary: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(
            (&summary["rows"]["measurement"], &summary["faults"]),
            (&1.into(), &serde_json::json!({})),
            "{said}"
        );
        let table = folder.path().join(to).join("measurement.parquet");
        let cells = ["concept", "value", "unit", "source"].map(|column| texts(&table, column).remove(0));
        assert_eq!(cells, ["psa", "7.5", "ng/mL", form]);
        persons.push(texts(&table, "person_id").remove(0));
        assert!(!said.contains("1234567"), "{said}");
    }
    assert!(persons.iter().all(|person| *person == persons[0] && person.len() == 32), "{persons:?}");
}

#[test]
fn who_opted_out_has_no_row_in_any_form_and_the_list_holds_no_number() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    put_records(folder.path());
    let mut exclude = command(folder.path(), &["cohort", "exclude", "--list", "out.txt", "--format", "json"]);
    let mut exclude = exclude.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    exclude.stdin.take().unwrap().write_all(b"1234567\n").unwrap();
    let said: serde_json::Value = serde_json::from_slice(&exclude.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!((&said["added"], &said["persons"]), (&1.into(), &1.into()), "{said}");
    let again = renkei(folder.path(), &["cohort", "exclude", "1234567", "--list", "out.txt"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("0 added, 1 there before"), "{again:?}");
    let list = std::fs::read_to_string(folder.path().join("out.txt")).unwrap();
    assert!(!list.contains("1234567") && list.lines().count() == 2, "{list}");
    for (form, more, rows) in [
        // The message on results gives no row of the person.
        ("ss-mix2", &[][..], 1),
        ("fhir", &["--identifier", "urn:oid:1.2.3"], 2),
        ("omop", &["--identifier", "person_source_value"], 2),
    ] {
        let to = format!("tables/{form}");
        let import = ["records", "import", form, form, "--name", form, "--to", &to, "--opt-outs", "out.txt"];
        let output = renkei(folder.path(), &[&import[..], &["--format", "json"], more].concat());
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["skipped"]["opted out"], rows, "{form}: {summary}");
        for table in ["person", "measurement"] {
            assert!(texts(&folder.path().join(&to).join(format!("{table}.parquet")), "person_id").is_empty());
        }
    }
    let number = folder.path().join("number.txt");
    std::fs::write(&number, "1234567\n").unwrap();
    let import = ["records", "import", "omop", "omop", "--name", "x", "--to", "t", "--opt-outs", "number.txt"];
    let error = renkei(folder.path(), &import);
    let (code, error) = (error.status.code(), String::from_utf8_lossy(&error.stderr).into_owned());
    assert!(code != Some(0) && error.contains("line 1") && !error.contains("1234567"), "{error}");
}

#[test]
fn imports_of_a_site_are_reported_together() {
    let folder = tempfile::tempdir().unwrap();
    put_records(folder.path());
    for form in ["ss-mix2", "omop"] {
        let to = format!("t/{form}");
        let import = ["records", "import", form, form, "--name", form, "--to", &to];
        assert!(renkei(folder.path(), &import).status.success());
    }
    let report = renkei(folder.path(), &["records", "quality", "t/ss-mix2", "t/omop", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let sources: Vec<_> = report["sources"].as_array().unwrap().iter().map(|of| of["source"].clone()).collect();
    assert_eq!(sources, ["omop", "ss-mix2"], "{report}");
    let refused = renkei(folder.path(), &["records", "quality", "omop"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && error.contains("summary.json"), "{error}");
}

/// DuckDB's program, from `RENKEI_DUCKDB` or the folder that `deploy/records/fetch` fills; says so where there is none.
fn duckdb() -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.renkei/records/duckdb");
    let named = std::env::var_os("RENKEI_DUCKDB").map(PathBuf::from);
    let found = named.into_iter().chain([fetched]).find_map(|program| program.canonicalize().ok());
    if found.is_none() {
        eprintln!("skipped: no DuckDB: call deploy/records/fetch");
    }
    found
}

#[test]
fn a_duckdb_file_gives_what_its_tables_give_as_csv_and_leaves_no_copy() {
    let Some(program) = duckdb() else { return };
    let folder = tempfile::tempdir().unwrap();
    put_records(folder.path());
    let table = |name: &str| {
        format!("CREATE TABLE {name} AS FROM read_csv('omop/{name}.csv', types = {{'person_id': 'VARCHAR'}});")
    };
    let mut make = Command::new(&program);
    make.current_dir(folder.path()).args(["-no-init", "-bail", "cdm.duckdb", "-c"]);
    assert!(make.arg(table("person") + &table("measurement")).status().unwrap().success());
    let copies = folder.path().join("copies");
    std::fs::create_dir(&copies).unwrap();
    let import = |from: &str, to: &str, duckdb: Option<&PathBuf>| {
        let more = ["--identifier", "person_source_value", "--name", "x", "--to", to];
        let mut command = command(folder.path(), &[&["records", "import", "omop", from], &more[..]].concat());
        command.env_remove("RENKEI_DUCKDB").env("TMPDIR", &copies);
        duckdb.map(|program| command.arg("--duckdb").arg(program));
        command.output().unwrap()
    };
    let rows = |to: &str| {
        let place = folder.path().join(to).join("measurement.parquet");
        ["person_id", "concept", "value", "time"].map(|column| texts(&place, column))
    };
    for (from, to) in [("omop", "of-csv"), ("cdm.duckdb", "of-duckdb")] {
        let output = import(from, to, Some(&program));
        assert!(output.status.success(), "{from}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(rows("of-csv"), rows("of-duckdb"));
    assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0, "a copy was left");
    for (from, program, code, said) in [
        ("cdm.duckdb", None, 2, "deploy/records/fetch"),
        ("absent.duckdb", Some(&program), 3, "absent.duckdb cannot be read"),
        ("omop/person.csv", Some(&program), 4, "no DuckDB database"),
    ] {
        let output = import(from, "nothing", program);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.contains(said)), (Some(code), true), "{error}");
    }
}

#[test]
fn what_cannot_be_imported_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    put_records(folder.path());
    for (arguments, code, said) in [
        (&["ss-mix2", "nowhere", "--name", "x"][..], 3, "nothing to read"),
        (&["omop", "fhir", "--name", "x"], 3, "person"),
        (&["fhir", "fhir", "--name", "Not A Name"], 2, "1 to 32"),
        (&["ss-mix2", "ss-mix2", "--name", "x", "--identifier", "urn:x"], 2, "leave it out"),
        (&["fhir", "fhir", "--name", "x", "--mapping", "none"], 2, "cannot read"),
    ] {
        let output = renkei(folder.path(), &[&["records", "import"][..], arguments, &["--to", "tables"]].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
