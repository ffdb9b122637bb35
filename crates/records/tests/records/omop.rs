//! OMOP CDM 5.4: the Synthea sample, one export in two forms, and exports with each fault made on purpose.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray};
use renkei_records::source::omop::Omop;
use renkei_records::{RecordsError, SiteTables, Table};

use super::export::{Export, import_export, synthea, table};
use super::folder::{Imported, import_source, location};

/// Counted apart, with Python 3 and DuckDB over the Parquet of the sample, for each table and its concept and date:
///
/// ```text
/// import duckdb; q = lambda s: print(duckdb.sql(s).fetchall())
/// q("select count(*), sum((gender_concept_id=8507)::int) from 'person.parquet'")                     28, 15
/// q("select count(*), min(death_date) from 'death.parquet' semi join 'person.parquet' using (person_id)")
///                                                                                                    3, 2001-07-13
/// q("select count(*), min(condition_start_date), count(condition_end_date) from 'condition_occurrence.parquet' x
///    semi join 'person.parquet' p on p.person_id = x.person_id where condition_concept_id <> 0")
///                                                                                                    470, 1956-04-17, 374
/// ... drug_exposure: 883, 1957-09-11; procedure_occurrence: 1649, 1990-01-01; measurement: 10040, 1990-01-01
/// q("select count(value_as_number), sum(value_as_number) from 'measurement.parquet'")                9107, 623864.8
/// q("select count(*), sum(value_as_number) from 'measurement.parquet' where measurement_concept_id = 3025315")
///                                                                                                    511, 31672.7
/// q("select visit_concept_id, count(*) from 'visit_occurrence.parquet' group by 1")    9201: 13, 9202: 1722, 9203: 56
/// q("select count(*) from 'observation.parquet' where value_as_number is null
///    and coalesce(value_as_concept_id, 0) = 0")                                                      8099 of 8099
/// q("select vocabulary_id, count(*) from 'measurement.parquet' join 'concept.parquet' on concept_id =
///    measurement_concept_id group by 1")                                                 LOINC: 9155, SNOMED: 885
/// ```
const ROWS: [(Table, u64); 7] = [
    (Table::Person, 28),
    (Table::Condition, 470),
    (Table::Measurement, 10_040),
    (Table::Procedure, 1649),
    (Table::Drug, 883),
    (Table::Visit, 1791),
    (Table::Pathology, 0),
];

#[tokio::test]
async fn the_sample_gives_the_rows_that_duckdb_counts() {
    let Some((_folder, export)) = synthea() else { return };
    let done = import_export(&export, 2).await.unwrap();
    assert_eq!(done.summary.rows.clone().into_iter().collect::<Vec<_>>(), ROWS);
    assert_eq!(done.faults(), []);
    let skipped = [
        // Of 39 files 11 are of tables that are read; `specimen` has no row.
        ("file of another table", 28),
        ("observation without a number or a concept", 8099),
        ("observation_period", 28),
    ];
    assert_eq!(done.skipped(), skipped);
    let read: Vec<_> = done.summary.read.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    let counts = [
        ("condition_occurrence", 470),
        ("death", 3),
        ("drug_exposure", 883),
        ("measurement", 10_040),
        ("observation", 8099),
        ("observation_period", 28),
        ("person", 28),
        ("procedure_occurrence", 1649),
        ("visit_occurrence", 1791),
    ];
    assert_eq!(read, counts);
}

#[tokio::test]
async fn the_sample_gives_the_values_that_duckdb_sums() {
    let Some((_folder, export)) = synthea() else { return };
    let done = import_export(&export, 2).await.unwrap();
    let count = |rows: &[Vec<String>], text: &str| rows.iter().filter(|row| row[0].contains(text)).count();
    let first = |file: &str, column: &str| {
        let rows = done.rows(file, &[column]);
        rows.into_iter().map(|row| row[0].clone()).filter(|text| !text.is_empty()).min().unwrap()
    };
    assert_eq!(count(&done.rows("person.parquet", &["sex"]), "female"), 13);
    assert_eq!(
        (first("person.parquet", "birth_date"), first("person.parquet", "death_date")),
        ("1938-02-22".into(), "2001-07-13".into())
    );
    assert_eq!(first("condition.parquet", "start_date"), "1956-04-17");
    assert_eq!(count(&done.rows("condition.parquet", &["end_date"]), "-"), 374);
    assert_eq!(first("drug.parquet", "start_date"), "1957-09-11");
    assert_eq!(count(&done.rows("drug.parquet", &["alternates"]), "RxNorm|"), 883);
    assert_eq!(first("procedure.parquet", "start_date"), "1990-01-01");
    let visits = done.rows("visit.parquet", &["class"]);
    assert_eq!(["inpatient", "outpatient", "emergency"].map(|class| count(&visits, class)), [13, 1722, 56]);
    let measured = done.rows("measurement.parquet", &["alternates", "concept", "value", "unit", "time"]);
    assert_eq!((count(&measured, "LOINC|"), count(&measured, "SNOMED|")), (9155, 885));
    let values: Vec<f64> = measured.iter().filter_map(|row| row[2].parse().ok()).collect();
    assert_eq!((values.len(), (values.iter().sum::<f64>() * 10.0).round()), (9107, 6_238_648.0));
    let weights: Vec<f64> = measured
        .iter()
        .filter(|row| row[1] == "body_weight" && row[3] == "kg")
        .map(|row| row[2].parse().unwrap())
        .collect();
    assert_eq!((weights.len(), (weights.iter().sum::<f64>() * 10.0).round()), (511, 316_727.0));
}

