//! Who may call what.

use ballista_core::serde::protobuf::CancelJobParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use renkei_domain::ErrorKind;
use renkei_proto::v1;
use renkei_proto::v1::runs_client::RunsClient;
use renkei_proto::v1::workers_client::WorkersClient;
use renkei_transport::Role;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::place::Place;
use crate::talk::{NullWorker, User, announcement, kind};

#[tokio::test]
async fn a_worker_cannot_act_as_a_user_nor_a_user_as_a_worker() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let denied = |status: Status| assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    let worker = place.dial(&serving, Role::Worker, "w1");
    denied(RunsClient::new(worker.clone()).list(v1::ListRequest {}).await.unwrap_err());
    denied(RunsClient::new(worker).cancel(v1::CancelRequest { run: "r".into() }).await.unwrap_err());
    let user = place.dial(&serving, Role::User, "aiko");
    denied(WorkersClient::new(user.clone()).join(v1::Announcement::from(announcement("aiko", 1))).await.unwrap_err());
    denied(SchedulerGrpcClient::new(user).cancel_job(CancelJobParams::default()).await.unwrap_err());
    let coordinator = place.dial(&serving, Role::Coordinator, "c2");
    denied(RunsClient::new(coordinator).list(v1::ListRequest {}).await.unwrap_err());
}

#[tokio::test]
async fn a_worker_speaks_for_itself_only() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    NullWorker::joined(&place, &serving, "w1").await;
    let other = NullWorker::new(&place, &serving, "w2");
    let refused = other.join(announcement("w1", 2)).await.unwrap_err();
    assert_eq!(kind(&refused), ErrorKind::Denied, "{refused}");
    assert!(refused.message().contains("names w2"), "{refused}");
}

#[tokio::test]
async fn a_worker_that_could_not_work_here_is_refused() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    let worker = NullWorker::joined(&place, &serving, "w1").await;
    for (change, said) in [
        ((|a| a.equipment.slots = 1_000_000) as fn(&mut renkei_proto::workers::Announcement), "slots"),
        (|a| a.equipment.software = "0.0.1".into(), "0.0.1"),
        (|a| a.protocol = 99, "protocol"),
        (|a| a.equipment.memory_bytes = u64::MAX, "memory"),
    ] {
        let mut announcement = announcement("w1", 1);
        change(&mut announcement);
        let refused = worker.join(announcement).await.unwrap_err();
        assert_eq!(kind(&refused), ErrorKind::Invalid, "{refused}");
        assert!(refused.message().contains(said), "{refused}");
    }
    let taken = worker.join(announcement("w1", 2)).await.unwrap_err();
    assert_eq!(kind(&taken), ErrorKind::Conflict, "{taken}");
    assert!(!worker.beat().await.unwrap().please_rejoin, "refused words did not cost the worker its place");
}

#[tokio::test]
async fn everybody_with_a_certificate_sees_the_health_and_users_see_the_workers() {
    let place = Place::new();
    let serving = place.serve("c1", "").await;
    NullWorker::joined(&place, &serving, "w1").await.beat().await.unwrap();
    for role in [Role::User, Role::Worker, Role::Coordinator] {
        let mut health = HealthClient::new(place.dial(&serving, role, "x"));
        let answer = health.check(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    let user = User::of(&place, &serving).await;
    let workers = user.0.clone().workers(v1::WorkersRequest {}).await.unwrap().into_inner().workers;
    let seen: Vec<_> = workers.iter().map(|worker| (&*worker.id, worker.resident_bytes)).collect();
    assert_eq!(seen, [("w1", 4096)]);
}
