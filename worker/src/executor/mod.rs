//! Takes shards from a cluster's coordinator: Ballista's executor, embedded.
//!
//! It dials out and listens nowhere, writes no file, installs no signal handler and shares nothing between two of its kind
//! in one process. It runs stages and refuses any other plan, so a coordinator can make a worker do nothing else.

mod engine;
mod metadata;

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::error::BallistaError;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::protobuf::ExecutorStoppedParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::{BallistaCodec, BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::health::ExecutorHealth;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::future::BoxFuture;
use renkei_stage::{ExecutorId, Hosting, StageCodec};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::{Body as HttpBody, Bytes, StdError};

use engine::StagesOnly;
use metadata::registration;

/// How an executor is set.
#[derive(Debug, Clone)]
pub struct ExecutorSettings {
    /// Its name at the coordinator; another one each time the process starts.
    pub id: ExecutorId,
    /// Shards that it runs at once.
    pub slots: NonZeroU32,
    /// An empty folder of its own. Nothing is written there; Ballista deletes beneath it and nowhere else.
    pub folder: PathBuf,
}

/// An executor that takes shards. Dropping it stops it where it stands, as the end of its process would.
pub struct StageExecutor {
    id: ExecutorId,
    /// Tells whoever coordinates then that this executor is gone.
    farewell: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
    /// One permit a slot: what is free here is what the coordinator is asked to fill.
    slots: Arc<Semaphore>,
    count: NonZeroU32,
    health: ExecutorHealth,
    polls: JoinHandle<Result<(), BallistaError>>,
}

impl fmt::Debug for StageExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StageExecutor").field("id", &self.id).field("slots", &self.slots).finish_non_exhaustive()
    }
}

impl StageExecutor {
    /// Asks the coordinator behind `channel` for shards from now on, and runs them with `hosting`. The channel may lead to
    /// another coordinator later: shards that the first handed out go on to their end.
    #[must_use]
    pub fn start<C>(settings: ExecutorSettings, channel: C, hosting: Hosting) -> Self
    where
        C: GrpcService<Body, Future: Send, Error: Into<StdError>> + Clone + Send + Sync + 'static,
        C::ResponseBody: HttpBody<Data = Bytes, Error: Into<StdError> + Send> + Send + 'static,
    {
        let ExecutorSettings { id, slots: count, folder } = settings;
        let client = SchedulerGrpcClient::new(channel);
        let (slots, health) = (Arc::new(Semaphore::new(count.get() as usize)), ExecutorHealth::new());
        let codec = BallistaCodec::<LogicalPlanNode, PhysicalPlanNode>::new(
            Arc::new(BallistaLogicalExtensionCodec::default()),
            Arc::new(StageCodec::worker(Arc::new(BallistaPhysicalExtensionCodec::default()), hosting)),
        );
        let runtime = Arc::new(RuntimeEnv::default());
        let executor = ballista_executor::executor::Executor::new(
            registration(&id, count.get()),
            &folder.to_string_lossy(),
            Arc::new(move |_| Ok(Arc::clone(&runtime))),
            Arc::new(SessionConfig::new),
            Arc::new(no_functions()),
            Arc::new(engine::NoMetrics),
            count.get() as usize,
            Arc::new(StagesOnly),
        );
        let (ours, free) = (client.clone(), Some(Arc::clone(&slots)));
        let polls = tokio::spawn(poll_loop(ours, Arc::new(executor), codec, None, free, health.clone()));
        Self { farewell: farewell(client, &id), id, slots, count, health, polls }
    }

    /// Whether the coordinator answered the latest poll.
    #[must_use]
    pub fn is_polling(&self) -> bool {
        self.health.is_ready() && !self.polls.is_finished()
    }

    /// Takes no shard any more, lets those that run finish, and tells the coordinator that this executor is gone. Returns
    /// when nothing runs. A shard that was handed out in the meantime is left to others.
    pub async fn stop(mut self) {
        // Waiting for all slots, we are first in line for each: the coordinator is told that none is free.
        let all = Arc::clone(&self.slots).acquire_many_owned(self.count.get()).await;
        (self.farewell)().await;
        // The slots stay taken until nothing can ask for them.
        self.polls.abort();
        let _ = (&mut self.polls).await;
        drop(all);
    }
}

impl Drop for StageExecutor {
    fn drop(&mut self) {
        self.polls.abort();
    }
}

fn farewell<C>(client: SchedulerGrpcClient<C>, id: &ExecutorId) -> Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>
where
    C: GrpcService<Body, Future: Send, Error: Into<StdError>> + Clone + Send + Sync + 'static,
    C::ResponseBody: HttpBody<Data = Bytes, Error: Into<StdError> + Send> + Send + 'static,
{
    let gone = ExecutorStoppedParams { executor_id: id.to_string(), reason: "drained".into() };
    Box::new(move || {
        let (mut client, gone) = (client.clone(), gone.clone());
        Box::pin(async move {
            // A coordinator that is out of reach notices by silence.
            let _ = client.executor_stopped(gone).await;
        })
    })
}

fn no_functions() -> BallistaFunctionRegistry {
    BallistaFunctionRegistry {
        scalar_functions: Default::default(),
        aggregate_functions: Default::default(),
        window_functions: Default::default(),
        higher_order_functions: Default::default(),
    }
}