fn made(form: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/omop").join(form)
}

#[tokio::test]
async fn one_export_in_two_forms_gives_the_same_rows() {
    let (csv, parquet) =
        (import_export(&made("csv"), 2).await.unwrap(), import_export(&made("parquet"), 2).await.unwrap());
    assert_eq!(csv.summary.rows, parquet.summary.rows);
    assert_eq!(csv.summary.read, parquet.summary.read);
    assert_eq!(csv.summary.skipped, parquet.summary.skipped);
    assert_eq!(csv.summary.faults, parquet.summary.faults);
    for table in Table::ALL {
        let schema = table.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        // Where a row stands differs: lines of one, rows of the other.
        let columns: Vec<&str> = names.filter(|name| !["file", "line"].contains(name)).collect();
        assert_eq!(csv.rows(table.file(), &columns), parquet.rows(table.file(), &columns), "{table}");
    }
    assert_eq!(csv.rows("faults.parquet", &["kind", "table"]), parquet.rows("faults.parquet", &["kind", "table"]));
}

/// What must come of `tests/data/omop/generate.py`, read there by eye.
#[tokio::test]
async fn every_column_of_the_made_export_is_where_it_belongs() {
    let done = import_export(&made("csv"), 1).await.unwrap();
    let people = done.rows("person.parquet", &["birth_date", "birth_year", "sex", "death_date"]);
    assert_eq!(
        people,
        [
            ["1950-04-09", "1950", "male", "2021-03-04"],
            ["", "1961", "female", ""],
            ["1970-01-31", "1970", "male", ""],
            ["1980-02-29", "1980", "", ""],
            ["1990-12-31", "1990", "other", "2022-01-01"]
        ]
    );
    let conditions = done.rows(
        "condition.parquet",
        &["system", "code", "concept", "alternates", "start_date", "end_date", "certainty", "line"],
    );
    assert_eq!(
        conditions,
        [
            ["OMOP", "4163261", "prostate_cancer", "SNOMED|399068003", "2015-06-01", "", "confirmed", "2"],
            ["OMOP", "4163261", "prostate_cancer", "SNOMED|399068003", "2016-06-01", "2016-05-01", "suspected", "3"]
        ]
    );
    let drugs = done.rows("drug.parquet", &["alternates", "start_date", "end_date", "stage"]);
    assert_eq!(
        drugs,
        [
            ["RxNorm|50610", "2015-07-01", "2015-07-31", "ordered"],
            ["RxNorm|50610", "2015-08-01", "2015-08-15", "given"]
        ]
    );
    let procedures = done.rows("procedure.parquet", &["concept", "start_date", "end_date"]);
    assert_eq!(procedures, [["prostatectomy", "2015-09-10", "2015-09-11"], ["prostatectomy", "", ""]]);
    let columns = [
        "code",
        "concept",
        "time",
        "value",
        "comparator",
        "unit",
        "value_system",
        "value_code",
        "source_value",
        "source_unit",
    ];
    let measured = done.rows("measurement.parquet", &columns);
    assert_eq!(
        measured,
        [
            ["3013603", "psa", "2015-05-01T08:15:00", "7.25", "", "ng/mL", "", "", "7.250", "ng/mL"],
            ["3013603", "psa", "2015-10-20T00:00:00", "0.008", "<", "ng/mL", "", "", "<0.008", "ng/mL"],
            ["3013603", "psa", "2016-03-01T00:00:00", "4.05", "", "ng/mL", "", "", "405.000", "ng/dL"],
            ["3013603", "psa", "2016-04-01T00:00:00", "", "", "", "", "", "4.050", ""],
            ["3013603", "psa", "2016-05-01T00:00:00", "", "", "", "", "", "", ""],
            ["4041881", "", "2016-05-01T00:00:00", "", "", "", "OMOP", "45884084", "", ""],
            ["3025315", "body_weight", "2016-05-01T00:00:00", "61.5", "", "kg", "", "", "61.500", "kg"],
            ["4275495", "", "2015-05-01T00:00:00", "", "", "", "OMOP", "45883458", "", ""],
            ["4172830", "", "2015-05-01T00:00:00", "0.1", "", "a", "", "", "0.1", "a"]
        ]
    );
    let visits = done.rows("visit.parquet", &["class", "start_date", "end_date"]);
    assert_eq!(
        visits,
        [
            ["inpatient", "2015-09-09", "2015-09-20"],
            ["outpatient", "2016-05-01", "2016-05-01"],
            ["emergency", "2016-02-29", ""],
            ["", "2016-02-29", ""]
        ]
    );
    let faults = [
        ("unknown_person", 1),
        ("conflicting_death", 1),
        ("text_value", 1),
        ("unknown_unit", 1),
        ("impossible_date", 1),
        ("end_before_start", 1),
    ];
    assert_eq!(done.faults(), faults);
    let skipped = [
        ("class of a visit", 1),
        ("observation without a number or a concept", 1),
        ("observation_period", 2),
        ("unmapped", 1),
    ];
    assert_eq!(done.skipped(), skipped);
}

