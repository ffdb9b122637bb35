//! Persons whose records may not be used.

use renkei_cohort::CohortError;
use renkei_domain::ErrorKind;
use renkei_records::OptOuts;
use serde_json::json;

use super::tables::{MEN, Study, pseudonyms, steps};

fn study(list: &str) -> Study {
    let mut study = Study::of(MEN);
    std::fs::write(study.path().join("opt-outs.txt"), list).unwrap();
    study.spec["opt_outs"] = json!("opt-outs.txt");
    study.spec["exclude"] = json!([{"reason": "T3", "where": "stage = 'T3'"}]);
    study
}

#[tokio::test]
async fn who_opted_out_leaves_before_every_other_reason_and_the_list_is_an_input() {
    let mut list = OptOuts::default();
    assert!(list.add(&pseudonyms().pseudonym("ann-02")) && list.add(&pseudonyms().pseudonym("a stranger")));
    let cohort = study(&list.to_string()).select().await.unwrap();
    assert_eq!(steps(&cohort), [("rows selected", 0, 4), ("opted out", 1, 3), ("T3", 0, 3)]);
    assert_eq!(cohort.source_digests[1].0, "opt_outs");
    let nobody = study("# nobody yet\n").select().await.unwrap();
    assert_eq!(steps(&nobody), [("rows selected", 0, 4), ("opted out", 0, 4), ("T3", 1, 3)]);
    assert_ne!(cohort.source_digests[1], nobody.source_digests[1], "somebody who opts out makes another run");
}

#[tokio::test]
async fn nobody_is_selected_without_a_list_that_can_be_read() {
    let error = study("ann-02\n").error().await;
    assert!(matches!(error, CohortError::OptOuts(fault) if fault.line == 1), "{error}");
    assert!(!error.to_string().contains("ann-02"), "{error}");
    let study = study("");
    std::fs::remove_file(study.path().join("opt-outs.txt")).unwrap();
    let error = study.error().await;
    assert!(error.kind() == ErrorKind::NotFound && error.to_string().contains("cohort.opt_outs"), "{error}");
}
