//! A shard runner that opens its run on demand and asks the desk before every try.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use renkei_runtime::{AttemptIds, Clock, Policy, Seed, retry};
use tokio_util::sync::CancellationToken;

use crate::exec::panic_text;
use crate::{Desk, RunHost, ShardError, ShardRunner, Ticket, Try};

/// What a worker runs shards of any run with.
#[derive(Debug, Clone)]
pub struct Hosting {
    /// Opens runs.
    pub host: Arc<dyn RunHost>,
    /// The line to the leading coordinator.
    pub desk: Arc<dyn Desk>,
    /// Names tries.
    pub attempts: Arc<dyn AttemptIds>,
    /// The time, for waits between tries.
    pub clock: Arc<dyn Clock>,
    /// Asks every try to stop, when the worker must go at once.
    pub stop: CancellationToken,
}

/// Runs the shards of one ticket on a worker. A passing failure is tried again here, with waits between; every try asks
/// the desk and tells it how it ended.
#[derive(Debug)]
pub struct HostedRunner {
    hosting: Hosting,
    ticket: Ticket,
}

impl HostedRunner {
    /// A runner for `ticket`; opens nothing yet.
    #[must_use]
    pub fn new(hosting: Hosting, ticket: Ticket) -> Self {
        Self { hosting, ticket }
    }

    async fn one_try(&self, shard: &Shard, cancel: &CancellationToken) -> Result<(), ShardError> {
        if cancel.is_cancelled() {
            return Err(ShardError::cancelled());
        }
        let a_try = Try {
            ticket: self.ticket.clone(),
            stage: shard.stage,
            shard: shard.id.clone(),
            attempt: self.hosting.attempts.next(),
        };
        let outcome = match self.hosting.desk.begin(&a_try).await {
            Ok(Some(leave)) => self.compute(shard, leave, cancel).await,
            Ok(None) => return Ok(()),
            // The answer may be what was lost: then the desk thinks that this try goes on.
            Err(error) if error.kind.retryable() => Err(error),
            Err(error) => return Err(error),
        };
        self.hosting.desk.end(&a_try, &outcome).await;
        outcome
    }

    /// Opens the run and computes the shard, until either the desk or the worker asks to stop.
    async fn compute(
        &self,
        shard: &Shard,
        leave: CancellationToken,
        cancel: &CancellationToken,
    ) -> Result<(), ShardError> {
        let stop = leave.child_token();
        let work = async {
            let runner = self.hosting.host.runner(&self.ticket).await?;
            runner.run(shard.clone(), stop.clone()).await
        };
        let mut work = pin!(AssertUnwindSafe(work).catch_unwind());
        let outcome = match cancel.run_until_cancelled(work.as_mut()).await {
            Some(outcome) => outcome,
            None => {
                stop.cancel();
                work.await
            }
        };
        outcome.unwrap_or_else(|panic| Err(ShardError::new(ErrorKind::Internal, panic_text(panic.as_ref()))))
    }
}

#[async_trait]
impl ShardRunner for HostedRunner {
    async fn run(&self, shard: Shard, cancel: CancellationToken) -> Result<(), ShardError> {
        let jitter = Seed::new(self.ticket.wave).derive(shard.id.as_str());
        let retryable = |error: &ShardError| error.kind.retryable();
        retry(&Policy::REQUEST, self.hosting.clock.as_ref(), jitter, retryable, || self.one_try(&shard, &cancel)).await
    }
}

#[cfg(test)]
mod tests;
