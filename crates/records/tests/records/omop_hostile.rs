//! OMOP exports that are broken or hostile, and identifiers planted in every text column.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use proptest::prelude::*;
use renkei_records::Table;

use super::export::{Export, import_export, table};

const MEASUREMENT: &str = "person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n";

#[tokio::test]
async fn quoted_line_ends_and_quotes_stay_in_their_field() {
    let text = "condition_source_value,person_id,condition_concept_id,condition_start_date\n\
                \"a\nb\",1,4163261,2015-01-01\n\"say \"\"C61\"\"\n\n,\",2,4163261,2015-01-02\n\
                C\"61,1,4163261,2015-01-03\n";
    let done = Export::with(&[("condition_occurrence.csv", text)]).imported().await;
    let rows = done.rows("condition.parquet", &["start_date", "line"]);
    assert_eq!(rows, [["2015-01-01", "2"], ["2015-01-02", "4"], ["2015-01-03", "7"]]);
    assert_eq!(done.faults(), []);
    // OHDSI's vocabularies have tabs and bare quotes, which open nothing.
    let concepts = "concept_id\tconcept_name\tvocabulary_id\tconcept_code\n1\t\"Ambu\" bag\tSNOMED\t1234567\n\
                    4163261\t5\" needle\tSNOMED\t399068003\n";
    let done = Export::with(&[("condition_occurrence.csv", text), ("CONCEPT.csv", concepts)]).imported().await;
    assert_eq!(done.rows("condition.parquet", &["alternates"])[0], ["SNOMED|399068003"]);
}

#[tokio::test]
async fn a_field_without_end_is_passed_over_in_bounded_memory() {
    let long = "x".repeat(5 << 20);
    let row = "1,3013603,2015-01-01,4,8842\n";
    for text in [
        format!("{MEASUREMENT}{row}1,3013603,{long},4,8842\n{row}"),
        format!("{MEASUREMENT}{row}1,3013603,\"{long}\n{row}\",4,8842\n{row}"),
    ] {
        let done = Export::with(&[("measurement.csv", &text)]).imported().await;
        assert_eq!(done.faults(), [("too_large", 1)]);
        assert_eq!(done.summary.rows[&Table::Measurement], 2);
        assert_eq!(done.rows("faults.parquet", &["line"]), [["3"]]);
    }
    // A quote that nothing closes takes the rest of the file, and is told.
    let done = Export::with(&[("measurement.csv", &format!("{MEASUREMENT}{row}\"{long}"))]).imported().await;
    assert_eq!((done.faults(), done.summary.rows[&Table::Measurement]), (vec![("too_large", 1)], 1));
    // One text of 64 KiB that a dictionary names ten thousand times.
    let export = Export::with(&[]);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1 << 16)]));
    let keys = arrow::array::Int32Array::from(vec![0; 10_000]);
    let persons: ArrayRef = Arc::new(arrow::array::DictionaryArray::new(keys, text));
    let numbers: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![1; 10_000]));
    let others =
        ["measurement_concept_id", "measurement_date", "value_as_number"].map(|name| (name, Arc::clone(&numbers)));
    export.parquet(
        "measurement.parquet",
        &table([("person_id", persons)].into_iter().chain(others).collect()),
        200_000,
    );
    let done = export.imported().await;
    assert_eq!(done.faults(), [("no_patient", 10_000)]);
}

#[tokio::test]
async fn bytes_that_are_no_text_and_packed_files_that_break_off_are_faults() {
    let export = Export::with(&[]);
    let mut text = MEASUREMENT.as_bytes().to_vec();
    text.extend(b"1,3013603,2015-01-01,\xff\xfe,8842\n\xe5,3013603,2015-01-01,4,8842\n1,3013603,2015-01-01,4,8842\n");
    export.put("measurement.csv", &text);
    let done = export.imported().await;
    assert_eq!(done.faults(), [("no_patient", 1), ("text_value", 1)]);
    assert_eq!(done.summary.rows[&Table::Measurement], 2);

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let rows: String = (0..2000).map(|_| "1,3013603,2015-01-01,4,8842\n").collect();
    std::io::Write::write_all(&mut packed, format!("{MEASUREMENT}{rows}").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let export = Export::with(&[]);
    export.put("measurement.csv.gz", &packed[..packed.len() / 2]);
    let done = export.imported().await;
    assert!(done.faults().contains(&("malformed", 1)), "{:?}", done.faults());
    assert!((500..2000).contains(&done.summary.rows[&Table::Measurement]), "{:?}", done.summary.rows);
    export.put("measurement.csv.gz", "not packed at all");
    assert_eq!(export.imported().await.faults(), [("malformed", 1)]);
}

fn parquet(columns: usize) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/omop/parquet");
    let names = ["MEASUREMENT", "CONDITION_OCCURRENCE", "PERSON", "CONCEPT", "DEATH"];
    std::fs::read(folder.join(format!("{}.parquet", names[columns % names.len()]))).unwrap()
}

#[tokio::test]
async fn a_parquet_file_that_breaks_off_is_a_fault() {
    let whole = parquet(0);
    for length in (0..whole.len()).step_by(97) {
        let export = Export::with(&[]);
        export.put("measurement.parquet", &whole[..length]);
        let done = export.imported().await;
        assert_eq!(done.faults(), [("malformed", 1)], "{length}");
        assert_eq!(done.rows("faults.parquet", &["table", "line"]), [["measurement", "0"]]);
    }
}

