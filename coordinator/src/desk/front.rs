//! The desk with a clock around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId};
use renkei_runtime::Clock;
use renkei_stage::{ExecutorId, ShardError, Ticket, Try};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Beat, Book, Expected, Leave, Presence, Verdicts, WaveName, WorkerView, rules};
use crate::engine::ballista::{Tally, Tries};
use crate::error::Refusal;

/// One desk for all runs of a coordinator, made anew each time that it begins to lead.
#[derive(Debug)]
pub struct FrontDesk {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    book: Book,
    waves: BTreeMap<WaveName, Wave>,
}

#[derive(Debug)]
struct Wave {
    tally: watch::Sender<Tally>,
    cancel: CancellationToken,
}

impl State {
    /// Tells the engine what changed.
    fn publish(&self) {
        for (name, wave) in &self.waves {
            let now = self.book.tally(name);
            wave.tally.send_if_modified(|before| {
                let changed = *before != now;
                *before = now;
                changed
            });
        }
    }
}

impl FrontDesk {
    /// A desk without workers; they must be as `expected`.
    pub fn new(expected: Expected, clock: Arc<dyn Clock>) -> Self {
        let state = State { book: Book::new(expected), waves: BTreeMap::new() };
        Self { clock, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under this lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the book and tells the engine what came of it.
    fn change<T>(&self, change: impl FnOnce(&mut Book, std::time::Duration) -> T) -> T {
        let mut state = self.state();
        let answer = change(&mut state.book, self.clock.monotonic());
        state.publish();
        answer
    }

    /// A worker joins, or joins again.
    pub fn join(&self, presence: Presence) -> Result<(), Refusal> {
        let worker = presence.executor.worker.clone();
        self.change(|book, now| book.join(now, presence))?;
        tracing::info!(%worker, "worker joined");
        Ok(())
    }

    /// A worker is alive, with these tries in hand; one that drains takes no new ones.
    pub fn beat(&self, executor: &ExecutorId, draining: bool, running: &[Try]) -> Beat {
        self.change(|book, now| book.beat(now, executor, draining, running))
    }

    /// A worker goes in good order.
    pub fn leave(&self, executor: &ExecutorId) {
        self.change(|book, _| book.leave(executor));
        tracing::info!(worker = %executor.worker, "worker left");
    }

    /// A worker asks leave to begin a try.
    pub fn begin(&self, executor: &ExecutorId, a_try: &Try) -> Leave {
        self.change(|book, now| book.begin(now, executor, a_try))
    }

    /// A worker tells how a try ended.
    pub fn end(&self, executor: &ExecutorId, a_try: &Try, outcome: &Result<(), ShardError>) {
        self.change(|book, _| book.end(executor, a_try, outcome));
    }

    /// Cancelled with the wave, for a worker within this process.
    pub(super) fn token(&self, ticket: &Ticket) -> CancellationToken {
        let state = self.state();
        state.waves.get(&WaveName::from(ticket)).map(|wave| wave.cancel.child_token()).unwrap_or_default()
    }

    /// The run is driven from now on. Workers of another execution class than `class`, where one is named, get no leave.
    pub fn admit(&self, run: &RunId, class: Option<String>) {
        self.change(|book, _| book.admit(run, class));
    }

    /// Tries of the run are to stop, even those that an earlier coordinator allowed.
    pub fn cancel_run(&self, run: &RunId) {
        self.change(|book, _| book.cancel_run(run));
        for (name, wave) in &self.state().waves {
            if name.run == *run {
                wave.cancel.cancel();
            }
        }
    }

    /// The run has ended: nothing of it is kept.
    pub fn forget_run(&self, run: &RunId) {
        let mut state = self.state();
        state.book.forget_run(run);
        state.waves.retain(|name, _| name.run != *run);
    }

    /// All workers that are not lost, by id.
    #[must_use]
    pub fn workers(&self) -> Vec<WorkerView> {
        self.change(Book::workers)
    }

    /// Looks for workers that fell silent, as long as this future is polled.
    pub async fn reap(&self) {
        loop {
            self.clock.sleep(rules::BEAT_EVERY).await;
            for worker in self.change(Book::reap) {
                tracing::warn!(%worker, "worker lost: its shards are tried elsewhere");
            }
        }
    }
}

impl Tries for FrontDesk {
    fn open(&self, ticket: &Ticket) -> watch::Receiver<Tally> {
        let mut state = self.state();
        let name = WaveName::from(ticket);
        state.book.open(name.clone());
        let wave = state.waves.entry(name);
        let wave = wave.or_insert_with(|| Wave { tally: watch::Sender::default(), cancel: CancellationToken::new() });
        wave.tally.subscribe()
    }

    fn close(&self, ticket: &Ticket) {
        self.change(|book, _| book.close(&ticket.into()));
    }

    fn cancel(&self, ticket: &Ticket) {
        self.change(|book, _| book.cancel(&ticket.into()));
        if let Some(wave) = self.state().waves.get(&ticket.into()) {
            wave.cancel.cancel();
        }
    }

    fn forget(&self, ticket: &Ticket) {
        let mut state = self.state();
        state.book.forget(&ticket.into());
        state.waves.remove(&ticket.into());
    }

    fn takes(&self, executor: &ExecutorId, pool: Option<&str>) -> bool {
        self.state().book.takes(executor, pool)
    }
}

impl Verdicts for FrontDesk {
    fn poison(&self, run: &RunId, stage: Stage) -> Vec<ShardId> {
        self.state().book.poison(run, stage)
    }
}

#[cfg(test)]
mod tests;
