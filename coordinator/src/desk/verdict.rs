//! Which shards are set aside because they kill the workers that try them.

use std::fmt::Debug;

use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId};

/// Says which shards nobody survives.
pub trait Verdicts: Send + Sync + Debug {
    /// Shards of the stage whose tries ended [`super::rules::POISON_DEATHS`] times with a lost worker.
    fn poison(&self, run: &RunId, stage: Stage) -> Vec<ShardId>;
}

/// For an engine without workers: a shard that kills its process kills the run's own, which then goes on with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVerdicts;

impl Verdicts for NoVerdicts {
    fn poison(&self, _: &RunId, _: Stage) -> Vec<ShardId> {
        Vec::new()
    }
}
