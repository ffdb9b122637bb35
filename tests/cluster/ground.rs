//! A coordinator's scheduler on a loopback port, and executors in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use renkei_coordinator::engine::ballista::{BallistaEngine, BallistaScheduler, Entitlement, MemoryTries};
use renkei_coordinator::engine::{Engine, WaveId, WaveState};
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::{RunId, ShardId, WorkerId};
use renkei_runtime::{Clock, SystemAttemptIds, SystemClock};
use renkei_stage::{ExecutorId, Hosting, RunHost, ShardError, ShardRunner, Ticket};
use renkei_worker::{ExecutorSettings, StageExecutor};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};

/// A scheduler that workers can reach, and the desk beside it.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) scheduler: BallistaScheduler,
    pub(crate) desk: Arc<MemoryTries>,
    pub(crate) address: SocketAddr,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::at(Arc::new(SystemClock::new())).await
    }

    /// With a scheduler that goes by `clock`.
    pub(crate) async fn at(clock: Arc<dyn Clock>) -> Self {
        let desk = Arc::new(MemoryTries::default());
        let scheduler = BallistaScheduler::start(desk.clone(), clock).await.unwrap();
        let incoming = TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap().with_nodelay(Some(true));
        let address = incoming.local_addr().unwrap();
        let server = Server::builder().add_service(scheduler.service()).serve_with_incoming(incoming);
        Self { scheduler, desk, address, server: tokio::spawn(server), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    /// A worker in `pools` that runs every shard with `runner`, `slots` at a time.
    pub(crate) async fn worker(&self, name: &str, pools: &[&str], slots: u32, runner: Arc<dyn ShardRunner>) -> Worker {
        let id = ExecutorId { worker: WorkerId::new(name).unwrap(), incarnation: 1 };
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let hosting = Hosting {
            host: Arc::new(OneRunner(runner)),
            desk: self.desk.join(id.clone(), pools),
            attempts: Arc::new(SystemAttemptIds),
            clock: Arc::new(SystemClock::new()),
            stop: CancellationToken::new(),
        };
        let settings = ExecutorSettings { id: id.clone(), slots: NonZeroU32::new(slots).unwrap(), folder };
        Worker { id, executor: StageExecutor::start(settings, self.channel().await, hosting) }
    }

    pub(crate) fn engine(&self, run: &str, weight: u32, pool: Option<&str>) -> BallistaEngine {
        let entitlement = Entitlement { weight: NonZeroU32::new(weight).unwrap(), pool: pool.map(ToOwned::to_owned) };
        self.scheduler.engine(RunId::new(run).unwrap(), "memory:".into(), 1, entitlement)
    }

    /// Returns when so many shards wait for an executor.
    pub(crate) async fn until_waiting(&self, shards: usize) {
        while self.scheduler.waiting().await.values().sum::<usize>() < shards {
            SystemClock::new().sleep(Duration::from_millis(10)).await;
        }
    }

    /// Files that anything left in the workers' folders.
    pub(crate) fn litter(&self) -> usize {
        let folders = std::fs::read_dir(self.folder.path()).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An executor in this process.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) id: ExecutorId,
    pub(crate) executor: StageExecutor,
}

/// Has every run open with the same runner.
#[derive(Debug)]
struct OneRunner(Arc<dyn ShardRunner>);

#[async_trait]
impl RunHost for OneRunner {
    async fn runner(&self, _: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError> {
        Ok(Arc::clone(&self.0))
    }
}

/// An engine with its own scheduler and two workers of two slots each, which go when it goes.
#[derive(Debug)]
pub(crate) struct WholeCluster {
    engine: BallistaEngine,
    _workers: [Worker; 2],
    ground: Ground,
}

impl WholeCluster {
    pub(crate) async fn new(runner: Arc<dyn ShardRunner>) -> Self {
        let ground = Ground::new().await;
        let workers =
            [ground.worker("one", &[], 2, Arc::clone(&runner)).await, ground.worker("two", &[], 2, runner).await];
        Self { engine: ground.engine("run", 1, None), _workers: workers, ground }
    }
}

#[async_trait]
impl Engine for WholeCluster {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        self.engine.submit(shards).await
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.engine.watch(wave)
    }

    async fn cancel(&self, wave: WaveId) {
        self.engine.cancel(wave).await;
    }
}

impl Drop for WholeCluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.ground.litter(), 0, "an executor left files behind");
        }
    }
}

pub(crate) fn shards(count: usize) -> Vec<Shard> {
    let one = |n| Shard { id: ShardId::new(format!("s{n:05}")).unwrap(), ..Shard::whole(Stage::Embed).unwrap() };
    (0..count).map(one).collect()
}

pub(crate) async fn end_of(engine: &dyn Engine, wave: WaveId) -> WaveState {
    let mut state = engine.watch(wave).unwrap();
    state.wait_for(WaveState::is_over).await.unwrap().clone()
}
