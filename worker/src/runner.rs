//! What an engine calls: computes one shard and commits it.

use std::sync::Arc;

use async_trait::async_trait;
use renkei_artifacts::commit;
use renkei_domain::AttemptId;
use renkei_domain::plan::{Shard, Stage, Work};
use renkei_stage::{ShardError, ShardRunner};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::reading::artifact_error;
use crate::{Attempt, Context, stages};

/// Runs the stages of one run.
#[derive(Debug)]
pub struct StageRunner {
    context: Arc<Context>,
    epoch: u64,
}

impl StageRunner {
    /// A runner over `context` whose commits carry the fencing number `epoch`.
    #[must_use]
    pub fn new(context: Arc<Context>, epoch: u64) -> Self {
        Self { context, epoch }
    }

    async fn attempt(&self, shard: &Shard, id: AttemptId, cancel: &CancellationToken) -> Result<(), ShardError> {
        let context = &self.context;
        let mut attempt = Attempt::new(&context.store, shard, id, context.clock.now());
        self.compute(shard, &mut attempt, cancel).instrument(tracing::info_span!("compute")).await?;
        let record = attempt.into_record(self.epoch, context.clock.now());
        commit(&context.store, &record).instrument(tracing::info_span!("commit")).await.map_err(artifact_error)?;
        Ok(())
    }

    async fn compute(
        &self,
        shard: &Shard,
        attempt: &mut Attempt<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), ShardError> {
        let context = &self.context;
        match (&shard.work, shard.stage) {
            (Work::Band(band), _) => stages::embed::run(context, band, attempt, cancel).await,
            (Work::Whole, Stage::Cohort) => stages::cohort::run(context, attempt).await,
            (Work::Whole, Stage::Embed) => Err(stages::defect("the embed stage comes in bands")),
            (Work::Whole, Stage::Compress) => stages::compress::run(context, attempt, cancel).await,
            (Work::Whole, Stage::Cluster) => stages::cluster::run(context, attempt, cancel).await,
            (Work::Whole, Stage::Summarise) => stages::summarise::run(context, attempt).await,
            (Work::Whole, Stage::Fit) => stages::fit::run(context, attempt).await,
            (Work::Whole, Stage::Score) => stages::score::run(context, attempt).await,
            (Work::Whole, Stage::Report) => stages::report::run(context, attempt).await,
        }
    }
}

#[async_trait]
impl ShardRunner for StageRunner {
    async fn run(&self, shard: Shard, cancel: CancellationToken) -> Result<(), ShardError> {
        let context = &self.context;
        if context.store.commit_of(shard.stage, &shard.id).await.map_err(artifact_error)?.is_some() {
            return Ok(());
        }
        let attempt = context.attempts.next();
        let (run, stage) = (context.store.run(), shard.stage);
        let span = tracing::info_span!("try", %run, %stage, shard = %shard.id, %attempt);
        renkei_telemetry::run::adopt(&span, run);
        self.attempt(&shard, attempt, &cancel).instrument(span).await
    }
}
