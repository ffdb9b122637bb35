//! OMOP CDM 5.4 in one DuckDB file: a real database, the same tables as Parquet, and files that are not as they should be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use renkei_domain::ErrorKind;
use renkei_records::source::omop::duckdb::{DuckDb, DuckDbError, PROGRAM_VARIABLE};
use renkei_records::{RecordsError, SiteTables, Table};
use tempfile::TempDir;

use super::export::import_export;
use super::folder::{Imported, import_source};

/// The tables that GiBleed has rows of and Renkei reads.
const TABLES: [&str; 8] = [
    "person",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "measurement",
    "observation",
    "visit_occurrence",
    "observation_period",
];

/// Counted apart, with Python 3 and its own DuckDB 2.0.0 over `eunomia.duckdb`:
///
/// ```text
/// import duckdb; c = duckdb.connect("eunomia.duckdb", read_only=True); q = lambda s: print(c.sql(s).fetchall())
/// q("select count(*), count(*) filter (gender_concept_id = 8507), min(birth_datetime) from person")
///                                                                                          2694, 1321, 1908-09-22
/// q("select count(*), min(condition_start_date), count(condition_end_date) from condition_occurrence
///    where condition_concept_id <> 0 and person_id in (select person_id from person)")     65332, 1908-10-30, 56680
/// ... drug_exposure: 67707, 1909-05-17; procedure_occurrence: 37409, 1911-09-07; measurement: 44053, 1909-09-15
/// q("select visit_concept_id, count(*) from visit_occurrence group by 1")                  9201: 1037
/// q("select count(*) from observation where value_as_number is null and coalesce(value_as_concept_id, 0) = 0")  1477
/// q("select count(*) from observation_period")                                             5343
/// q("select vocabulary_id, count(*) from measurement join concept on concept_id = measurement_concept_id group by 1")
///                                                                                          LOINC: 32138, SNOMED: 11915
/// q("select count(*) from duckdb_tables()")      38: 9 that are read, 27 others, and `death` and `specimen`, whose
///                                                columns are named column0 and so on (their makers took the header of
///                                                an empty file for a row)
/// ```
const ROWS: [(Table, u64); 7] = [
    (Table::Person, 2694),
    (Table::Condition, 65_332),
    (Table::Measurement, 44_053),
    (Table::Procedure, 37_409),
    (Table::Drug, 67_707),
    (Table::Visit, 1037),
    (Table::Pathology, 0),
];

/// A file that `deploy/records/fetch` brings; says so where it is absent.
fn fetched(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders.map(|folder| folder.join(".renkei/records").join(name)).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: no {name}: call deploy/records/fetch");
    }
    found
}

/// DuckDB's program, from where it is named or fetched.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAM_VARIABLE).map(PathBuf::from).filter(|program| program.is_file());
    named.or_else(|| fetched("duckdb"))
}

