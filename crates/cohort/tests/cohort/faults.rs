//! Records that are wrong, and specs that do not fit them.

use renkei_cohort::error::CsvFault;
use renkei_cohort::{CohortError, case_ids, events, times_years};
use renkei_domain::ErrorKind;
use serde_json::json;

use super::tables::{MEN, Study, findings, steps};

#[tokio::test]
async fn a_sound_table_gives_cases_in_the_order_of_their_pseudonyms() {
    let cohort = Study::of(MEN).select().await.unwrap();
    let names: Vec<_> = cohort.cases.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["case_id", "time_years", "event", "psa", "stage"]);
    let ids = case_ids(&cohort.cases).unwrap();
    assert!(ids.is_sorted() && ids.len() == 4);
    let mut years = times_years(&cohort.cases).unwrap();
    years.sort_by(f64::total_cmp);
    assert_eq!(years, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(events(&cohort.cases).unwrap().into_iter().filter(|event| *event).count(), 2);
    assert_eq!(steps(&cohort), [("rows selected", 0, 4)]);
    assert_eq!(cohort.quality, []);
}

#[tokio::test]
async fn every_fault_of_a_row_is_counted_and_none_is_repaired() {
    let faults = "\
,4.0,T2,12,1,0
b,4.0,T2,12,,0
c,4.0,T2,12,maybe,0
d,4.0,T2,NA,1,0
e,4.0,T2,soon,1,0
f,4.0,T2,0,1,0
g,4.0,T2,-6,1,0
h,,T2,12,1,0
i,<0.1,T2,12,1,0
j,0,T2,12,1,0
k,4.0,,12,1,0
l,900,T2,12,0,0
";
    let cohort = Study::of(format!("{MEN}{faults}")).select().await.unwrap();
    let expected = [
        ("rows selected", 0, 16),
        ("no case id", 1, 15),
        ("`relapse` is missing", 1, 14),
        ("`relapse` is named neither as event nor as censored", 1, 13),
        ("`months` is missing", 1, 12),
        ("`months` is not a number", 1, 11),
        ("`months` is zero or negative", 2, 9),
        ("`psa` is missing", 1, 8),
        ("`psa` is not a number", 1, 7),
        ("`psa` is zero or negative", 1, 6),
        ("`stage` is missing", 1, 5),
    ];
    assert_eq!(steps(&cohort), expected);
    assert_eq!(cohort.cases.num_rows(), 5);
    let found = findings(&cohort);
    assert!(found.contains(&("months".into(), "is zero or negative".into(), 2)), "{found:?}");
    // 0 and 900 lie outside the plausible 0.1 to 100; 900 stays in, since implausible is not wrong.
    assert!(found.contains(&("psa".into(), "lies outside 0.1 to 100".into(), 2)), "{found:?}");
    assert_eq!(found.len(), 11, "{found:?}");
}

#[tokio::test]
async fn exclusions_are_applied_in_order_and_unknown_is_no_reason() {
    let mut study = Study::of(format!("{MEN}ann-05,,T2,60,0,0\n"));
    study.spec["exclude"] = json!([
        {"reason": "high PSA", "where": "psa > 10"},
        {"reason": "stage T3 or high PSA", "where": "stage = 'T3' OR psa > 10"},
        {"reason": "nobody", "where": "months > 1000"}
    ]);
    let expected = [
        ("rows selected", 0, 5),
        ("high PSA", 1, 4),
        ("stage T3 or high PSA", 1, 3),
        ("nobody", 0, 3),
        ("`psa` is missing", 1, 2),
    ];
    assert_eq!(steps(&study.select().await.unwrap()), expected);
}

#[tokio::test]
async fn duplicate_case_ids_stop_the_run_unless_they_are_excluded() {
    let mut study = Study::of(format!("{MEN}ann-01,5.0,T3,13,0,0\nann-01,5.0,T3,14,0,0\n"));
    let error = study.error().await;
    assert!(matches!(error, CohortError::DuplicateCases { cases: 1, rows: 3 }), "{error}");
    study.spec["exclude"] = json!([{"reason": "second sample", "where": "months IN (13, 14)"}]);
    assert_eq!(study.select().await.unwrap().cases.num_rows(), 4);
}

#[tokio::test]
async fn an_empty_cohort_shows_how_it_became_empty() {
    let mut study = Study::of(MEN);
    study.spec["exclude"] = json!([{"reason": "everybody", "where": "psa > 0"}]);
    let error = study.error().await;
    assert!(matches!(error, CohortError::NoCases(_)));
    assert!(error.to_string().contains("everybody: 4 removed, 0 remain"), "{error}");
}

#[tokio::test]
async fn a_cohort_without_event_or_with_a_horizon_beyond_follow_up_is_refused() {
    let error = Study::of(MEN.replace(",1,", ",0,")).error().await;
    assert!(matches!(error, CohortError::NoEvent { cases: 4, .. }), "{error}");
    let mut study = Study::of(MEN);
    study.endpoint["horizons_years"] = json!([1.0, 4.0, 4.1]);
    let error = study.error().await;
    assert!(matches!(error, CohortError::HorizonTooLong { horizon: 4.1, longest: 4.0 }), "{error}");
}

#[tokio::test]
async fn a_column_that_is_not_there_is_named_with_its_nearest() {
    let mut study = Study::of(MEN);
    study.endpoint["time"]["column"] = json!("Month");
    let error = study.error().await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("`Month` (endpoint.time.column)") && text.contains("nearest are `months`"), "{text}");
}

