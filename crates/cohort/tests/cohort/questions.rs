//! The questions of `docs/cohorts.md` in SQL, as they stand there.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampSecondArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use renkei_artifacts::Location;
use renkei_cohort::sql::query;

use super::sql::write_parquet;

const DAY: i64 = 86_400;

fn time(days: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampSecondArray::from_iter_values(days.into_iter().map(|day| day * DAY)))
}

/// Day 1000 is 1972-09-27. Person `a` has values around it, out of order in the file; `b` has values after it only.
fn put_tables(folder: &Path) -> Vec<(String, Vec<Location>)> {
    let values = [
        ("a", 1010, 0.3),
        ("a", 990, 4.0),
        ("a", 1400, 0.5),
        ("a", 600, 2.0),
        ("a", 995, 5.0),
        ("b", 1020, 0.25),
        ("b", 1030, 0.1),
    ];
    let texts = |texts: Vec<&str>| Arc::new(StringArray::from(texts)) as ArrayRef;
    let t: Vec<(&str, ArrayRef)> = vec![
        ("person_id", texts(values.iter().map(|(person, ..)| *person).collect())),
        ("time", time(values.iter().map(|(_, day, _)| *day))),
        ("value", Arc::new(Float64Array::from_iter_values(values.iter().map(|(.., value)| *value)))),
    ];
    write_parquet(&folder.join("t.parquet"), t);
    write_parquet(&folder.join("o.parquet"), vec![("person_id", texts(vec!["a", "b"])), ("day", time([1000, 1000]))]);
    let table = |name: &str| (name.to_owned(), vec![Location::resolve(&format!("{name}.parquet"), folder).unwrap()]);
    vec![table("t"), table("o")]
}

fn cells(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let options = FormatOptions::default().with_null("none");
    let of = |batch: &RecordBatch| {
        let array = batch.column_by_name(column).unwrap().clone();
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
        (0..batch.num_rows()).map(|row| formatter.value(row).to_string()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

#[tokio::test]
async fn each_question_has_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let doc = include_str!("../../../../docs/cohorts.md");
    let answers = [
        ("last value before a day", ["5.0", "none"]),
        ("first value after a day", ["0.3", "0.25"]),
        ("value nearest to a day", ["5.0", "0.25"]),
        ("lowest value in the year before", ["4.0", "none"]),
        ("last day of follow-up", ["1973-11-01T00:00:00", "1972-10-27T00:00:00"]),
    ];
    for (question, expected) in answers {
        let row = doc.lines().find(|line| line.starts_with(&format!("| {question} | `"))).unwrap();
        let sql = row.split('`').nth(1).unwrap();
        let sql = format!(
            "SELECT o.person_id, {sql} AS answer FROM o JOIN t ON t.person_id = o.person_id GROUP BY o.person_id ORDER BY 1"
        );
        let batches = query(put_tables(folder.path()), &sql).await.unwrap();
        assert_eq!(cells(&batches, "answer"), expected, "{question}");
    }
    let sql = doc.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let batches = query(put_tables(folder.path()), sql).await.unwrap();
    let found = (cells(&batches, "person_id"), cells(&batches, "confirmed"));
    // 600 and 990 (2.0 and 4.0) are two in a row already; `b` never has two.
    assert_eq!(found, (vec!["a".to_owned()], vec!["1971-08-24T00:00:00".to_owned()]));
}
