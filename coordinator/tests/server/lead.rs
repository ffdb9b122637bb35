//! Two coordinators: one leads, the other stands by and goes on where the first stopped.

use renkei_domain::ErrorKind;
use renkei_proto::WireError;
use renkei_proto::runs::RunState;
use renkei_proto::v1;
use renkei_proto::v1::runs_client::RunsClient;
use renkei_transport::Role;

use crate::place::Place;
use crate::study::Study;
use crate::talk::{NullWorker, User, announcement, kind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_names_who_leads_and_goes_on_with_its_runs() {
    let place = Place::new();
    let first = place.serve("c1", "").await;
    let user = User::of(&place, &first).await;
    NullWorker::joined(&place, &first, "w1").await;
    let study = Study::of(&place);
    let run = user.submit(study.submission()).await.unwrap().run;
    user.follow(run.as_str(), |run| matches!(run.state, RunState::Running { .. })).await;

    let second = place.serve("c2", "").await;
    let standing_by = RunsClient::new(place.dial(&second, Role::User, "aiko"));
    let refused = WireError::from(standing_by.clone().list(v1::ListRequest {}).await.unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    let there = format!("c1 at {}", first.ready.serves);
    assert!(refused.to_string().contains(&there), "{refused}");
    let refused = NullWorker::new(&place, &second, "w1").join(announcement("w1", 1)).await.unwrap_err();
    assert_eq!(kind(&refused), ErrorKind::Unavailable, "{refused}");

    study.commit_everything().await;
    first.stop().await;
    let user = User::of(&place, &second).await;
    let over = user.follow(run.as_str(), |run| run.state.is_over()).await;
    assert!(matches!(over.state, RunState::Sealed { .. }), "{over:?}");
    assert_eq!((&*over.leader, over.epoch), ("c2", 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_inputs_changed_is_stopped_by_the_next_leader_which_says_what_changed() {
    let place = Place::new();
    let first = place.serve("c1", "").await;
    let user = User::of(&place, &first).await;
    NullWorker::joined(&place, &first, "w1").await;
    let study = Study::of(&place);
    let run = user.submit(study.submission()).await.unwrap().run;
    first.stop().await;

    let records = std::fs::read_to_string(study.folder.join("patients.csv")).unwrap();
    std::fs::write(study.folder.join("patients.csv"), records.replace("p1,", "p1000,")).unwrap();
    let second = place.serve("c2", "").await;
    let user = User::of(&place, &second).await;
    let over = user.follow(run.as_str(), |run| run.state.is_over()).await;
    let RunState::Stopped { kind, reason } = over.state else { panic!("{over:?}") };
    assert_eq!(kind, ErrorKind::Conflict);
    assert!(reason.contains("table patients has other content"), "{reason}");
}