/// A database made by statements.
fn database(program: &Path, statements: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cdm.duckdb");
    let made = Command::new(program).arg("-no-init").arg("-bail").arg(&file).args(["-c", statements]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (folder, file)
}

async fn import_database(program: &Path, file: &Path) -> Result<Imported, RecordsError> {
    let copied = DuckDb::at(Some(program))?.copy(file).await?;
    import_source(copied.export()?, &SiteTables::default(), 2).await
}

async fn refused(program: &Path, file: &Path) -> RecordsError {
    match import_database(program, file).await {
        Ok(_) => panic!("the import should fail"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn gibleed_gives_the_rows_that_another_duckdb_counts() {
    let (Some(program), Some(file)) = (program(), fetched("eunomia.duckdb")) else { return };
    let done = import_database(&program, &file).await.unwrap();
    assert_eq!(done.summary.rows.clone().into_iter().collect::<Vec<_>>(), ROWS);
    assert_eq!((done.faults(), done.summary.form.as_str()), (vec![], "omop-5.4"));
    let skipped = [
        ("another table", 27),
        ("observation without a number or a concept", 1477),
        ("observation_period", 5343),
        ("table without a column of its standard", 2),
    ];
    assert_eq!(done.skipped(), skipped);
    let texts = |file: &str, column: &str| -> Vec<String> {
        done.rows(file, &[column]).into_iter().map(|row| row[0].clone()).filter(|text| !text.is_empty()).collect()
    };
    let count = |texts: &[String], part: &str| texts.iter().filter(|text| text.contains(part)).count();
    let first = |file: &str, column: &str| texts(file, column).into_iter().min().unwrap();
    assert_eq!(texts("person.parquet", "sex").iter().filter(|sex| *sex == "male").count(), 1321);
    assert_eq!(first("person.parquet", "birth_date"), "1908-09-22");
    assert_eq!(first("condition.parquet", "start_date"), "1908-10-30");
    assert_eq!(texts("condition.parquet", "end_date").len(), 56_680);
    assert_eq!(first("drug.parquet", "start_date"), "1909-05-17");
    assert_eq!(first("procedure.parquet", "start_date"), "1911-09-07");
    let named = texts("measurement.parquet", "alternates");
    assert_eq!((count(&named, "LOINC|"), count(&named, "SNOMED|")), (32_138, 11_915));
    assert_eq!(count(&texts("visit.parquet", "class"), "inpatient"), 1037);
}

#[tokio::test]
async fn a_database_gives_the_bytes_that_its_tables_give_as_parquet() {
    let (Some(program), Some(file)) = (program(), fetched("eunomia.duckdb")) else { return };
    let export = tempfile::tempdir().unwrap();
    for table in TABLES.into_iter().chain(["concept"]) {
        let place = export.path().join(format!("{table}.parquet"));
        let copy = format!("COPY {table} TO '{}' (FORMAT parquet)", place.display());
        let copied = Command::new(&program).args(["-no-init", "-readonly"]).arg(&file).args(["-c", &copy]).output();
        assert!(copied.unwrap().status.success(), "{table}");
    }
    let mut of_parquet = import_export(export.path(), 2).await.unwrap().files();
    let mut of_database = import_database(&program, &file).await.unwrap().files();
    let summaries = [&mut of_parquet, &mut of_database].map(|files| files.remove("summary.json").unwrap());
    assert_ne!(summaries[0], summaries[1], "what was read is not the same");
    assert_eq!(of_database.len(), 8);
    assert!(of_database == of_parquet, "a table differs");
}

#[tokio::test]
async fn persons_can_be_known_by_their_source_value() {
    let Some(program) = program() else { return };
    let (_folder, file) = database(
        &program,
        "CREATE TABLE person AS SELECT 1 AS person_id, 8507 AS gender_concept_id, '1234567' AS person_source_value",
    );
    let duckdb = DuckDb::at(Some(&program)).unwrap().by_source_value();
    let copied = duckdb.copy(&file).await.unwrap();
    let by_source_value = import_source(copied.export().unwrap(), &SiteTables::default(), 2).await.unwrap();
    let by_id = import_database(&program, &file).await.unwrap();
    let export = tempfile::tempdir().unwrap();
    std::fs::write(export.path().join("person.csv"), "person_id,gender_concept_id\n1234567,8507\n").unwrap();
    let as_id = import_export(export.path(), 2).await.unwrap();
    let person = |done: &Imported| done.rows("person.parquet", &["person_id"]);
    assert_eq!(person(&by_source_value), person(&as_id));
    assert_ne!(person(&by_source_value), person(&by_id));
}

#[tokio::test]
async fn the_program_must_be_named_and_be_one() {
    let unnamed = DuckDb::at(None).unwrap_err();
    assert!(unnamed.to_string().contains("deploy/records/fetch"), "{unnamed}");
    assert!(matches!(DuckDb::at(Some(Path::new(""))), Err(DuckDbError::Unnamed)));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cdm.duckdb");
    std::fs::write(&file, b"01234567DUCK0123").unwrap();
    let error = refused(&folder.path().join("absent"), &file).await;
    assert!(error.to_string().contains("absent cannot be started"), "{error}");
}

#[tokio::test]
async fn what_is_no_database_is_told_apart() {
    let Some(program) = program() else { return };
    let (folder, whole) = database(&program, "CREATE TABLE person AS SELECT range AS person_id FROM range(300000)");
    let put = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let error = refused(&program, &folder.path().join("absent.duckdb")).await;
    assert_eq!((error.kind(), error.to_string().contains("absent.duckdb cannot be read")), (ErrorKind::NotFound, true));
    for bytes in [&b""[..], b"DUCK", b"person_id,gender_concept_id\n", b"SQLite format 3\0 and more of it"] {
        let error = refused(&program, &put("other.duckdb", bytes)).await;
        assert_eq!(
            (error.kind(), error.to_string().contains("no DuckDB database")),
            (ErrorKind::Data, true),
            "{error}"
        );
    }
    let bytes = std::fs::read(&whole).unwrap();
    // The three headers of a database that DuckDB 2.0.0 made; the program fetched is 1.5.6.
    let mut newer = Vec::new();
    let packed = include_bytes!("../data/omop/duckdb-2.0.0.head.gz");
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut newer).unwrap();
    let error = refused(&program, &put("newer.duckdb", &newer)).await;
    assert!(matches!(error, RecordsError::DuckDb(DuckDbError::Version { .. })), "{error}");
    let error = refused(&program, &put("short.duckdb", &bytes[..5000])).await;
    assert!(matches!(error, RecordsError::DuckDb(DuckDbError::Unreadable { .. })), "{error}");
    // Every block but the headers and the last, which is of the catalogue.
    let mut damaged = bytes.clone();
    let end = damaged.len() - 300_000;
    for byte in damaged[12_288..end].iter_mut().step_by(1000) {
        *byte ^= 0xff;
    }
    let error = refused(&program, &put("damaged.duckdb", &damaged)).await;
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

#[tokio::test]
async fn a_database_without_persons_or_their_ids_is_refused() {
    let Some(program) = program() else { return };
    let (_folder, file) = database(&program, "CREATE TABLE death AS SELECT 1 AS person_id");
    let error = refused(&program, &file).await;
    assert!(matches!(error, RecordsError::NoTable { table: "person" }), "{error}");
    let (_folder, file) = database(&program, "CREATE TABLE person AS SELECT 1 AS year_of_birth");
    let error = refused(&program, &file).await;
    assert!(matches!(error, RecordsError::NoColumn { table: "person", column: "person_id" }), "{error}");
    let (_folder, file) = database(&program, "CREATE TABLE person AS SELECT [1] AS person_id");
    let error = refused(&program, &file).await;
    assert!(matches!(error, RecordsError::ColumnType { table: "person", column: "person_id" }), "{error}");
}

#[tokio::test]
async fn a_database_that_is_being_written_is_named() {
    let Some(program) = program() else { return };
    let (_folder, file) = database(&program, "CREATE TABLE person AS SELECT 1 AS person_id");
    let mut writer = Command::new(&program);
    let writer = writer.args(["-no-init", "-batch", "-list"]).arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut writer = writer.spawn().unwrap();
    writer.stdin.as_mut().unwrap().write_all(b"SELECT 'open';\n").unwrap();
    // It has the file open once it answers, and until its input ends.
    let mut said = String::new();
    BufReader::new(writer.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let error = refused(&program, &file).await;
    drop(writer.stdin.take());
    writer.wait().unwrap();
    assert_eq!(
        (error.kind(), error.to_string().contains("open for writing")),
        (ErrorKind::Unavailable, true),
        "{error}"
    );
}

#[tokio::test]
async fn a_hostile_database_reaches_nothing_outside_itself() {
    let Some(program) = program() else { return };
    let secrets = tempfile::tempdir().unwrap();
    let (secret, made) = (secrets.path().join("secret.csv"), secrets.path().join("made"));
    std::fs::write(&secret, "person_id\n4711\n").unwrap();
    let statements = format!(
        "CREATE VIEW person AS SELECT * FROM read_csv('{}'); CREATE SCHEMA \"x\n.shell touch {made}\n\"; \
         CREATE TABLE \"x\n.shell touch {made}\n\".death AS SELECT 1 AS person_id, DATE '2020-01-01' AS death_date",
        secret.display(),
        made = made.display(),
    );
    let (_folder, file) = database(&program, &statements);
    let error = refused(&program, &file).await;
    assert!(matches!(error, RecordsError::DuckDb(DuckDbError::Damaged { table: "person" })), "{error}");
    assert!(!error.to_string().contains("4711") && !error.to_string().contains("secret"), "{error}");

    let statements = statements.replacen("VIEW person AS", "TABLE person AS", 1);
    let (_folder, file) = database(&program, &statements);
    let done = import_database(&program, &file).await.unwrap();
    assert_eq!(done.summary.read.get("death"), Some(&1), "{:?}", done.summary.read);
    assert!(!made.exists(), "a name was taken for a command");
}
