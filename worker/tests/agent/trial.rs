//! A site's authority, and a worker under test with a clock that the test moves.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use renkei_domain::plan::{Shard, Stage};
use renkei_domain::{AttemptId, RunId, WorkerId};
use renkei_runtime::clock::{ManualClock, Timestamp};
use renkei_runtime::{Clock as _, MemoryBudget, Shutdown, SystemClock};
use renkei_stage::{ExecutorId, HostedRunner, ShardError, ShardRunner as _, Ticket, Try};
use renkei_transport::{Authority, Credentials, Identity, Role, Servers, Validity};
use renkei_worker::WorkerError;
use renkei_worker::agent::{Agent, AgentSettings};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::bench::Bench;
use crate::coordinator::Scripted;

pub(crate) const DRAIN: Duration = Duration::from_secs(300);

/// The site `tokyo` and a folder for its keys.
pub(crate) struct Trial {
    authority: Authority,
    validity: Validity,
    pub(crate) folder: TempDir,
    issued: AtomicUsize,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let hour = 3_600_000;
        let now = SystemClock::new().now().unix_millis();
        let at = |millis| Timestamp::from_unix_millis(millis).unwrap();
        let validity = Validity { from: at(now - hour), until: at(now + hour) };
        let authority = Authority::new("tokyo", validity).unwrap();
        Self { authority, validity, folder: tempfile::tempdir().unwrap(), issued: AtomicUsize::new(0) }
    }

    pub(crate) fn credentials(&self, role: Role, name: &str) -> Credentials {
        let identity = Identity::new(role, "tokyo", name).unwrap();
        let issued = self.authority.issue(&identity, &["127.0.0.1"], self.validity).unwrap();
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let files = issued.write(&self.folder.path().join(format!("keys-{number}"))).unwrap();
        Credentials::read(&files, &SystemClock::new()).unwrap()
    }

    pub(crate) fn coordinator(&self, name: &str, epoch: u64) -> Scripted {
        Scripted::start(self.credentials(Role::Coordinator, name), name, epoch)
    }

    /// A worker that knows `coordinators`.
    pub(crate) fn worker(&self, coordinators: &[&Scripted]) -> Worker {
        let urls: Vec<String> = coordinators.iter().map(|coordinator| coordinator.url.clone()).collect();
        self.worker_as(Role::Worker, &urls)
    }

    /// A worker with a certificate of `role`.
    pub(crate) fn worker_as(&self, role: Role, urls: &[String]) -> Worker {
        let coordinators = Servers::new(urls, &self.credentials(role, "w1")).unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()));
        let settings = AgentSettings {
            id: ExecutorId { worker: WorkerId::new("w1").unwrap(), incarnation: 7 },
            execution_class: Some("onnxruntime=x;threads=1".to_owned()),
            slots: NonZeroU32::new(2).unwrap(),
            memory: MemoryBudget::new("64MiB".parse().unwrap()).unwrap(),
            pools: vec!["gpu".to_owned()],
            scratch: self.folder.path().join("scratch"),
            drain: DRAIN,
        };
        let bench = Arc::new(Bench::default());
        let agent = Arc::new(Agent::new(settings, coordinators, Arc::clone(&bench) as _, Arc::clone(&clock) as _));
        Worker { agent, bench, clock, shutdown: Shutdown::new() }
    }
}

/// A worker under test.
pub(crate) struct Worker {
    pub(crate) agent: Arc<Agent>,
    pub(crate) bench: Arc<Bench>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) shutdown: Shutdown,
}

impl Worker {
    pub(crate) fn run(&self) -> JoinHandle<Result<(), WorkerError>> {
        let (agent, shutdown) = (Arc::clone(&self.agent), self.shutdown.clone());
        tokio::spawn(async move { agent.run(&shutdown).await })
    }

    /// Time flies from now on: whoever sleeps has slept.
    pub(crate) fn time_flies(&self) {
        let clock = Arc::clone(&self.clock);
        tokio::spawn(async move {
            loop {
                clock.advance_to_next_sleeper().await;
                tokio::task::yield_now().await;
            }
        });
    }

    /// Tries a shard of the wave as the engine would.
    pub(crate) fn try_shard(&self, wave: u64) -> JoinHandle<Result<(), ShardError>> {
        let hosting = self.agent.hosting();
        let stop = hosting.stop.clone();
        let runner = HostedRunner::new(hosting, ticket(wave));
        tokio::spawn(async move { runner.run(shard(), stop).await })
    }
}

pub(crate) fn ticket(wave: u64) -> Ticket {
    Ticket { run: RunId::new("r1").unwrap(), store: "memory:///".to_owned(), epoch: 1, wave }
}

fn shard() -> Shard {
    Shard::whole(Stage::Fit).unwrap()
}

pub(crate) fn a_try(wave: u64, attempt: &str) -> Try {
    let shard = shard();
    Try { ticket: ticket(wave), stage: shard.stage, shard: shard.id, attempt: AttemptId::new(attempt).unwrap() }
}
