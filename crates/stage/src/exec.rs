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
use crate::{ShardError, ShardRunner, Ticket};

/// Runs the shards that its input yields; yields the id of each shard that is committed.
#[derive(Debug, Clone)]
pub struct StageExec {
    input: Arc<dyn ExecutionPlan>,
    duty: Duty,
    properties: Arc<PlanProperties>,
}

/// What a stage is there for in this process.
#[derive(Debug, Clone)]
pub(crate) enum Duty {
    /// Runs shards here.
    Run(Arc<dyn ShardRunner>, CancellationToken),
    /// Goes to a worker, which runs them.
    Carry(Ticket),
}

impl StageExec {
    /// The plan of `shards`: one partition a shard.
    pub fn plan(
        shards: &[Shard],
        runner: Arc<dyn ShardRunner>,
        cancel: CancellationToken,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::over(shard_source(shards)?, Duty::Run(runner, cancel))))
    }

    /// The plan of `shards` for workers: carries `ticket` to them and runs nowhere else.
    pub fn ticketed(shards: &[Shard], ticket: Ticket) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::over(shard_source(shards)?, Duty::Carry(ticket))))
    }

    /// What goes to a worker, if this stage does.
    pub(crate) fn ticket(&self) -> Option<&Ticket> {
        match &self.duty {
            Duty::Run(..) => None,
            Duty::Carry(ticket) => Some(ticket),
        }
    }

    pub(crate) fn over(input: Arc<dyn ExecutionPlan>, duty: Duty) -> Self {
        let partitions = Partitioning::UnknownPartitioning(input.output_partitioning().partition_count());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            partitions,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, duty, properties: Arc::new(properties) }
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
        Ok(Arc::new(Self::over(input, self.duty.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Duty::Run(runner, cancel) = self.duty.clone() else {
            return Err(DataFusionError::Internal("a stage with a ticket runs on workers only".into()));
        };
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

pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
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
