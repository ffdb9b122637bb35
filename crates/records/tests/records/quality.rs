//! The quality report over imports of the samples, and over folders that are none.

use std::path::Path;

use renkei_domain::ErrorKind;
use renkei_records::quality::{QualityReport, SourceQuality, Subject, TableQuality, quality};
use renkei_records::{FaultKind, RecordsError, Table};

use super::export::{Export, import_export, synthea};
use super::fhir_folder::{imported, sample};
use super::folder::{Imported, location};

async fn report(folders: &[&Path]) -> Result<QualityReport, RecordsError> {
    quality(&folders.iter().map(|folder| location(folder)).collect::<Vec<_>>()).await
}

async fn of_one(done: &Imported) -> SourceQuality {
    report(&[done.path()]).await.unwrap().sources.remove(0)
}

fn missing(table: &TableQuality) -> Vec<(&str, u64)> {
    let some = table.missing.iter().filter(|missing| missing.rows > 0);
    some.map(|missing| (missing.column.as_str(), missing.rows)).collect()
}

fn named<'a>(table: &'a TableQuality, name: &str) -> &'a Subject {
    table.subjects.iter().find(|subject| subject.name == name).unwrap()
}

/// Of all numbers that show quartiles: groups, numbers, outliers, and the sums of the three quartiles.
fn sums(table: &TableQuality) -> (usize, u64, u64, [f64; 3]) {
    let shown = table.subjects.iter().flat_map(|subject| &subject.numbers);
    let shown: Vec<_> = shown.filter_map(|numbers| Some((numbers.count, numbers.spread.as_ref()?))).collect();
    let sum = |of: fn(&renkei_records::quality::Spread) -> f64| shown.iter().map(|(_, spread)| of(spread)).sum();
    (
        shown.len(),
        shown.iter().map(|(count, _)| count).sum(),
        shown.iter().map(|(_, spread)| spread.outliers).sum(),
        [sum(|spread| spread.first_quartile), sum(|spread| spread.median), sum(|spread| spread.third_quartile)],
    )
}

fn near(found: [f64; 3], expected: [f64; 3]) -> bool {
    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9 * expected.abs())
}