#[tokio::test]
async fn a_site_may_know_its_persons_by_their_source_value() {
    let by_id = import_export(&made("parquet"), 1).await.unwrap();
    let source = Omop::new(location(&made("parquet"))).by_source_value();
    let by_value = import_source(source, &SiteTables::default(), 1).await.unwrap();
    // Python: hmac.new(b"0123456789abcdef0123456789abcdef", b"101", "sha256").hexdigest()[:32], and of b"P-101".
    assert_eq!(by_id.rows("drug.parquet", &["person_id"])[0], ["0fc05a0f2fa96e29720fa6602e7568f1"]);
    assert_eq!(by_value.rows("drug.parquet", &["person_id"])[0], ["638cd125ad18eb3354bc5312a10aaef0"]);
    assert_eq!(by_id.summary.rows, by_value.summary.rows);
    let none = Export::with(&[]);
    let error = import_source(Omop::new(location(none.path())).by_source_value(), &SiteTables::default(), 1).await;
    let error = error.err().map(|error| error.to_string()).unwrap();
    assert!(error.contains("`person`") && error.contains("`person_source_value`"), "{error}");
}

const MEASUREMENT: &str = "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n";

#[tokio::test]
async fn names_forms_and_cuts_of_files_do_not_matter() {
    let rows = ["1,3013603,2015-01-01,4.5,8842", "2,3013603,2015-01-02,5.5,8842", "1,3013603,2015-01-03,6.5,8842"];
    let expected = [["4.5", "2015-01-01T00:00:00"], ["5.5", "2015-01-02T00:00:00"], ["6.5", "2015-01-03T00:00:00"]];
    let plain = format!("{MEASUREMENT}{}\n", rows.join("\n"));
    let gzip = |text: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let quoted =
        |text: &str| text.lines().map(|line| format!("\"{}\"\r\n", line.replace(',', "\",\""))).collect::<String>();
    let cases: [(&str, Vec<u8>); 8] = [
        ("measurement.csv", plain.clone().into_bytes()),
        ("MEASUREMENT.CSV", plain.to_uppercase().into_bytes()),
        ("measurement.csv.gz", gzip(&plain)),
        // Two members, as a concatenation of two files has.
        ("measurement.csv.gz", [gzip(MEASUREMENT), gzip(&plain[MEASUREMENT.len()..])].concat()),
        ("measurement.tsv", plain.replace(',', "\t").into_bytes()),
        ("measurement.csv", quoted(&plain).into_bytes()),
        ("measurement.csv", format!("\u{feff}{plain}").trim_end().as_bytes().to_vec()),
        ("measurement/part-00000.csv", plain.replace("4.5,8842", "4.5,8842.0").into_bytes()),
    ];
    for (name, bytes) in cases {
        let export = Export::with(&[]);
        export.put(name, &bytes);
        let done = export.imported().await;
        assert_eq!(done.rows("measurement.parquet", &["value", "time"]), expected, "{name}");
        assert_eq!(done.faults(), [], "{name}");
    }
    let parts = Export::with(&[("measurement/_SUCCESS", ""), ("measurement/.part-1.csv.crc", "x")]);
    for (part, row) in rows.iter().enumerate() {
        parts.put(&format!("measurement/part-{part}.csv"), format!("{MEASUREMENT}{row}\n"));
    }
    let done = parts.imported().await;
    assert_eq!(done.rows("measurement.parquet", &["value", "time"]), expected);
    assert_eq!(done.skipped(), [("hidden file", 2)]);
}

