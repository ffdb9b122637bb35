//! Who runs shards: one narrow trait. `local` runs them in this process, `ballista` on a cluster.
//!
//! **The engine's output is never trusted.** A wave that says it finished may have lost shards, one that says it failed
//! may have committed all of them; only commit records count, and the run driver counts those.

pub mod ballista;
mod local;

use std::fmt::Debug;

use async_trait::async_trait;
use renkei_domain::plan::Shard;
use renkei_stage::ShardError;
use tokio::sync::watch;

pub use local::LocalEngine;

/// Names a wave within its engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaveId(pub u64);

/// How a wave stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaveState {
    /// Shards are being run.
    Running {
        /// Shards that the engine says are done.
        done: usize,
    },
    /// The engine says that every shard was run.
    Finished,
    /// A shard failed for good, or the engine itself did.
    Failed(ShardError),
    /// Cancelled: nothing of it runs any more.
    Cancelled,
}

impl WaveState {
    /// Whether the wave will change no more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::Running { .. })
    }
}

/// Runs waves: bounded sets of shards.
#[async_trait]
pub trait Engine: Send + Sync + Debug {
    /// Starts a wave and returns at once. Shards that fail in passing are tried again by the engine.
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError>;

    /// The wave's state, now and as it changes; `None` for a wave that this engine does not know.
    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>>;

    /// Asks the wave to stop; its state becomes [`WaveState::Cancelled`] once nothing of it runs.
    async fn cancel(&self, wave: WaveId);
}

#[cfg(any(test, feature = "test-util"))]
pub mod contract;