/// Counted apart, with DuckDB over the folders that the same import writes (times are seconds in their Parquet type):
///
/// ```text
/// import duckdb
/// q = lambda sql: duckdb.sql(sql).fetchall()
/// for t in TABLES:
///     f = f"'{folder}/{t}.parquet'"
///     nulls = ", ".join(f"count(*) - count({c[0]})" for c in q(f"DESCRIBE SELECT * FROM {f}"))
///     print(t, q(f"SELECT count(*), count(DISTINCT person_id), {nulls} FROM {f}"))
///     print(q(f"SELECT min(year({when})), max(year({when})) FROM {f}"))    # start_date, make_timestamp(time * 1000000)
/// print(q(f"SELECT kind, \"table\", count(*) FROM '{folder}/faults.parquet' GROUP BY ALL"))
/// m = f"(SELECT *, coalesce(concept, system || '|' || code) AS name, concept IS NOT NULL AS known "
///     f"FROM '{folder}/measurement.parquet')"
/// print(q(f"SELECT name, known, count(*) n FROM {m} GROUP BY ALL HAVING known OR n >= 20"))
/// print(q(f"SELECT count(*), sum(n) FROM (SELECT count(*) n FROM {m} WHERE NOT known GROUP BY name HAVING n < 20)"))
/// print(q(f"""WITH v AS (SELECT name, unit, value FROM {m} WHERE value IS NOT NULL AND name IN (those above)),
///     s AS (SELECT name, unit, count(*) n, quantile_cont(value, 0.25) a, quantile_cont(value, 0.5) b,
///                  quantile_cont(value, 0.75) c FROM v GROUP BY ALL HAVING n >= 20)
///     SELECT s.name, s.unit, any_value(n), any_value(a), any_value(b), any_value(c),
///            count(*) FILTER (value < a - 1.5 * (c - a) OR value > c + 1.5 * (c - a))
///     FROM s JOIN v ON v.name = s.name AND v.unit IS NOT DISTINCT FROM s.unit GROUP BY ALL"""))
/// ```
#[tokio::test]
async fn the_omop_sample_is_counted_as_duckdb_counts_it() {
    let Some((_held, folder)) = synthea() else { return };
    let done = import_export(&folder, 2).await.unwrap();
    let found = of_one(&done).await;
    assert_eq!((found.source.as_str(), found.imports, found.persons), ("his", 1, 28));
    assert_eq!(found.forms, ["omop-5.4"]);
    let of = |table: Table| {
        let table = &found.tables[&table];
        (table.rows, table.persons, table.years)
    };
    assert_eq!(of(Table::Person), (28, 28, None));
    assert_eq!(of(Table::Condition), (470, 26, Some((1956, 2022))));
    assert_eq!(of(Table::Measurement), (10_040, 28, Some((1990, 2022))));
    assert_eq!(of(Table::Drug), (883, 26, Some((1957, 2022))));
    assert_eq!(of(Table::Visit), (1791, 28, Some((1955, 2022))));
    assert_eq!(of(Table::Pathology), (0, 0, None));
    assert_eq!(missing(&found.tables[&Table::Person]), [("death_date", 25), ("resource", 28), ("recorded", 28)]);
    let condition = [("concept", 470), ("end_date", 96), ("certainty", 470), ("resource", 470), ("recorded", 470)];
    assert_eq!(missing(&found.tables[&Table::Condition]), condition);
    assert!(found.faults.is_empty());
    let measured = &found.tables[&Table::Measurement];
    assert_eq!((measured.subjects.len(), measured.other.codes, measured.other.rows), (49, 83, 493));
    let names: Vec<_> =
        measured.subjects.iter().take(3).map(|one| (one.name.as_str(), one.concept, one.rows)).collect();
    assert_eq!(names, [("body_weight", true, 511), ("body_height", true, 496), ("OMOP|3004249", false, 726)]);
    let weight = named(measured, "body_weight");
    assert_eq!(weight.written_units, [(Some("kg".to_owned()), 511)]);
    let spread = weight.numbers[0].spread.clone().unwrap();
    assert!(near([spread.first_quartile, spread.median, spread.third_quartile], [47.8, 74.5, 81.3]) && spread.exact);
    assert_eq!(named(measured, "body_height").numbers[0].spread.as_ref().unwrap().outliers, 85);
    let (groups, count, outliers, quartiles) = sums(measured);
    assert_eq!((groups, count, outliers), (44, 8801, 247));
    assert!(near(quartiles, [2317.55, 2775.3, 3195.875]), "{quartiles:?}");
}

#[tokio::test]
async fn the_fhir_sample_is_counted_as_duckdb_counts_it() {
    let Some(folder) = sample("synthea_r4") else { return };
    let done = imported(&folder).await;
    let found = of_one(&done).await;
    let faults: Vec<_> = found.faults.iter().map(|(kind, of)| (*kind, of.count, of.tables.clone())).collect();
    let expected = [
        (FaultKind::CodeShape, 7, [(Table::Procedure, 7)].into()),
        (FaultKind::UnknownUnit, 24, [(Table::Measurement, 24)].into()),
    ];
    assert_eq!(faults, expected);
    let measured = &found.tables[&Table::Measurement];
    assert_eq!((measured.rows, measured.persons, measured.years), (1651, 8, Some((1969, 2021))));
    assert_eq!((measured.subjects.len(), measured.other.codes, measured.other.rows), (33, 33, 182));
    assert_eq!(named(measured, "psa").written_units, [(Some("ng/mL".to_owned()), 35)]);
    // 31 with the one concept's numbers that are fewer than 20.
    let (groups, _, outliers, quartiles) = sums(measured);
    assert_eq!((groups, outliers), (30, 10));
    let expected = [1_970.528_455_215_986_6, 2_236.083_734_992_686, 2_482.076_299_663_863_8];
    assert!(near(quartiles, expected), "{quartiles:?}");
}