/// A measurement table with the person's number, the date and the number in types that exports give them.
fn typed(persons: ArrayRef, dates: ArrayRef, values: ArrayRef) -> Export {
    let export = Export::with(&[]);
    let concepts: ArrayRef = Arc::new(Int64Array::from(vec![3_013_603; persons.len()]));
    let units: ArrayRef = Arc::new(Float64Array::from(vec![8842.0; persons.len()]));
    let columns = vec![
        ("Person_ID", persons),
        ("measurement_concept_id", concepts),
        ("measurement_date", dates),
        ("value_as_number", values),
        ("unit_concept_id", units),
    ];
    export.parquet("measurement.parquet", &table(columns), 100);
    export
}

#[tokio::test]
async fn columns_of_any_type_say_the_same() {
    let persons: [ArrayRef; 4] = [
        Arc::new(Int32Array::from(vec![1, 2])),
        Arc::new(Float64Array::from(vec![1.0, 2.0])),
        Arc::new(StringArray::from(vec!["1", "2.0"])),
        Arc::new(Decimal128Array::from(vec![1, 2]).with_precision_and_scale(38, 0).unwrap()),
    ];
    let dates: [ArrayRef; 4] = [
        Arc::new(Date32Array::from(vec![16_436, 16_437])),
        Arc::new(StringArray::from(vec!["2015-01-01", "20150102"])),
        Arc::new(Int32Array::from(vec![20_150_101, 20_150_102])),
        Arc::new(arrow::array::TimestampNanosecondArray::from(vec![
            16_436 * 86_400_000_000_000_i64,
            16_437 * 86_400_000_000_000,
        ])),
    ];
    let values: [ArrayRef; 4] = [
        Arc::new(Float64Array::from(vec![4.25, 0.5])),
        Arc::new(arrow::array::Float32Array::from(vec![4.25, 0.5])),
        Arc::new(StringArray::from(vec!["4.25", " 0.5 "])),
        Arc::new(Decimal128Array::from(vec![425, 50]).with_precision_and_scale(18, 2).unwrap()),
    ];
    for ((person, date), value) in persons.into_iter().zip(dates).zip(values) {
        let form = format!("{} {} {}", person.data_type(), date.data_type(), value.data_type());
        let done = typed(person, date, value).imported().await;
        let rows = done.rows("measurement.parquet", &["value", "unit", "time"]);
        assert_eq!(rows, [["4.25", "ng/mL", "2015-01-01T00:00:00"], ["0.5", "ng/mL", "2015-01-02T00:00:00"]], "{form}");
        assert_eq!(done.faults(), [], "{form}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_rows_is_counted_with_its_line() {
    let export = Export::with(&[(
        "measurement.csv",
        &format!(
            "{MEASUREMENT}9,3013603,2015-01-01,4,8842\n,3013603,2015-01-01,4,8842\n1,3013603,2015-13-01,4,8842\n\
             1,PSA,2015-01-01,4,8842\n1,3013603,,4,8842\n1,3013603,2015-01-01,four,8842\n1,3013603,2015-01-01,4,9529\n\
             1,0,2015-01-01,4,8842\n1,3013603\n1,3013603,2015-01-01,-4,8842\n1,-5,1850-01-01,4,8842\n"
        ),
    )]);
    let done = export.imported().await;
    let faults = done.rows("faults.parquet", &["kind", "line", "table"]);
    let expected = [
        ["unknown_person", "2", "measurement"],
        ["no_patient", "3", "measurement"],
        ["impossible_date", "4", "measurement"],
        ["code_shape", "5", "measurement"],
        ["undated", "6", "measurement"],
        ["text_value", "7", "measurement"],
        ["wrong_unit", "8", "measurement"],
        ["out_of_range", "11", "measurement"],
        ["code_shape", "12", "measurement"],
        ["malformed", "10", "measurement"],
    ];
    assert_eq!(faults, expected);
    assert_eq!(done.skipped(), [("unmapped", 1)]);
    assert_eq!(done.summary.rows[&Table::Measurement], 5);
}

#[tokio::test]
async fn a_person_twice_and_a_death_twice_are_told() {
    let export = Export::new();
    export.put(
        "person.csv",
        "person_id,gender_concept_id,year_of_birth\n1,8507,1950\n1,8507,1950\n1,8532,1950\n2,1234,1950\n",
    );
    export.put(
        "death.csv",
        "person_id,death_date\n1,2020-01-01\n1,2020-01-01\n1,2020-02-01\n7,2020-01-01\n2,2020-02-30\n",
    );
    let done = export.imported().await;
    let faults = [
        ("duplicate_person", 1),
        ("conflicting_person", 1),
        ("unknown_person", 1),
        ("conflicting_death", 1),
        ("unknown_sex", 1),
        ("impossible_date", 1),
    ];
    assert_eq!(done.faults(), faults);
    let deaths = done.rows("person.parquet", &["death_date"]);
    assert_eq!(deaths, [["2020-01-01"], ["2020-01-01"], ["2020-01-01"], [""]]);
}

#[tokio::test]
async fn a_table_or_column_that_is_missing_is_named() {
    let export = Export::with(&[("measurement.csv", "person_id,measurement_concept_id,value_as_number\n1,2,3\n")]);
    let error = export.error().await;
    assert!(matches!(error, RecordsError::NoColumn { table: "measurement", column: "measurement_date" }), "{error}");
    let export = Export::with(&[]);
    let odd = arrow::array::BooleanArray::from(vec![true]);
    let columns: Vec<(&str, ArrayRef)> =
        vec![("person_id", Arc::new(odd)), ("visit_concept_id", Arc::new(Int32Array::from(vec![1])))];
    export.parquet("visit_occurrence.parquet", &table(columns.clone()), 10);
    let error = export.error().await;
    assert!(matches!(error, RecordsError::ColumnType { table: "visit_occurrence", column: "person_id" }), "{error}");
    let export = Export::new();
    export.put("measurement.csv", MEASUREMENT);
    assert!(matches!(export.error().await, RecordsError::NoTable { table: "person" }));
    assert!(matches!(Export::new().error().await, RecordsError::NoTable { table: "person" }));
}

/// Enough rows for several pieces of CSV and several slices of a row group.
fn large() -> Export {
    let export = Export::with(&[]);
    let count = 300_000_i64;
    let mut csv = "person_id,condition_concept_id,condition_start_date,condition_source_value\n".to_owned();
    for row in 0..count / 2 {
        let (person, day) = (row % 4, 1 + row % 28);
        csv.push_str(&format!("{person},4163261,2015-02-{day:02},\"words, that\nare {row} not read\"\n"));
    }
    export.put("condition_occurrence.csv", &csv);
    assert!(csv.len() > 4 << 20);
    let rows = 0..count;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("person_id", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| row % 4)))),
        ("measurement_concept_id", Arc::new(Int64Array::from(vec![3_013_603; 300_000]))),
        ("measurement_date", Arc::new(Date32Array::from_iter_values(rows.clone().map(|row| (row % 10_000) as i32)))),
        ("value_as_number", Arc::new(Float64Array::from_iter_values(rows.map(|row| (row % 997) as f64 / 8.0)))),
        ("unit_concept_id", Arc::new(Int64Array::from(vec![8842; 300_000]))),
    ];
    export.parquet("measurement.parquet", &table(columns), 270_000);
    export
}

#[tokio::test]
async fn the_output_does_not_depend_on_the_parallelism() {
    let export = large();
    let (one, four) = (import_export(export.path(), 1).await.unwrap(), import_export(export.path(), 4).await.unwrap());
    assert_eq!(one.summary, four.summary);
    assert_eq!(one.files(), four.files());
    // One in four is of no person.
    assert_eq!(one.summary.rows[&Table::Measurement], 225_000);
    assert_eq!(one.summary.rows[&Table::Condition], 112_500);
    assert_eq!(one.faults(), [("unknown_person", 75_000 + 37_500)]);
    last_lines(&one);
}

/// The last rows stand on the last line and in the last place.
fn last_lines(done: &Imported) {
    let last = |file| done.rows(file, &["line"]).last().unwrap()[0].clone();
    assert_eq!(last("measurement.parquet"), "300000");
    assert_eq!(last("condition.parquet"), (2 * 150_000).to_string());
}
