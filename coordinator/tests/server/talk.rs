//! What users and workers say, in a test's words.

use renkei_domain::{ErrorKind, WorkerId};
use renkei_proto::runs::{Accepted, Run, Submission};
use renkei_proto::v1::runs_client::RunsClient;
use renkei_proto::v1::workers_client::WorkersClient;
use renkei_proto::workers::{Announcement, Beat, Begin, End, Equipment, Permission, WorkerState};
use renkei_proto::{PROTOCOL, WireError, v1};
use renkei_stage::{ExecutorId, ShardError, Try};
use renkei_transport::Role;
use tonic::Status;
use tonic::transport::Channel;

use crate::place::{Place, Serving, until};

/// What a worker says that it computes in, batch aside.
pub(crate) const MACHINE: &str = "onnxruntime=0;build=t;provider=cpu;device=t;threads=1";

pub(crate) struct User(pub(crate) RunsClient<Channel>);

impl User {
    /// A user who has found that the coordinator leads.
    pub(crate) async fn of(place: &Place, serving: &Serving) -> Self {
        let user = Self(RunsClient::new(place.dial(serving, Role::User, "aiko")));
        until(async || user.0.clone().list(v1::ListRequest {}).await.ok()).await;
        user
    }

    pub(crate) async fn submit(&self, submission: Submission) -> Result<Accepted, WireError> {
        let answer = self.0.clone().submit(v1::SubmitRequest::from(submission)).await?;
        Accepted::try_from(answer.into_inner())
    }

    pub(crate) async fn get(&self, run: &str) -> Result<Run, WireError> {
        Run::try_from(self.0.clone().get(v1::GetRequest { run: run.to_owned() }).await?.into_inner())
    }

    pub(crate) async fn cancel(&self, run: &str) -> Result<Run, WireError> {
        Run::try_from(self.0.clone().cancel(v1::CancelRequest { run: run.to_owned() }).await?.into_inner())
    }

    /// Follows a run until its state is one that the test waits for, or the stream ends.
    pub(crate) async fn follow(&self, run: &str, wanted: impl Fn(&Run) -> bool) -> Run {
        let mut stream = self.0.clone().watch(v1::WatchRequest { run: run.to_owned() }).await.unwrap().into_inner();
        let mut last = None;
        while let Some(run) = stream.message().await.unwrap() {
            let run = Run::try_from(run).unwrap();
            if wanted(&run) {
                return run;
            }
            last = Some(run);
        }
        panic!("the stream ended with {last:?}")
    }
}

/// A worker that joins and beats, and never asks for a shard.
pub(crate) struct NullWorker {
    client: WorkersClient<Channel>,
    id: ExecutorId,
}

pub(crate) fn executor(worker: &str, incarnation: u64) -> ExecutorId {
    ExecutorId { worker: WorkerId::new(worker).unwrap(), incarnation }
}

pub(crate) fn announcement(worker: &str, incarnation: u64) -> Announcement {
    let equipment = Equipment {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        execution_class: Some(MACHINE.to_owned()),
        slots: 2,
        memory_bytes: 1 << 30,
        pools: vec![],
    };
    Announcement { caller: executor(worker, incarnation), protocol: PROTOCOL, equipment }
}

impl NullWorker {
    pub(crate) fn new(place: &Place, serving: &Serving, name: &str) -> Self {
        Self { client: WorkersClient::new(place.dial(serving, Role::Worker, name)), id: executor(name, 1) }
    }

    pub(crate) async fn join(&self, announcement: Announcement) -> Result<v1::Welcome, Status> {
        Ok(self.client.clone().join(v1::Announcement::from(announcement)).await?.into_inner())
    }

    pub(crate) async fn beat(&self) -> Result<v1::Directives, Status> {
        self.beat_with(vec![]).await
    }

    pub(crate) async fn beat_with(&self, running: Vec<Try>) -> Result<v1::Directives, Status> {
        let beat = Beat {
            caller: self.id.clone(),
            progress: vec![],
            running,
            resident_bytes: 4096,
            state: WorkerState::Working,
        };
        Ok(self.client.clone().beat(v1::BeatRequest::from(beat)).await?.into_inner())
    }

    pub(crate) async fn begin(&self, a_try: &Try) -> Permission {
        let begin = Begin { caller: self.id.clone(), a_try: a_try.clone() };
        let answer = self.client.clone().begin(v1::BeginRequest::from(begin)).await.unwrap();
        Permission::try_from(answer.into_inner()).unwrap()
    }

    pub(crate) async fn end(&self, a_try: &Try, outcome: Result<(), ShardError>) {
        let end = End { caller: self.id.clone(), a_try: a_try.clone(), outcome };
        self.client.clone().end(v1::EndRequest::from(end)).await.unwrap();
    }

    /// Joins as soon as the coordinator leads.
    pub(crate) async fn joined(place: &Place, serving: &Serving, name: &str) -> Self {
        let worker = Self::new(place, serving, name);
        until(async || match worker.join(announcement(name, 1)).await {
            Ok(welcome) => Some(welcome),
            Err(status) if kind(&status) == ErrorKind::Unavailable => None,
            Err(status) => panic!("{status}"),
        })
        .await;
        worker
    }
}

/// The kind of failure that a status carries.
pub(crate) fn kind(status: &Status) -> ErrorKind {
    WireError::from(status.clone()).kind()
}
