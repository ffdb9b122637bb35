//! What a caller with a good certificate may call.

use std::sync::Arc;
use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_runtime::clock::ManualClock;
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use renkei_transport::{Role, Rules, Servers, is_lost};
use tonic::{Code, Status};

use crate::trial::{CHECK, Serving, TOKYO, Trial, asks, check, clock, dial, identity, open, valid, watch};

/// Users check, workers watch.
fn apart() -> Rules {
    Rules::new().allow(CHECK, &[Role::User]).unwrap().allow(crate::trial::WATCH, &[Role::Worker]).unwrap()
}

#[tokio::test]
async fn a_worker_may_not_call_what_is_for_users() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(apart()).await;
    let worker = Servers::new(&[coordinator.url()], &trial.credentials(Role::Worker, TOKYO)).unwrap();
    let error = worker.find(check).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("the role worker may not call /grpc.health.v1.Health/Check"), "{error}");
    assert_eq!(coordinator.callers(), []);
    let stream = worker.find(watch).await.unwrap().answer;
    drop(stream);
    assert_eq!(coordinator.callers(), [identity(Role::Worker, TOKYO, "it")]);
}

#[tokio::test]
async fn a_path_that_no_rule_lists_is_shut_to_everybody() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(Rules::new().allow(CHECK, &[Role::User]).unwrap()).await;
    let user = Servers::new(&[coordinator.url()], &trial.credentials(Role::User, TOKYO)).unwrap();
    user.find(check).await.unwrap();
    let error = user.find(watch).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("no role may call this path"), "{error}");
    assert_eq!(coordinator.callers().len(), 1);
}

#[tokio::test]
async fn another_site_s_certificate_is_refused_though_the_authority_is_the_same() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    let issued = trial.issue(Role::User, "osaka", valid());
    let status = check(trial.intruder(coordinator.at, Some(&issued))).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(!is_lost(&status), "{status}");
    assert_eq!(status.message(), "the caller is spiffe://osaka/renkei/user/it, and this server is for tokyo only");
    assert_eq!(coordinator.callers(), []);
    // An honest process of the other site does not even ask.
    let error = dial(&trial.credentials(Role::User, "osaka"), &coordinator.url()).await.unwrap_err();
    assert!(error.to_string().contains("not a coordinator of osaka"), "{error}");
}

#[tokio::test]
async fn a_connection_that_outlives_its_certificate_is_refused() {
    let trial = Trial::new();
    let time = Arc::new(ManualClock::new(clock().now()));
    let credentials = trial.credentials(Role::Coordinator, TOKYO);
    let coordinator = Serving::start(&credentials, open(), Arc::clone(&time) as _).await;
    let user = Servers::new(&[coordinator.url()], &trial.credentials(Role::User, TOKYO)).unwrap();
    let channel = user.find(check).await.unwrap().channel;
    time.advance(Duration::from_secs(25 * 3600));
    let status = check(channel).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.message().contains("the caller's certificate is valid from"), "{status}");
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_the_connection_goes_on() {
    let trial = Trial::new();
    let coordinator = trial.coordinator(open()).await;
    let user = Servers::new(&[coordinator.url()], &trial.credentials(Role::User, TOKYO)).unwrap();
    let channel = user.find(check).await.unwrap().channel;
    // Five bytes of such a message are its field's tag and length.
    for (bytes, code) in [(MAX_MESSAGE_BYTES - 5, Code::NotFound), (MAX_MESSAGE_BYTES - 4, Code::OutOfRange)] {
        let status: Status = asks(channel.clone(), &"x".repeat(bytes)).await.unwrap_err();
        assert_eq!(status.code(), code, "{bytes} bytes: {status}");
    }
    check(channel).await.unwrap();
}

#[tokio::test]
async fn of_several_coordinators_the_one_that_answers_is_found_and_else_each_one_s_reason_is_told() {
    let trial = Trial::new();
    let (leading, standing_by) = (trial.coordinator(open()).await, Rules::new());
    let credentials = trial.credentials(Role::Worker, TOKYO);
    let other = Trial::new().coordinator(standing_by).await;
    let urls = [other.url(), "https://127.0.0.1:1".to_owned(), leading.url()];
    let found = Servers::new(&urls, &credentials).unwrap().find(check).await.unwrap();
    assert_eq!(found.url, leading.url());
    check(found.channel).await.unwrap();

    let error = Servers::new(&urls[..2], &credentials).unwrap().find(check).await.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(text.contains(&format!("{}: the server's certificate was not signed by", other.url())), "{text}");
    assert!(text.contains("https://127.0.0.1:1: ") && text.contains("refused"), "{text}");
}