#[test]
fn mutated_parquet_ends_well() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let config = ProptestConfig { cases: 400, ..ProptestConfig::default() };
    proptest!(config, |(which in 0..5_usize, changes in changes)| {
        let mut bytes = parquet(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let export = Export::with(&[("measurement.csv", MEASUREMENT)]);
        let name = ["measurement", "condition_occurrence", "person", "concept", "death"][which];
        export.put(&format!("{name}.parquet"), &bytes);
        // A column whose name has changed is an error, and names the column.
        if let Err(error) = runtime.block_on(import_export(export.path(), 2)) {
            prop_assert!(error.kind() == renkei_domain::ErrorKind::Invalid, "{error}");
        }
    });
}

/// A number, names in two scripts, a telephone number, an address and an e-mail address.
const PLANTED: [&str; 7] =
    ["1234567", "山田", "ヤマダ", "Yamada Taro", "03-3506-8010", "虎ノ門1-19-9", "yamada@example.jp"];

/// Each table with its columns, of which those that name nobody keep their value so that there is a row.
const TABLES: [(&str, &str); 9] = [
    (
        "person",
        "person_id,gender_concept_id=8507,year_of_birth=1950,month_of_birth,day_of_birth,birth_datetime,race_concept_id,\
         location_id,provider_id,care_site_id,person_source_value,gender_source_value,race_source_value",
    ),
    ("death", "person_id,death_date,death_datetime,death_type_concept_id,cause_concept_id,cause_source_value"),
    (
        "condition_occurrence",
        "person_id,condition_concept_id=4163261,condition_start_date,condition_start_datetime,condition_end_date,\
         condition_end_datetime,condition_status_concept_id,stop_reason,condition_source_value",
    ),
    (
        "drug_exposure",
        "person_id,drug_concept_id=1,drug_exposure_start_date,drug_exposure_end_date,verbatim_end_date,\
         drug_type_concept_id,stop_reason,quantity,sig,lot_number,drug_source_value,route_source_value",
    ),
    (
        "procedure_occurrence",
        "person_id,procedure_concept_id=4235738,procedure_date,procedure_end_date,modifier_concept_id,\
         procedure_source_value,modifier_source_value",
    ),
    (
        "measurement",
        "person_id,measurement_concept_id=3013603,measurement_date,measurement_datetime,measurement_time,\
         operator_concept_id=,value_as_number,value_as_concept_id,unit_concept_id=8842,measurement_source_value,\
         unit_source_value,value_source_value",
    ),
    (
        "observation",
        "person_id,observation_concept_id=2,observation_date,value_as_number,value_as_string,value_as_concept_id=3,\
         qualifier_source_value,unit_source_value,observation_source_value,value_source_value",
    ),
    (
        "visit_occurrence",
        "person_id,visit_concept_id=9202,visit_start_date,visit_end_date,visit_source_value,\
         admitted_from_source_value,discharged_to_source_value",
    ),
    ("concept", "concept_id=4163261,concept_name,domain_id,vocabulary_id,concept_class_id,concept_code"),
];

fn planted(columns: &str, planted: &str) -> (Vec<String>, Vec<String>) {
    let cells = columns.split(',').map(|column| match column.split_once('=') {
        Some((name, kept)) => (name.to_owned(), kept.to_owned()),
        None if column == "person_id" => (column.to_owned(), "1234567".to_owned()),
        None => (column.to_owned(), planted.to_owned()),
    });
    cells.unzip()
}

fn assert_clean(what: &str, text: &str) {
    for planted in PLANTED {
        assert!(!text.contains(planted), "{what} holds `{planted}`");
    }
}

#[tokio::test]
async fn no_planted_identifier_is_in_the_output_of_either_form() {
    for value in PLANTED {
        let (csv, parquet) = (Export::new(), Export::new());
        for (name, columns) in TABLES {
            let (names, cells) = planted(columns, value);
            let mut text = names.join(",");
            let _ = write!(text, "\n\"{}\"\n", cells.join("\",\""));
            csv.put(&format!("{name}.csv"), &text);
            let array = |cell: &String| Arc::new(StringArray::from(vec![cell.as_str()])) as ArrayRef;
            let columns = names.iter().zip(&cells).map(|(name, cell)| (name.as_str(), array(cell))).collect();
            parquet.parquet(&format!("{name}.parquet"), &table(columns), 10);
        }
        // A file of another table whose name and text say who it is about.
        csv.put(&format!("note/{value}.csv"), value);
        for export in [csv, parquet] {
            let done = export.imported().await;
            let rows: Vec<u64> = done.summary.rows.values().copied().collect();
            assert_eq!(rows, [1, 1, 2, 1, 1, 1, 0], "{value} {:?}", done.faults());
            assert_clean("the output", &done.everything());
            assert_clean("the summary", &format!("{:?}", done.summary));
        }
    }
}

#[tokio::test]
async fn no_planted_identifier_is_in_a_fault_or_an_error() {
    let export = Export::with(&[("measurement/Yamada Taro/1234567.csv", MEASUREMENT)]);
    export.put("measurement/yamada@example.jp.csv", format!("{MEASUREMENT}山田\n1234567,1,2,3,4\n"));
    let done = export.imported().await;
    assert_eq!(done.faults(), [("malformed", 1), ("unknown_person", 1)]);
    assert_clean("the output", &done.everything());
    export.put("measurement/山田.csv", "Yamada Taro,person_id\n03-3506-8010,1\n");
    let error = export.error().await;
    assert_clean("the error", &format!("{error} {error:?}"));
}
