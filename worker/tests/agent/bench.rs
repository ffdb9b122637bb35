//! A host whose shards run until the test lets them finish.

use std::sync::Arc;

use async_trait::async_trait;
use renkei_domain::plan::Shard;
use renkei_proto::workers::RunProgress;
use renkei_stage::{RunHost, ShardError, ShardRunner, Ticket};
use renkei_worker::agent::runs::OpenRuns;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::trial::ticket;

/// Counts the shards that began, and holds them until [`Bench::finish`].
#[derive(Debug, Default)]
pub(crate) struct Bench {
    begun: watch::Sender<usize>,
    finish: watch::Sender<bool>,
}

impl Bench {
    /// Returns once `count` shards have begun.
    pub(crate) async fn begun(&self, count: usize) {
        self.begun.subscribe().wait_for(|begun| *begun >= count).await.unwrap();
    }

    /// Lets all shards finish well.
    pub(crate) fn finish(&self) {
        self.finish.send_replace(true);
    }
}

#[async_trait]
impl RunHost for Bench {
    async fn runner(&self, _: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError> {
        self.begun.send_modify(|begun| *begun += 1);
        Ok(Arc::new(Held(self.finish.subscribe())))
    }
}

impl OpenRuns for Bench {
    fn progress(&self) -> Vec<RunProgress> {
        vec![RunProgress { run: ticket(1).run, tiles_looked_at: 5, tiles_encoded: 3 }]
    }

    fn open(&self) -> usize {
        1
    }

    fn tidy(&self) {}
}

#[derive(Debug)]
struct Held(watch::Receiver<bool>);

#[async_trait]
impl ShardRunner for Held {
    async fn run(&self, _: Shard, cancel: CancellationToken) -> Result<(), ShardError> {
        let mut finish = self.0.clone();
        tokio::select! {
            _ = finish.wait_for(|finish| *finish) => Ok(()),
            () = cancel.cancelled() => Err(ShardError::cancelled()),
        }
    }
}
