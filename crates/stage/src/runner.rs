//! What a worker does with one shard.

use std::fmt::Debug;

use async_trait::async_trait;
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// Why a shard was not committed. Its kind survives the engine and the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ShardError {
    /// What can be done about it.
    pub kind: ErrorKind,
    /// What happened, without anything from an image or a record.
    pub message: String,
}

impl ShardError {
    /// A failure of `kind`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What can be done about it, as every crate's error says it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The shard stopped because it was asked to.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Fenced, "cancelled")
    }
}

/// Computes and commits shards. Bad tiles and slides are committed as quarantined; only what concerns the whole run or
/// may pass by waiting is an error.
#[async_trait]
pub trait ShardRunner: Send + Sync + Debug {
    /// Computes `shard` and commits it, or returns at once if it is committed. `cancel` is looked at between tiles.
    async fn run(&self, shard: Shard, cancel: CancellationToken) -> Result<(), ShardError>;
}
