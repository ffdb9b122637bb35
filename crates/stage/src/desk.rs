//! Where a worker asks leave before it tries a shard, and tells how the try ended.
//!
//! An engine decides who *may* try a shard next; the desk of the leading coordinator knows who *does*. Cancelling, failures
//! with their kinds, and shards that kill whoever tries them are told here, because an engine's own word is not trusted.

use std::fmt::Debug;

use async_trait::async_trait;
use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, ShardId};
use tokio_util::sync::CancellationToken;

use crate::{ShardError, Ticket};

/// One try of one shard, as the desk knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The run and wave.
    pub ticket: Ticket,
    /// The stage.
    pub stage: Stage,
    /// The shard.
    pub shard: ShardId,
    /// Names this try; the artifacts' keys carry another id, made by the runner.
    pub attempt: AttemptId,
}

/// A worker's line to the desk.
#[async_trait]
pub trait Desk: Send + Sync + Debug {
    /// Asks leave to begin. `Ok(Some(token))`: go on, and stop when the token is cancelled. `Ok(None)`: the shard is no
    /// longer wanted (set aside, or its wave is over): return as if it were done. An error of kind `Fenced` means that
    /// the wave was cancelled or another coordinator leads.
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError>;

    /// Tells how the try ended. The desk may be out of reach: then the commit, if there is one, speaks for itself.
    async fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>);
}
