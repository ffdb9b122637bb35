//! Nothing that names a patient gets past this crate.

use std::fmt::Write as _;

use renkei_cohort::CohortError;
use serde_json::json;

use super::tables::{MEN, Study};

/// Ids and values planted in the records; none may come out.
const PLANTED: [&str; 5] = ["ann-01", "ann-02", "ann-03", "ann-04", "Yamada"];

fn assert_clean(what: &str, text: &str) {
    for planted in PLANTED {
        assert!(!text.contains(planted), "{what} holds `{planted}`: {text}");
    }
}

#[tokio::test]
async fn no_identifier_is_in_the_cohort() {
    let mut study = Study::of(MEN.replace(",day", ",name").replace(",-3", ",Yamada"));
    study.spec["sql"] = json!("SELECT * FROM men");
    study.spec["columns"]["name"] = json!({"known": "before_index", "plausible": [0.0, 1.0]});
    let cohort = study.select().await.unwrap();
    assert_clean("the cohort", &format!("{cohort:?}"));
}

#[tokio::test]
async fn no_identifier_is_in_an_error() {
    let changes: [(&str, String); 7] = [
        ("ragged", format!("{MEN}Yamada,4.0\n")),
        ("duplicate", format!("{MEN}ann-01,4.0,T2,12,1,0\n")),
        ("no event", MEN.replace(",1,", ",0,")),
        ("unknown event", MEN.replace(",1,", ",Yamada,").replace(",0,", ",Yamada,")),
        ("unreadable", MEN.replace(",12,", ",Yamada,").replace("4.0", "Yamada").replace(",36,", ",Yamada,")),
        ("empty", "id,psa,stage,months,relapse\nYamada,,,,\n".to_owned()),
        ("unclosed", format!("{MEN}\"Yamada")),
    ];
    for (name, csv) in changes {
        let error = Study::of(csv).error().await;
        assert_clean(name, &whole(&error));
    }
    let mut study = Study::of(MEN);
    study.spec["sql"] = json!("SELECT id, psa, CAST(stage AS INT) / 0 AS stage, months, relapse FROM men");
    assert_clean("a failed conversion", &whole(&study.error().await));
}

#[tokio::test]
async fn pseudonyms_stay_as_they_are_and_numbers_do_not_pass_for_them() {
    let pseudonym = |number: &str| super::tables::pseudonyms().pseudonym(number);
    let hashed = ["ann-01", "ann-02", "ann-03", "ann-04"]
        .iter()
        .fold(MEN.to_owned(), |csv, number| csv.replace(number, &pseudonym(number)));
    let mut study = Study::of(hashed);
    study.spec["case_ids"] = json!("pseudonyms");
    assert_eq!(study.select().await.unwrap().cases, Study::of(MEN).select().await.unwrap().cases);
    let mut study = Study::of(MEN);
    study.spec["case_ids"] = json!("pseudonyms");
    let error = study.error().await;
    assert!(matches!(error, CohortError::NotPseudonyms { rows: 4, .. }), "{error}");
    assert_clean("numbers for pseudonyms", &whole(&error));
}

/// The error's text, its debug form and all its sources.
fn whole(error: &CohortError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        let _ = write!(text, " {next} {next:?}");
        source = next.source();
    }
    text
}
