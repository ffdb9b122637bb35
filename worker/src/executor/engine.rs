//! How an executor runs a plan: a stage, at once and without files; anything else not at all.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::execution_plans::ShuffleWriterExec;
use ballista_core::serde::protobuf::ShuffleWritePartition;
use ballista_executor::execution_engine::{ExecutionEngine, QueryStageExecutor};
use ballista_executor::metrics::ExecutorMetricsCollector;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::SessionConfig;
use futures::TryStreamExt;
use renkei_stage::StageExec;

/// Runs the stage beneath Ballista's shuffle writer and leaves the writer out: what a stage yields is in the object store,
/// and nobody comes for rows. So no file is written, and none served.
#[derive(Debug)]
pub(super) struct StagesOnly;

impl ExecutionEngine for StagesOnly {
    fn create_query_stage_exec(
        &self,
        _: JobId,
        _: usize,
        _: usize,
        _: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        _: &str,
        _: &SessionConfig,
    ) -> Result<Arc<dyn QueryStageExecutor>> {
        let children = plan.children();
        match children.as_slice() {
            [stage] if plan.is::<ShuffleWriterExec>() && stage.is::<StageExec>() => {
                Ok(Arc::new(OneStage { stage: Arc::clone(stage) }))
            }
            _ => Err(DataFusionError::Plan("a worker runs stages and no other plan".into())),
        }
    }
}

/// One task: the shards of its partitions, one after the other.
#[derive(Debug)]
struct OneStage {
    stage: Arc<dyn ExecutionPlan>,
}

impl fmt::Display for OneStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stage.name())
    }
}

#[async_trait]
impl QueryStageExecutor for OneStage {
    async fn execute_query_stage(&self, _: usize, context: Arc<TaskContext>) -> Result<Vec<ShuffleWritePartition>> {
        for partition in 0..self.stage.output_partitioning().partition_count() {
            let rows = self.stage.execute(partition, Arc::clone(&context))?;
            rows.try_for_each(|_| async { Ok(()) }).await?;
        }
        Ok(Vec::new())
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        Vec::new()
    }
}

/// Ballista's own collector prints to standard output.
#[derive(Debug)]
pub(super) struct NoMetrics;

impl ExecutorMetricsCollector for NoMetrics {
    fn record_stage(&self, _: &JobId, _: usize, _: usize, _: Arc<dyn QueryStageExecutor>) {}
}

#[cfg(test)]
mod tests {
    use datafusion::physical_plan::empty::EmptyExec;
    use renkei_domain::RunId;
    use renkei_domain::plan::{Shard, Stage};
    use renkei_stage::Ticket;

    use super::*;

    fn offered(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn QueryStageExecutor>> {
        StagesOnly.create_query_stage_exec("job".into(), 1, 0, vec![0], plan, "", &SessionConfig::new())
    }

    fn written(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(ShuffleWriterExec::try_new("job".into(), 1, plan, String::new()).unwrap())
    }

    #[test]
    fn only_stages_are_run() {
        let ticket = Ticket { run: RunId::new("r").unwrap(), store: "memory:".into(), epoch: 1, wave: 1 };
        let stage = StageExec::ticketed(&[Shard::whole(Stage::Fit).unwrap()], ticket).unwrap();
        let other: Arc<dyn ExecutionPlan> = Arc::new(EmptyExec::new(stage.schema()));
        offered(written(Arc::clone(&stage))).unwrap();
        for refused in [stage, written(Arc::clone(&other)), other] {
            let error = offered(refused).err().unwrap();
            assert!(error.to_string().contains("no other plan"), "{error}");
        }
    }
}
