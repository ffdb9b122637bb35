//! The engine in this process: the same plan, executed by DataFusion, some partitions at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{StreamExt, TryStreamExt};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use renkei_runtime::{Clock, Policy, Seed, retry};
use renkei_stage::{ShardError, ShardRunner, StageExec};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Engine, WaveId, WaveState};

/// Runs waves in this process, `slots` shards at a time.
#[derive(Debug)]
pub struct LocalEngine {
    runner: Arc<dyn ShardRunner>,
    clock: Arc<dyn Clock>,
    slots: usize,
    next: AtomicU64,
    waves: Mutex<HashMap<WaveId, Wave>>,
}

#[derive(Debug)]
struct Wave {
    state: watch::Receiver<WaveState>,
    cancel: CancellationToken,
}

impl LocalEngine {
    /// An engine that hands shards to `runner`, `slots` (at least one) at a time.
    pub fn new(runner: Arc<dyn ShardRunner>, clock: Arc<dyn Clock>, slots: usize) -> Self {
        Self { runner, clock, slots: slots.max(1), next: AtomicU64::new(1), waves: Mutex::default() }
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        let cancel = CancellationToken::new();
        let plan = StageExec::plan(&shards, Arc::clone(&self.runner), cancel.clone())
            .map_err(|error| ShardError::new(ErrorKind::Internal, error.to_string()))?;
        let id = WaveId(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, state) = watch::channel(WaveState::Running { done: 0 });
        tokio::spawn(drive(plan, self.slots, Arc::clone(&self.clock), cancel.clone(), sender));
        self.waves.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Wave { state, cancel });
        Ok(id)
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.waves.lock().unwrap_or_else(PoisonError::into_inner).get(&wave).map(|wave| wave.state.clone())
    }

    async fn cancel(&self, wave: WaveId) {
        if let Some(wave) = self.waves.lock().unwrap_or_else(PoisonError::into_inner).get(&wave) {
            wave.cancel.cancel();
        }
    }
}

/// Executes every partition of `plan`. The first failure for good stops partitions that have not begun; those that run
/// finish, so that no work is thrown away and nothing runs once the wave is over.
async fn drive(
    plan: Arc<dyn ExecutionPlan>,
    slots: usize,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
    state: watch::Sender<WaveState>,
) {
    let partitions = plan.output_partitioning().partition_count();
    let context = Arc::new(TaskContext::default());
    let failed = CancellationToken::new();
    let mut tasks = futures::stream::iter(0..partitions)
        .map(|partition| {
            let (plan, context, clock) = (Arc::clone(&plan), Arc::clone(&context), Arc::clone(&clock));
            let stop = [cancel.clone(), failed.clone()];
            async move {
                if stop.iter().any(CancellationToken::is_cancelled) {
                    return Ok(());
                }
                tokio::spawn(partition_with_retries(plan, partition, context, clock))
                    .await
                    .map_err(|error| ShardError::new(ErrorKind::Internal, error.to_string()))?
            }
        })
        .buffer_unordered(slots);
    let (mut done, mut failure) = (0, None);
    while let Some(outcome) = tasks.next().await {
        match outcome {
            Ok(()) => {
                done += 1;
                state.send_replace(WaveState::Running { done });
            }
            Err(error) => {
                failed.cancel();
                failure.get_or_insert(error);
            }
        }
    }
    state.send_replace(match failure {
        _ if cancel.is_cancelled() => WaveState::Cancelled,
        Some(error) => WaveState::Failed(error),
        None => WaveState::Finished,
    });
}

async fn partition_with_retries(
    plan: Arc<dyn ExecutionPlan>,
    partition: usize,
    context: Arc<TaskContext>,
    clock: Arc<dyn Clock>,
) -> Result<(), ShardError> {
    let jitter = Seed::new(partition as u64).derive("retry of a shard");
    let retryable = |error: &ShardError| error.kind.retryable();
    retry(&Policy::REQUEST, clock.as_ref(), jitter, retryable, || {
        let (plan, context) = (Arc::clone(&plan), Arc::clone(&context));
        async move {
            let stream = plan.execute(partition, context).map_err(|error| shard_error(&error))?;
            stream.try_collect::<Vec<_>>().await.map(|_| ()).map_err(|error| shard_error(&error))
        }
    })
    .await
}

fn shard_error(error: &DataFusionError) -> ShardError {
    ShardError::of(error).cloned().unwrap_or_else(|| ShardError::new(ErrorKind::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use renkei_runtime::SystemClock;

    use super::*;
    use crate::engine::contract;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_local_engine_keeps_the_contract() {
        contract::run_all(async |runner| {
            let engine: Arc<dyn Engine> = Arc::new(LocalEngine::new(runner, Arc::new(SystemClock::new()), 2));
            engine
        })
        .await;
    }
}
