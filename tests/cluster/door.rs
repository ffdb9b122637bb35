//! What whoever reaches the scheduler's port can do to it.

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CancelJobParams, ExecuteQueryParams, ExecutorRegistration, PollWorkParams, RegisterExecutorParams, TaskStatus,
    UpdateTaskStatusParams, task_status,
};
use ballista_core::serde::scheduler::{ExecutorOperatingSystemSpecification, ExecutorSpecification};
use renkei_coordinator::engine::{Engine, WaveState};
use renkei_domain::WorkerId;
use renkei_stage::ExecutorId;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::ground::{Ground, shards};

pub(crate) fn registration(id: &str) -> ExecutorRegistration {
    ExecutorRegistration {
        id: id.into(),
        host: None,
        port: 0,
        grpc_port: 0,
        specification: Some(ExecutorSpecification::default().into()),
        os_info: Some(ExecutorOperatingSystemSpecification::default().into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

pub(crate) fn poll(registration: Option<ExecutorRegistration>, free: u32, statuses: Vec<TaskStatus>) -> PollWorkParams {
    PollWorkParams { metadata: registration, num_free_vcores: free, task_status: statuses }
}

async fn refused(client: &mut SchedulerGrpcClient<Channel>, poll: PollWorkParams) -> Status {
    client.poll_work(poll).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_bring_plans_or_meddle_with_waves() {
    let ground = Ground::new().await;
    let mut client = SchedulerGrpcClient::new(ground.channel().await);
    let denied = [
        client.execute_query(ExecuteQueryParams::default()).await.err().unwrap(),
        client.execute_query_push(ExecuteQueryParams::default()).await.err().unwrap(),
        client.cancel_job(CancelJobParams { job_id: "j".into() }).await.err().unwrap(),
        client.register_executor(RegisterExecutorParams { metadata: None }).await.err().unwrap(),
        client.update_task_status(UpdateTaskStatusParams::default()).await.err().unwrap(),
    ];
    assert!(denied.iter().all(|status| status.code() == Code::PermissionDenied), "{denied:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_polls_are_refused_and_do_no_harm() {
    let ground = Ground::new().await;
    let mut client = SchedulerGrpcClient::new(ground.channel().await);
    let good = registration("w/0000000000000001");
    for bad in [
        poll(None, 1, vec![]),
        poll(Some(registration("anyone")), 1, vec![]),
        poll(Some(ExecutorRegistration { specification: None, ..good.clone() }), 1, vec![]),
        poll(Some(ExecutorRegistration { os_info: None, ..good.clone() }), 1, vec![]),
        poll(Some(good.clone()), 1_000_000, vec![]),
    ] {
        assert_eq!(refused(&mut client, bad).await.code(), Code::InvalidArgument);
    }
    let other_version = ExecutorRegistration { ballista_protocol_version: 2, ..good.clone() };
    assert_eq!(refused(&mut client, poll(Some(other_version), 1, vec![])).await.code(), Code::FailedPrecondition);
    let strangers = client.poll_work(poll(Some(good), 9, vec![])).await.unwrap().into_inner();
    assert!(strangers.tasks.is_empty(), "who has not joined gets nothing");
}

/// Ballista's event loop indexes tasks by what a status says, and a panic there would end all scheduling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_of_a_task_that_there_is_not_ends_nothing() {
    let ground = Ground::new().await;
    let mut client = SchedulerGrpcClient::new(ground.channel().await);
    let id = ExecutorId { worker: WorkerId::new("w").unwrap(), incarnation: 1 };
    let _desk = ground.desk.join(id.clone(), &[]);
    let engine = ground.engine("r", 1, None);
    let wave = engine.submit(shards(2)).await.unwrap();
    ground.until_waiting(2).await;
    let me = registration(&id.to_string());
    let tasks = client.poll_work(poll(Some(me.clone()), 1, vec![])).await.unwrap().into_inner().tasks;
    assert_eq!(tasks.len(), 1, "one shard a slot");
    let status = |task_id, status| TaskStatus {
        task_id,
        job_id: tasks[0].job_id.clone(),
        stage_id: tasks[0].stage_id,
        status,
        ..TaskStatus::default()
    };
    let done = Some(task_status::Status::Successful(Default::default()));
    let wrong = vec![
        status(7, done.clone()),
        status(0, None),
        TaskStatus { job_id: "none".into(), ..status(0, done.clone()) },
        TaskStatus { stage_id: 99, ..status(0, done.clone()) },
    ];
    client.poll_work(poll(Some(me.clone()), 0, wrong)).await.unwrap();
    assert!(!engine.watch(wave).unwrap().borrow().is_over());

    let next = client.poll_work(poll(Some(me.clone()), 1, vec![status(0, done.clone())])).await.unwrap().into_inner();
    client.poll_work(poll(Some(me), 0, vec![status(next.tasks[0].task_id, done)])).await.unwrap();
    let mut state = engine.watch(wave).unwrap();
    assert_eq!(*state.wait_for(WaveState::is_over).await.unwrap(), WaveState::Finished);
}
