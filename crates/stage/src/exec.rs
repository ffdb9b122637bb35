//! The plan node that runs shards.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{FutureExt, StreamExt, TryStreamExt};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use tokio_util::sync::CancellationToken;

use crate::rows::{shard_source, shards_of};
use crate::{ShardError, ShardRunner};

/// Runs the shards that its input yields; yields the id of each shard that is committed.
#[derive(Debug, Clone)]
pub struct StageExec {
    input: Arc<dyn ExecutionPlan>,
    runner: Arc<dyn ShardRunner>,
    cancel: CancellationToken,
    properties: Arc<PlanProperties>,
}

impl StageExec {
    /// The plan of `shards`: one partition a shard.
    pub fn plan(
        shards: &[Shard],
        runner: Arc<dyn ShardRunner>,
        cancel: CancellationToken,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::over(shard_source(shards)?, runner, cancel)))
    }

    fn over(input: Arc<dyn ExecutionPlan>, runner: Arc<dyn ShardRunner>, cancel: CancellationToken) -> Self {
        let partitions = Partitioning::UnknownPartitioning(input.output_partitioning().partition_count());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            partitions,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, runner, cancel, properties: Arc::new(properties) }
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("committed", DataType::Utf8, false)]))
}

impl DisplayAs for StageExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StageExec")
    }
}

impl ExecutionPlan for StageExec {
    fn name(&self) -> &'static str {
        "StageExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children)
            .map_err(|_| DataFusionError::Internal("a stage has exactly one input".into()))?;
        Ok(Arc::new(Self::over(input, Arc::clone(&self.runner), self.cancel.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (runner, cancel) = (Arc::clone(&self.runner), self.cancel.clone());
        let shards = self.input.execute(partition, context)?.map(|batch| {
            Ok::<_, DataFusionError>(futures::stream::iter(
                shards_of(&batch?)?.into_iter().map(Ok::<_, DataFusionError>),
            ))
        });
        let committed = shards.try_flatten().and_then(move |shard| run_one(Arc::clone(&runner), shard, cancel.clone()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), committed)))
    }
}

async fn run_one(runner: Arc<dyn ShardRunner>, shard: Shard, cancel: CancellationToken) -> Result<RecordBatch> {
    let id = shard.id.to_string();
    match AssertUnwindSafe(runner.run(shard, cancel)).catch_unwind().await {
        Ok(Ok(())) => Ok(RecordBatch::try_new(schema(), vec![Arc::new(StringArray::from(vec![id]))])?),
        Ok(Err(error)) => Err(engine_error(error)),
        Err(panic) => Err(engine_error(ShardError::new(ErrorKind::Internal, panic_text(panic.as_ref())))),
    }
}

/// Engines retry `IoError` and nothing else, so that is what a passing failure becomes.
fn engine_error(error: ShardError) -> DataFusionError {
    if error.kind.retryable() {
        DataFusionError::IoError(std::io::Error::other(error))
    } else {
        DataFusionError::External(Box::new(error))
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a defect stopped the shard: {}", text.unwrap_or("no message"))
}

impl ShardError {
    /// The shard's own error inside an engine's, if that is what stopped it.
    #[must_use]
    pub fn of(error: &DataFusionError) -> Option<&Self> {
        match error {
            DataFusionError::IoError(io) => io.get_ref()?.downcast_ref(),
            DataFusionError::External(other) => other.downcast_ref(),
            DataFusionError::Context(_, inner) => Self::of(inner),
            DataFusionError::Shared(inner) => Self::of(inner),
            _ => None,
        }
    }
}
