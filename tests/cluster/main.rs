//! Ballista, embedded, with real executors over loopback: the engine's contract, and what is Ballista's alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod door;
mod ground;
mod loss;
mod sharing;

use std::sync::Arc;

use ground::WholeCluster;
use renkei_coordinator::engine::{Engine, contract};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cluster_keeps_the_contract() {
    contract::run_all(async |runner| {
        let engine: Arc<dyn Engine> = Arc::new(WholeCluster::new(runner).await);
        engine
    })
    .await;
}
