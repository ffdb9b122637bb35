//! A desk in memory with a seat for each worker, for tests of this engine. It keeps no watch over workers: a test says
//! when one is lost.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use renkei_domain::{AttemptId, ErrorKind, ShardId};
use renkei_stage::{Desk, ExecutorId, ShardError, Ticket, Try};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Tally, Tries};

/// Tries of waves, by ticket.
#[derive(Debug, Default)]
pub struct MemoryTries {
    waves: Mutex<HashMap<Ticket, Wave>>,
    pools: Mutex<HashMap<ExecutorId, Vec<String>>>,
}

#[derive(Debug, Default)]
struct Wave {
    closed: bool,
    cancelled: CancellationToken,
    tries: HashMap<AttemptId, ExecutorId>,
    done: BTreeSet<ShardId>,
    tally: watch::Sender<Tally>,
}

impl Wave {
    fn publish(&self, failure: Option<ShardError>) {
        let (in_flight, done) = (self.tries.len(), self.done.len());
        self.tally.send_modify(|tally| {
            let for_good = tally.failure.as_ref().is_some_and(|failure| !failure.kind.retryable());
            let failure = if for_good { tally.failure.take() } else { failure.or(tally.failure.take()) };
            *tally = Tally { in_flight, done, failure };
        });
    }
}

/// One worker's line to the desk.
#[derive(Debug)]
struct Seat {
    desk: Arc<MemoryTries>,
    executor: ExecutorId,
}

impl MemoryTries {
    /// Lets a worker in, and gives it its line.
    #[must_use]
    pub fn join(self: &Arc<Self>, executor: ExecutorId, pools: &[&str]) -> Arc<dyn Desk> {
        let pools = pools.iter().map(|&pool| pool.to_owned()).collect();
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).insert(executor.clone(), pools);
        Arc::new(Seat { desk: Arc::clone(self), executor })
    }

    /// The worker is lost, with all that it tried.
    pub fn lose(&self, executor: &ExecutorId) {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).remove(executor);
        for wave in self.waves().values_mut() {
            wave.tries.retain(|_, by| by != executor);
            wave.publish(None);
        }
    }

    fn waves(&self) -> MutexGuard<'_, HashMap<Ticket, Wave>> {
        self.waves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tries for MemoryTries {
    fn open(&self, ticket: &Ticket) -> watch::Receiver<Tally> {
        self.waves().entry(ticket.clone()).or_default().tally.subscribe()
    }

    fn close(&self, ticket: &Ticket) {
        if let Some(wave) = self.waves().get_mut(ticket) {
            wave.closed = true;
        }
    }

    fn cancel(&self, ticket: &Ticket) {
        if let Some(wave) = self.waves().get(ticket) {
            wave.cancelled.cancel();
        }
    }

    fn forget(&self, ticket: &Ticket) {
        self.waves().remove(ticket);
    }

    fn takes(&self, executor: &ExecutorId, pool: Option<&str>) -> bool {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.get(executor).is_some_and(|pools| pool.is_none_or(|pool| pools.iter().any(|own| own == pool)))
    }
}

#[async_trait]
impl Desk for Seat {
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        let mut waves = self.desk.waves();
        // Looked at with the waves in hand: a worker that is lost now takes its tries along.
        if !self.desk.pools.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&self.executor) {
            return Err(ShardError::new(ErrorKind::Unavailable, "the worker is lost"));
        }
        let Some(wave) = waves.get_mut(&a_try.ticket) else { return Ok(None) };
        if wave.cancelled.is_cancelled() {
            return Err(ShardError::cancelled());
        }
        if wave.closed || wave.done.contains(&a_try.shard) {
            return Ok(None);
        }
        wave.tries.insert(a_try.attempt.clone(), self.executor.clone());
        wave.publish(None);
        Ok(Some(wave.cancelled.child_token()))
    }

    async fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>) {
        let mut waves = self.desk.waves();
        let Some(wave) = waves.get_mut(&a_try.ticket) else { return };
        wave.tries.remove(&a_try.attempt);
        if outcome.is_ok() {
            wave.done.insert(a_try.shard.clone());
        }
        wave.publish(outcome.as_ref().err().filter(|error| error.kind != ErrorKind::Fenced).cloned());
    }
}
