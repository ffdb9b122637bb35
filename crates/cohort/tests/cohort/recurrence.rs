//! Outcomes from canonical records, through the spec.

use arrow::array::AsArray as _;
use renkei_cohort::CohortError;
use serde_json::json;

use super::tables::{Study, pseudonyms, run, steps};

const PERSON: &str = "person_id,death_date\nann,\nben,2021-05-01\ncid,\ndan,\n";
const PROCEDURE: &str = "\
person_id,concept,start_date
ann,prostatectomy,2020-01-01
ann,prostatectomy,2022-01-01
ben,prostatectomy,2020-01-01
cid,prostatectomy,2020-01-01
cid,prostate_radiotherapy,2020-03-01
dan,biopsy,2020-01-01
";
const MEASUREMENT: &str = "\
person_id,concept,time,value,comparator
ann,psa,2019-12-01T09:00:00,7.5,
ann,psa,2020-04-10T09:00:00,0.02,<
ann,psa,2020-12-31T09:00:00,0.3,
ann,psa,2021-06-30T09:00:00,0.5,
ben,psa,2019-11-01T09:00:00,5.0,
ben,psa,2020-12-31T09:00:00,0.01,
cid,psa,2019-11-02T09:00:00,9.0,
cid,psa,2020-02-10T09:00:00,0.05,
cid,height,2024-02-10T09:00:00,170,
";

fn study() -> Study {
    let name = |text: &str| {
        ["ann", "ben", "cid", "dan"]
            .iter()
            .fold(text.to_owned(), |text, number| text.replace(number, &pseudonyms().pseudonym(number)))
    };
    let mut study = Study::of("unused\n1\n");
    for (table, text) in [("person", PERSON), ("procedure", PROCEDURE), ("measurement", MEASUREMENT)] {
        std::fs::write(study.path().join(format!("{table}.csv")), name(text)).unwrap();
    }
    study.spec = json!({
        "tables": [
            {"name": "person", "uri": "person.csv"},
            {"name": "procedure", "uri": "procedure.csv"},
            {"name": "measurement", "uri": "measurement.csv"},
        ],
        "recurrence": {"after": {"prostatectomy": {}}, "further_treatment": ["prostate_radiotherapy"]},
        "sql": "SELECT r.person_id, r.outcome, r.days, p.psa FROM recurrence AS r LEFT JOIN (
                    SELECT o.person_id, last_value(m.value ORDER BY m.time) AS psa
                    FROM recurrence AS o JOIN measurement AS m ON m.person_id = o.person_id
                    WHERE m.concept = 'psa' AND CAST(m.time AS DATE) <= o.origin GROUP BY o.person_id
                ) AS p ON p.person_id = r.person_id",
        "case_id": "person_id",
        "case_ids": "pseudonyms",
        "exclude": [{"reason": "died first", "where": "outcome = 'death'"}],
        "columns": {"psa": {"known": "before_index"}},
        "predictors": [{"column": "psa", "kind": "number"}],
    });
    study.endpoint = json!({
        "name": "biochemical recurrence", "origin": "radical prostatectomy",
        "time": {"column": "days", "unit": "days"},
        "event": {"column": "outcome", "event": ["recurrence", "salvage"], "censored": ["censored", "adjuvant"]},
        "horizons_years": [0.5],
    });
    study
}

#[tokio::test]
async fn canonical_records_become_cases_with_an_outcome_each() {
    let study = study();
    let cohort = study.select().await.unwrap();
    assert_eq!(steps(&cohort), [("rows selected", 0, 3), ("died first", 1, 2)]);
    let ids: Vec<_> = cohort.cases.column(0).as_string::<i32>().iter().flatten().collect();
    let row = |number: &str| ids.iter().position(|id| *id == pseudonyms().pseudonym(number)).unwrap();
    let number = |column: &str, row: usize| {
        cohort.cases.column_by_name(column).unwrap().as_primitive::<arrow::datatypes::Float64Type>().value(row)
    };
    let event = |row: usize| cohort.cases.column_by_name("event").unwrap().as_boolean().value(row);
    let (ann, cid) = (row("ann"), row("cid"));
    // 2020-01-01 to 2020-12-31 are 365 days; to 2020-03-01 they are 60.
    assert_eq!((event(ann), event(cid)), (true, false));
    assert!((number("time_years", ann) - 365.0 / 365.25).abs() < 1e-12);
    assert!((number("time_years", cid) - 60.0 / 365.25).abs() < 1e-12);
    // The last value before the operation.
    assert_eq!((number("psa", ann), number("psa", cid)), (7.5, 9.0));
}

#[tokio::test]
async fn what_a_rule_needs_and_lacks_is_named() {
    let mut lacking = study();
    lacking.spec["tables"] = json!([lacking.spec["tables"][0], lacking.spec["tables"][2]]);
    let error = run(&lacking.spec, &lacking.endpoint, lacking.path()).await.unwrap_err();
    assert!(error.to_string().contains("`cohort.recurrence`") && error.to_string().contains("procedure"), "{error}");
    assert!(matches!(error, CohortError::Sql { .. }), "{error:?}");
}