#[tokio::test]
async fn a_table_that_is_not_there_or_empty_is_named() {
    let mut study = Study::of(MEN);
    study.spec["tables"][0]["uri"] = json!("women.csv");
    let error = study.error().await;
    assert!(matches!(error, CohortError::NoTable { .. }) && error.to_string().contains("women.csv"), "{error}");
    study.spec["tables"][0]["uri"] = json!("men.txt");
    assert!(matches!(study.error().await, CohortError::UnknownFormat { .. }));
    for nothing in ["", "id,psa\n"] {
        assert!(matches!(Study::of(nothing).error().await, CohortError::EmptyTable { .. }));
    }
}

async fn csv_fault(csv: impl AsRef<[u8]>) -> CsvFault {
    match Study::of(csv).error().await {
        CohortError::Csv { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn broken_csv_is_refused_by_row() {
    let ragged = CsvFault::Ragged { row: 5, found: 3, expected: 6 };
    assert_eq!(csv_fault(format!("{MEN}ann-05,4.0,T2\n")).await, ragged);
    // "é" as Latin-1.
    let latin = [MEN.as_bytes(), b"ann-05,4.0,T\xe9,12,1,0\n"].concat();
    assert_eq!(csv_fault(latin).await, CsvFault::NotUtf8 { row: 5 });
    let same = CsvFault::SameName { first: 2, second: 6 };
    assert_eq!(csv_fault(MEN.replacen("day", "psa", 1)).await, same);
    let unclosed = format!("{MEN}\"{}", "x,\n".repeat(6 << 20));
    assert!(matches!(csv_fault(unclosed).await, CsvFault::TooLong { row: 5, .. }));
}

#[tokio::test]
async fn marks_line_ends_and_quotes_of_other_programs_are_read() {
    let excel = format!("\u{feff}{}", MEN.replace('\n', "\r\n").replace("T2", "\"T2,\n\"\"a\"\"\""));
    let cohort = Study::of(excel).select().await.unwrap();
    assert_eq!(cohort.cases.num_rows(), 4);
    assert!(format!("{:?}", cohort.cases.column_by_name("stage").unwrap()).contains("T2,\\n\\\"a\\\""));
}

#[tokio::test]
async fn a_predictor_under_a_name_of_the_table_itself_is_refused() {
    let mut study = Study::of(MEN);
    study.spec["columns"]["event"] = json!({"known": "before_index"});
    study.spec["predictors"][0]["column"] = json!("event");
    assert!(matches!(study.error().await, CohortError::ReservedColumn { .. }));
}

#[tokio::test]
async fn ids_keep_their_zeros_and_a_late_text_does_not_break_a_column_of_numbers() {
    let mut csv = "id,psa,stage,months,relapse\n007,4,T2,12,1\n7,4,T3,24,0\n".to_owned();
    csv.extend((0..3000).map(|row| format!("n{row},{row}.5,T2,30,0\n")));
    csv.push_str("last,unknown,T2,12,1\n");
    let cohort = Study::of(csv).select().await.unwrap();
    assert_eq!(cohort.cases.num_rows(), 3002);
    assert_eq!(steps(&cohort)[1], ("`psa` is not a number", 1, 3002));
}

#[tokio::test]
async fn ids_that_look_like_numbers_are_compared_as_texts() {
    let csv = "id,psa,stage,months,relapse\n100,4,T2,12,1\n1e2,2,T3,24,0\n100.0,8,T2,24,0\n";
    assert_eq!(Study::of(csv).select().await.unwrap().cases.num_rows(), 3);
}

#[tokio::test]
async fn tabs_and_comment_lines_are_read_as_the_spec_says() {
    let tsv = format!("# made by hand\t\n#\n{}# the end\n", MEN.replace(',', "\t").replace("T2", "\"T2\tor T1\""));
    let mut study = Study::of(tsv);
    study.spec["tables"][0]["format"] = json!("tsv");
    study.spec["tables"][0]["comment"] = json!("#");
    let cohort = study.select().await.unwrap();
    assert_eq!(steps(&cohort), [("rows selected", 0, 4)]);
    assert!(format!("{:?}", cohort.cases.column_by_name("stage").unwrap()).contains("T2\\tor T1"));
    // Without the sign such a line is a header of its own.
    study.spec["tables"][0]["comment"] = json!(null);
    assert!(matches!(study.error().await, CohortError::Csv { fault: CsvFault::Ragged { row: 1, .. }, .. }));
    std::fs::rename(study.path().join("men.csv"), study.path().join("men.tsv")).unwrap();
    study.spec["tables"] = json!([{"name": "men", "uri": "men.tsv", "comment": "#"}]);
    assert_eq!(study.select().await.unwrap().cases, cohort.cases);
}

#[tokio::test]
async fn every_fault_is_told_at_once_where_all_can_be_seen() {
    let mut study = Study::of(MEN);
    let tables = json!([{"name": "men", "uri": "none.csv"}, {"name": "women", "uri": "none.csv"}]);
    study.spec["tables"] = tables;
    let (cohort, faults) = study.try_select().await;
    assert!(cohort.is_none() && faults.iter().all(|fault| matches!(fault, CohortError::NoTable { .. })), "{faults:?}");
    assert_eq!(faults.len(), 2);
    // Types, which only the rows show.
    let mut study = Study::of("id,psa,stage,months,relapse\na,2020-01-01,T2,2020-01-01,1\n");
    study.endpoint["horizons_years"] = json!([1.0]);
    let (_, faults) = study.try_select().await;
    let columns: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(columns.len(), 2, "{columns:?}");
    assert!(columns[0].contains("`months`") && columns[1].contains("`psa`"), "{columns:?}");
}
