//! Runs waves on a cluster: Ballista's scheduler, embedded, with its doors shut but for asking for work.
//!
//! Ballista decides which executor *may* try a shard next. Who *does* is known to the desk ([`Tries`]): a wave is over when
//! nothing of it is in flight there, whatever Ballista says, and the kind of a failure is the desk's word. What Ballista
//! forgets (an answer or a status lost on the wire leaves a task "running" for ever) is noticed by its silence, and left
//! to the run driver, which counts commits and submits again. Facts and figures: docs/adr/004-ballista-embedded.md.

mod door;
#[cfg(any(test, feature = "test-util"))]
mod memory;
mod policy;
mod run;
mod settings;
mod shares;
mod tries;
mod wave;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ballista_core::extension::SessionConfigExt;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_core::utils::{default_config_producer, default_session_builder};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::scheduler_process::create_scheduler;
use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use renkei_domain::{ErrorKind, RunId};
use renkei_runtime::Clock;
use renkei_stage::{ShardError, Ticket};

pub use door::Door;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryTries;
pub use run::BallistaEngine;
pub use shares::Entitlement;
pub use tries::{Tally, Tries};

use policy::FairShares;
use shares::Shares;

/// Ballista's scheduler, made printable.
#[derive(Clone)]
struct Scheduler(SchedulerServer<LogicalPlanNode, PhysicalPlanNode>);

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scheduler")
    }
}

/// The scheduler of one coordinator. Make one a process: its event loop and its look-out for lost executors run until
/// the process ends.
#[derive(Clone)]
pub struct BallistaScheduler {
    scheduler: Scheduler,
    shares: Arc<Mutex<Shares>>,
    tries: Arc<dyn Tries>,
    clock: Arc<dyn Clock>,
    session: Arc<SessionContext>,
    last_wave: Arc<AtomicU64>,
}

impl fmt::Debug for BallistaScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BallistaScheduler").field("shares", &self.shares).finish_non_exhaustive()
    }
}

impl BallistaScheduler {
    /// Starts the scheduler. It listens nowhere: mount [`BallistaScheduler::service`] on the coordinator's server.
    pub async fn start(tries: Arc<dyn Tries>, clock: Arc<dyn Clock>) -> Result<Self, ShardError> {
        let shares = Arc::new(Mutex::new(Shares::default()));
        let policy = FairShares::new(Arc::clone(&shares), Arc::clone(&tries));
        let settings = Arc::new(settings::of(policy));
        let cluster = BallistaCluster::new_memory(
            settings.scheduler_id.clone(),
            Arc::new(default_session_builder),
            Arc::new(default_config_producer),
        );
        let scheduler = create_scheduler(cluster, settings)
            .await
            .map_err(|error| ShardError::new(ErrorKind::Internal, format!("scheduler cannot start: {error}")))?;
        let session = SessionContext::new_with_config(SessionConfig::new_with_ballista());
        Ok(Self {
            scheduler: Scheduler(scheduler),
            shares,
            tries,
            clock,
            session: Arc::new(session),
            last_wave: Arc::default(),
        })
    }

    /// What workers' executors call, to be mounted where only workers can reach it.
    #[must_use]
    pub fn service(&self) -> SchedulerGrpcServer<Door> {
        SchedulerGrpcServer::new(Door::new(self.scheduler.clone()))
    }

    /// An engine for one run, whose commits carry `epoch` and lie in `store` (a URL that workers can open). The run shares
    /// the slots as `entitlement` says until its last engine is dropped, which cancels what is left of its waves.
    #[must_use]
    pub fn engine(&self, run: RunId, store: String, epoch: u64, entitlement: Entitlement) -> BallistaEngine {
        BallistaEngine::new(self.clone(), Ticket { run, store, epoch, wave: 0 }, entitlement)
    }

    /// Shards that no executor has yet, by run: what to scale workers by.
    pub async fn waiting(&self) -> BTreeMap<RunId, usize> {
        let mut waiting = BTreeMap::new();
        for info in self.scheduler.0.state.task_manager.get_running_job_cache().values() {
            let graph = info.execution_graph.read().await;
            if let Some((run, _)) = policy::run_and_wave(graph.job_name()) {
                *waiting.entry(run).or_default() += graph.available_tasks();
            }
        }
        waiting
    }

    fn next_wave(&self) -> u64 {
        self.last_wave.fetch_add(1, Ordering::Relaxed) + 1
    }
}
