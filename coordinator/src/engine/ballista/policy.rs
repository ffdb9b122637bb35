//! Which shard an executor gets when it asks: ours, since Ballista's own policies walk a hash map of runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::serde::protobuf::AvailableVcores;
use ballista_core::serde::scheduler::TaskKey;
use ballista_scheduler::cluster::{BoundTask, DistributionPolicy};
use ballista_scheduler::state::execution_graph::{TaskDescription, create_task_info};
use ballista_scheduler::state::task_manager::JobInfoCache;
use renkei_domain::RunId;
use renkei_stage::{ExecutorId, Ticket};

use super::{Shares, Tries};

/// Fair shares over runs, within the pools that they ask for; within a run, the oldest wave first. One shard a task.
#[derive(Debug)]
pub(super) struct FairShares {
    shares: Arc<Mutex<Shares>>,
    tries: Arc<dyn Tries>,
    /// One executor is served at a time, so that what each sees of the others' tries is true.
    turn: tokio::sync::Mutex<()>,
}

/// Waves that have shards to give, by run and then by age.
type Waiting<'a> = BTreeMap<RunId, BTreeMap<u64, Pending<'a>>>;

struct Pending<'a> {
    job: &'a JobId,
    shards: usize,
    graph: &'a JobInfoCache,
}

/// The name under which Ballista keeps a wave.
pub(super) fn job_name(ticket: &Ticket) -> String {
    format!("{}/{}", ticket.run, ticket.wave)
}

/// Reads a name that [`job_name`] made.
pub(super) fn run_and_wave(job_name: &str) -> Option<(RunId, u64)> {
    let (run, wave) = job_name.rsplit_once('/')?;
    Some((RunId::new(run).ok()?, wave.parse().ok()?))
}

impl FairShares {
    pub(super) fn new(shares: Arc<Mutex<Shares>>, tries: Arc<dyn Tries>) -> Self {
        Self { shares, tries, turn: tokio::sync::Mutex::default() }
    }

    /// What `executor` may take.
    async fn survey<'a>(&self, executor: &ExecutorId, jobs: &'a HashMap<JobId, JobInfoCache>) -> Waiting<'a> {
        let mut waiting = Waiting::new();
        for (job, info) in jobs {
            let graph = info.execution_graph.read().await;
            let shards = graph.available_tasks();
            let Some((run, wave)) = run_and_wave(graph.job_name()).filter(|_| shards > 0) else { continue };
            if self.may_take(executor, &run) {
                waiting.entry(run).or_default().insert(wave, Pending { job, shards, graph: info });
            }
        }
        waiting
    }

    fn may_take(&self, executor: &ExecutorId, run: &RunId) -> bool {
        let shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.pool(run).is_some_and(|pool| self.tries.takes(executor, pool))
    }

    /// Fills the slots that `budget` has free.
    async fn serve(
        &self,
        budget: &mut AvailableVcores,
        jobs: &HashMap<JobId, JobInfoCache>,
    ) -> datafusion::error::Result<Vec<BoundTask>> {
        let mut bound = Vec::new();
        let Ok(executor) = budget.executor_id.parse() else { return Ok(bound) };
        let (mut waiting, mut given) = (self.survey(&executor, jobs).await, BTreeMap::new());
        while budget.vcores > 0 {
            let Some(run) = self.next_run(&waiting, &given) else { break };
            let Some(waves) = waiting.get_mut(&run) else { break };
            let Some(mut wave) = waves.first_entry() else { break };
            wave.get_mut().shards = wave.get().shards.saturating_sub(1);
            let task = bind(budget, wave.get()).await;
            if wave.get().shards == 0 || task.is_none() {
                wave.remove();
            }
            if let Some(task) = task {
                budget.vcores -= 1;
                *given.entry(run).or_default() += 1;
                bound.push((budget.executor_id.clone(), task));
            }
        }
        Ok(bound)
    }

    /// The run whose turn it is, given what this executor has got already.
    fn next_run(&self, waiting: &Waiting<'_>, given: &BTreeMap<RunId, usize>) -> Option<RunId> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let able = waiting.iter().filter(|(_, waves)| !waves.is_empty());
        let able: Vec<_> =
            able.map(|(run, _)| (run, shares.in_flight(run) + given.get(run).copied().unwrap_or_default())).collect();
        shares.next(able.into_iter()).cloned()
    }
}

/// Takes the next shard of a wave for the executor; `None` where the wave has none any more.
async fn bind(budget: &AvailableVcores, wave: &Pending<'_>) -> Option<TaskDescription> {
    let mut graph = wave.graph.execution_graph.write().await;
    let session_id = graph.session_id().to_owned();
    let stage = graph.fetch_running_stage(&[])?;
    let partitions = stage.pending.next_slice(1);
    let shard = *partitions.first()?;
    let mut task = create_task_info(budget.executor_id.clone(), stage.task_infos.len());
    task.global_input_partition_ids.clone_from(&partitions);
    task.vcores_consumed = 1;
    let key = TaskKey { job_id: wave.job.clone(), stage_id: stage.stage_id, task_id: task.task_id };
    stage.task_infos.push(task);
    Some(TaskDescription {
        session_id,
        key,
        stage_attempt_num: stage.stage_attempt_num,
        task_attempt: stage.task_failure_numbers.get(shard).copied().unwrap_or_default(),
        global_input_partition_ids: partitions,
        vcores_consumed: 1,
        plan: Arc::clone(&stage.plan),
        session_config: Arc::clone(&stage.session_config),
    })
}

#[async_trait]
impl DistributionPolicy for FairShares {
    fn name(&self) -> &'static str {
        "fair shares"
    }

    async fn bind_tasks(
        &self,
        budgets: Vec<&mut AvailableVcores>,
        running_jobs: Arc<HashMap<JobId, JobInfoCache>>,
    ) -> datafusion::error::Result<Vec<BoundTask>> {
        let mut bound = Vec::new();
        for budget in budgets {
            if budget.vcores > 0 && !running_jobs.is_empty() {
                let _turn = self.turn.lock().await;
                bound.append(&mut self.serve(budget, &running_jobs).await?);
            }
        }
        Ok(bound)
    }
}
