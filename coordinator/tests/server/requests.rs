//! What is refused of what users send, and how clearly.

use renkei_domain::ErrorKind;
use renkei_proto::runs::Submission;
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use serde_json::json;
use tonic::Code;

use crate::place::Place;
use crate::study::Study;
use crate::talk::{NullWorker, User};

#[tokio::test]
async fn an_unknown_run_is_not_found() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    for error in [user.get("nobody").await.unwrap_err(), user.cancel("nobody").await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains("nobody"), "{error}");
    }
    let watch = renkei_proto::v1::WatchRequest { run: "nobody".into() };
    assert_eq!(user.0.clone().watch(watch).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_the_next_is_heard() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    let submission = Submission {
        spec_json: " ".repeat(MAX_MESSAGE_BYTES + 1),
        base_url: "file:///".into(),
        name: None,
        priority: 0,
    };
    let refused = user.0.clone().submit(renkei_proto::v1::SubmitRequest::from(submission)).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    user.0.clone().list(renkei_proto::v1::ListRequest {}).await.unwrap();
}

/// Each fault of a submission, with the kind of the refusal and a word that it must hold.
#[tokio::test]
async fn a_submission_that_cannot_be_a_run_says_why() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    NullWorker::joined(&place, &serving, "w1").await;
    let study = Study::of(&place);
    std::fs::write(place.path("outside.csv"), "id\n").unwrap();
    let with = |pointer: &str, value: serde_json::Value| {
        let mut spec = study.spec.clone();
        *spec.pointer_mut(pointer).unwrap() = value;
        Submission { spec_json: spec.to_string(), ..study.submission() }
    };
    let mut unknown = study.spec.clone();
    unknown["encoder"]["barch"] = 3.into();
    let outside = place.path("outside.csv").display().to_string();
    for (submission, kind, said) in [
        (Submission { spec_json: unknown.to_string(), ..study.submission() }, ErrorKind::Invalid, "barch"),
        (Submission { spec_json: "{".into(), ..study.submission() }, ErrorKind::Invalid, "spec"),
        (Submission { base_url: "study".into(), ..study.submission() }, ErrorKind::Invalid, "base_url"),
        (Submission { base_url: "s3://b/study".into(), ..study.submission() }, ErrorKind::Invalid, "base_url"),
        (with("/version", 9.into()), ErrorKind::Invalid, "version"),
        (with("/store", "../elsewhere".into()), ErrorKind::Denied, "`store`"),
        (with("/store", "s3://bucket/prefix".into()), ErrorKind::Denied, "`store`"),
        (with("/cohort/tables/0/uri", outside.clone().into()), ErrorKind::Denied, "`cohort.tables[0].uri`"),
        (with("/slides/table", format!("file://{outside}").into()), ErrorKind::Denied, "`slides.table`"),
        (with("/encoder/folder", "/etc".into()), ErrorKind::Denied, "`encoder.folder`"),
        (with("/cohort/tables/0/uri", "absent.csv".into()), ErrorKind::NotFound, "absent.csv"),
        (with("/cohort/predictors", json!([{"column": "r", "kind": "number"}])), ErrorKind::Invalid, "r"),
    ] {
        let error = user.submit(submission).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    std::fs::write(study.folder.join("slides.csv"), format!("slide_id,case_id,uri\ns0,p0,{outside}\n")).unwrap();
    // Whether it could be read is not told.
    let error = user.submit(study.submission()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(error.to_string().contains("slides.table, slide"), "{error}");
    assert!(user.0.clone().list(renkei_proto::v1::ListRequest {}).await.unwrap().into_inner().runs.is_empty());
}

#[tokio::test]
async fn without_a_worker_nobody_knows_what_a_run_is() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let user = User::of(&place, &serving).await;
    let error = user.submit(Study::of(&place).submission()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("no worker has joined"), "{error}");
}
