//! SQL as people write it: hostile names, changes that are refused, messages without values.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use renkei_artifacts::Location;
use renkei_cohort::{CohortError, sql::query};
use renkei_domain::ErrorKind;
use serde_json::json;

use super::tables::{MEN, Study};

pub(crate) fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn hostile_column_names_are_only_names() {
    let names = ["a\"; DROP TABLE men; --", "BN+", "x y", "SELECT", "前立腺"];
    let header = names.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).join(",");
    let csv = format!("id,months,relapse,{header}\na,12,1,1,2,3,4,5\nb,24,0,2,3,4,5,6\n");
    let mut study = Study::of(csv);
    study.spec["columns"] = names.iter().map(|name| ((*name).to_owned(), json!({"known": "before_index"}))).collect();
    study.spec["predictors"] = names.iter().map(|name| json!({"column": name, "kind": "number"})).collect();
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.cases.num_rows(), 2);
    assert_eq!(cohort.cases.schema().field(3).name(), names[0]);
}

#[tokio::test]
async fn only_one_query_and_nothing_that_changes_is_accepted() {
    for sql in [
        "DROP TABLE men",
        "INSERT INTO men SELECT * FROM men",
        "COPY men TO '/tmp/renkei-men.csv'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "SET datafusion.execution.batch_size = 1",
        "SELECT * FROM men; SELECT * FROM men",
        "SELECT * FROM '/etc/passwd'",
        "SELECT id FROM",
    ] {
        let mut study = Study::of(MEN);
        study.spec["sql"] = json!(sql);
        let error = study.error().await;
        assert!(matches!(error, CohortError::NotReadOnly { .. } | CohortError::Sql { .. }), "{sql}: {error}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    for condition in ["true; DROP TABLE men", "psa", "1 = 1) OR (SELECT 1", "nothing > 1"] {
        let mut study = Study::of(MEN);
        study.spec["exclude"] = json!([{"reason": "odd", "where": condition}]);
        let error = study.error().await;
        assert!(
            matches!(error, CohortError::Sql { .. }) && error.to_string().contains("`odd`"),
            "{condition}: {error}"
        );
    }
}

#[tokio::test]
async fn what_changes_from_run_to_run_is_refused() {
    for condition in ["months > date_part('year', now())", "months > date_part('year', current_date)", "uuid() = id"] {
        let mut study = Study::of(MEN);
        study.spec["exclude"] = json!([{"reason": "odd", "where": condition}]);
        let error = study.error().await;
        assert!(matches!(error, CohortError::Volatile { .. }), "{condition}: {error}");
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_converted_is_not_quoted() {
    let mut study = Study::of(MEN);
    study.spec["sql"] = json!("SELECT CAST(id AS INT) AS id, psa, stage, months, relapse FROM men");
    let error = study.error().await;
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(!format!("{error} {error:?}").contains("ann-01"), "{error:?}");
}

#[tokio::test]
async fn columns_of_one_name_must_be_told_apart() {
    let mut study = Study::of(MEN);
    study.spec["sql"] = json!("SELECT a.*, b.psa FROM men a JOIN men b ON a.id = b.id");
    let error = study.error().await;
    assert!(matches!(error, CohortError::AmbiguousColumn { count: 2, .. }), "{error}");
}

#[tokio::test]
async fn csv_and_parquet_join_and_numbers_that_mark_missing_values_are_missing() {
    let mut study = Study::of(MEN);
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["ann-01", "ann-02", "ann-03", "ann-04"]));
    let volume: ArrayRef = Arc::new(Float64Array::from(vec![Some(40.0), Some(f64::NAN), None, Some(60.0)]));
    write_parquet(&study.path().join("volume of gland.parquet"), vec![("ID", ids), ("Volume", volume)]);
    study.spec["tables"] = json!([
        {"name": "men", "uri": "men.csv"}, {"name": "Gland", "uri": "volume of gland.parquet"}
    ]);
    study.spec["sql"] = json!("SELECT men.*, Volume FROM men JOIN Gland ON men.id = Gland.ID");
    study.spec["columns"]["Volume"] = json!({"known": "before_index"});
    study.spec["predictors"][0] = json!({"column": "Volume", "kind": "number"});
    study.endpoint["horizons_years"] = json!([1.0]);
    let cohort = study.select().await.unwrap();
    assert_eq!(cohort.attrition[1].reason, "`Volume` is missing");
    assert_eq!((cohort.attrition[1].removed, cohort.cases.num_rows()), (2, 2));
    assert_eq!(cohort.source_digests.len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_parquet_is_named() {
    let mut study = Study::of(MEN);
    study.spec["tables"][0]["format"] = json!("parquet");
    let error = study.error().await;
    assert!(matches!(&error, CohortError::Parquet { table } if table == "men"), "{error}");
}

fn two_files(folder: &Path) -> Vec<(String, Vec<Location>)> {
    let file = |name: &str, values: Vec<i64>| {
        write_parquet(&folder.join(name), vec![("tile", Arc::new(Int64Array::from(values)))]);
        Location::resolve(name, folder).unwrap()
    };
    vec![("tiles".to_owned(), vec![file("a 1.parquet", vec![1, 2]), file("b%20.parquet", vec![3])])]
}

#[tokio::test]
async fn a_query_sees_every_file_of_a_table_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let batches = query(two_files(folder.path()), "SELECT count(*) AS n, sum(tile) AS s FROM tiles").await.unwrap();
    let row: Vec<i64> = batches[0].columns().iter().map(|column| column.as_primitive::<Int64Type>().value(0)).collect();
    assert_eq!(row, [3, 6]);
    let none = query(two_files(folder.path()), "SELECT tile FROM tiles WHERE tile > 9").await.unwrap();
    assert_eq!((none.len(), none[0].num_rows(), none[0].schema().field(0).name().as_str()), (1, 0, "tile"));
    let error = query(two_files(folder.path()), "COPY tiles TO 'x.parquet'").await.unwrap_err();
    assert!(matches!(error, CohortError::NotReadOnly { .. }), "{error}");
    assert_eq!(error.to_string(), "the query: only queries are allowed here, and it has: DML not supported: COPY");
}