/// Persons 1 to 3 with so many measurements of one code, all the same number in kg.
fn weights(rows: usize, code: &str) -> String {
    let line = |row: usize| format!("{row},{},{code},2020-01-0{},,70.0,,9529,\n", row % 3 + 1, row % 9 + 1);
    let head = "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,value_as_number,\
                value_as_concept_id,unit_concept_id,operator_concept_id\n";
    head.to_owned() + &(0..rows).map(line).collect::<String>()
}

#[tokio::test]
async fn what_few_rows_have_is_not_shown() {
    let few = Export::with(&[("measurement.csv", &weights(19, "12345678"))]).imported().await;
    let found = of_one(&few).await;
    let measured = &found.tables[&Table::Measurement];
    assert_eq!((measured.subjects.len(), measured.other.codes, measured.other.rows), (0, 1, 19));
    let text = report(&[few.path()]).await.unwrap().to_string();
    assert!(!text.contains("12345678") && text.contains("rare codes: 19 rows"), "{text}");
    let few = Export::with(&[("measurement.csv", &weights(19, "3025315"))]).imported().await;
    let text = report(&[few.path()]).await.unwrap().to_string();
    assert!(
        text.contains("body_weight: 19 rows; written in kg 19") && text.contains("19 numbers, kg (too few"),
        "{text}"
    );
    assert!(!text.contains("70"), "{text}");
}

#[tokio::test]
async fn folders_of_one_source_are_reported_together() {
    let first = Export::with(&[("measurement.csv", &weights(12, "3025315"))]).imported().await;
    let second = Export::with(&[("measurement.csv", &weights(8, "3025315"))]).imported().await;
    let found = report(&[first.path(), second.path()]).await.unwrap();
    let [source] = &found.sources[..] else { panic!("{} sources", found.sources.len()) };
    // The same three persons in both.
    assert_eq!((source.imports, source.persons, source.tables[&Table::Person].rows), (2, 3, 6));
    let weight = named(&source.tables[&Table::Measurement], "body_weight");
    assert_eq!((weight.rows, weight.numbers[0].spread.as_ref().map(|spread| spread.median)), (20, Some(70.0)));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["sources"][0]["tables"]["measurement"]["subjects"][0]["written_units"][0][1], 20);
    assert!(found.to_string().starts_with("his (omop-5.4; imports: 2): 3 persons\n"), "{found}");
}

#[tokio::test]
async fn a_folder_that_is_no_whole_import_is_refused_by_the_file_that_is_wrong() {
    let one = Export::with(&[("measurement.csv", &weights(30, "3025315"))]).imported().await;
    let other = Export::with(&[("measurement.csv", &weights(31, "3025315"))]).imported().await;
    std::fs::copy(other.path().join("measurement.parquet"), one.path().join("measurement.parquet")).unwrap();
    let error = report(&[one.path()]).await.unwrap_err();
    assert!(matches!(error, RecordsError::NotAnImport { file: "measurement.parquet", .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    std::fs::remove_file(other.path().join("faults.parquet")).unwrap();
    let error = report(&[other.path()]).await.unwrap_err();
    assert!(matches!(error, RecordsError::NotAnImport { file: "faults.parquet", .. }), "{error}");
    let summary = other.path().join("summary.json");
    let text = std::fs::read_to_string(&summary).unwrap().replace("\"schema\": 2", "\"schema\": 3");
    std::fs::write(&summary, text).unwrap();
    let error = report(&[other.path()]).await.unwrap_err();
    assert!(error.to_string().contains("another version"), "{error}");
    std::fs::remove_file(summary).unwrap();
    let error = report(&[other.path()]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "summary.json: there is none, so no import was finished here; import again into this folder"
    );
}
