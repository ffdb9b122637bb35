//! The runs of one term of leadership: taken in, queued, driven, cancelled.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_domain::RunId;
use renkei_runtime::{AttemptIds, Clock};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::planned::{Drawing, Planned};
use super::progress::Shared;
use super::queue::{Queue, Waiting};
use super::vitals::Vitals;
use crate::config::Roots;
use crate::desk::FrontDesk;
use crate::engine::ballista::BallistaScheduler;
use crate::ledger::{Ledger, RunFact};

/// How long after a failure in passing a run is begun again.
const BEGIN_AGAIN: Duration = Duration::from_secs(5);

/// What runs are hosted with.
#[derive(Debug)]
pub struct Means {
    /// Facts about runs, written under this term.
    pub ledger: Ledger,
    /// Who tries which shard.
    pub desk: Arc<FrontDesk>,
    /// Who hands shards out.
    pub scheduler: BallistaScheduler,
    /// Makes case ids.
    pub pseudonyms: Pseudonymiser,
    /// The stores that can be opened.
    pub stores: Stores,
    /// What runs may read and write.
    pub roots: Roots,
    /// Runs worked on at once.
    pub most_runs: usize,
    /// Cancelled when the term is over.
    pub over: CancellationToken,
    /// Names for probes of stores.
    pub attempts: Arc<dyn AttemptIds>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// This coordinator's name.
    pub leader: String,
}

/// Hosts runs as long as [`Host::work`] is polled; what it was doing then is the next leader's.
#[derive(Debug)]
pub struct Host {
    pub(super) means: Means,
    pub(super) state: Mutex<State>,
    /// Something is to be begun.
    wake: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    queue: Queue,
    /// Plans made at submission, for runs that wait.
    pub(super) plans: BTreeMap<RunId, Planned>,
    /// Runs that are worked on, with what asks them to stop.
    under_way: BTreeMap<RunId, CancellationToken>,
    /// Those of them that were submitted meanwhile: they are looked at again when their turn is over.
    anew: BTreeSet<RunId>,
    /// Of every run of which something is known here, ended or not.
    pub(super) progress: BTreeMap<RunId, Shared>,
    pub(super) vitals: Vitals,
    pub(super) planning: super::submit::Planning,
}

impl Host {
    /// A host without runs.
    #[must_use]
    pub fn new(means: Means) -> Self {
        Self { means, state: Mutex::default(), wake: Notify::new() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // No code under this lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn drawing(&self) -> Drawing<'_> {
        let Means { roots, stores, pseudonyms, .. } = &self.means;
        Drawing { roots, stores, pseudonyms }
    }

    /// Goes on with every run that has not ended, and begins those that are submitted, until it is dropped.
    pub async fn work(self: Arc<Self>) {
        self.take_over().await;
        let mut tasks = JoinSet::new();
        loop {
            while let Some((waiting, stop)) = self.next() {
                let turn = Turn { host: Arc::clone(&self), waiting, again: false };
                tasks.spawn(turn.take(stop));
            }
            tokio::select! {
                () = self.wake.notified() => {}
                Some(_) = tasks.join_next() => {}
            }
        }
    }

    /// Queues what an earlier leader left.
    async fn take_over(&self) {
        loop {
            match self.means.ledger.unfinished().await {
                Ok(facts) => return facts.iter().for_each(|fact| self.enqueue(fact, None)),
                Err(error) => tracing::error!(%error, "cannot read which runs have not ended"),
            }
            self.means.clock.sleep(BEGIN_AGAIN).await;
        }
    }

    /// Gives a run its place among those that wait, unless it has ended or is worked on.
    pub(super) fn enqueue(&self, fact: &RunFact, planned: Option<Planned>) {
        let mut state = self.state();
        if fact.state.is_ended() {
            return;
        }
        if state.under_way.contains_key(&fact.run) {
            // It may have ended in the ledger and not yet here.
            state.anew.insert(fact.run.clone());
            return;
        }
        if let Some(planned) = planned {
            state.plans.insert(fact.run.clone(), planned);
        }
        state.queue.push(fact.into());
        drop(state);
        self.wake.notify_one();
    }

    /// The run that begins now, if one may.
    fn next(&self) -> Option<(Waiting, CancellationToken)> {
        let mut state = self.state();
        let under_way = state.under_way.len();
        let waiting = state.queue.next(under_way, self.means.most_runs)?;
        let stop = CancellationToken::new();
        state.under_way.insert(waiting.run.clone(), stop.clone());
        Some((waiting, stop))
    }

    /// Drives a run to its end, whichever that is; whether it is to be begun again.
    async fn drive(&self, run: &RunId, stop: &CancellationToken) -> bool {
        match self.hosted(run, stop).await {
            Ok(()) => {
                self.means.desk.forget_run(run);
                false
            }
            Err(error) if error.kind().retryable() => {
                // Without its text, which may name a slide's file.
                tracing::warn!(%run, kind = ?error.kind(), "the run failed in passing and is begun again");
                // A run that is to be cancelled is begun again too, since nobody has noted its end yet.
                stop.run_until_cancelled(self.means.clock.sleep(BEGIN_AGAIN)).await;
                true
            }
            Err(error) => {
                tracing::error!(%run, kind = ?error.kind(), "the run is left to the next leader");
                false
            }
        }
    }

    pub(super) fn is_under_way(&self, run: &RunId) -> bool {
        self.state().under_way.contains_key(run)
    }

    /// Asks a run to stop, and takes it out where it only waits.
    pub(super) fn interrupt(&self, run: &RunId) -> Interrupted {
        let mut state = self.state();
        if let Some(stop) = state.under_way.get(run) {
            stop.cancel();
            return Interrupted::AtWork;
        }
        state.plans.remove(run);
        if state.queue.remove(run) { Interrupted::Waiting } else { Interrupted::Absent }
    }
}

/// A run's turn to be worked on. However it ends, also by a panic, its place is free then.
struct Turn {
    host: Arc<Host>,
    waiting: Waiting,
    /// Whether it is to wait for another turn.
    again: bool,
}

impl Turn {
    async fn take(mut self, stop: CancellationToken) {
        self.again = self.host.drive(&self.waiting.run, &stop).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.host.state();
        state.under_way.remove(&self.waiting.run);
        if state.anew.remove(&self.waiting.run) || self.again {
            state.queue.push(self.waiting.clone());
        }
        drop(state);
        self.host.wake.notify_one();
    }
}

/// Where a run was when it was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupted {
    AtWork,
    Waiting,
    Absent,
}

/// A run's share of the slots: doubled for every 25 steps of priority, so that the most urgent has 256 times the least.
pub(super) fn weight(priority: i32) -> NonZeroU32 {
    let doublings = (priority.clamp(-100, 100) + 100) / 25;
    NonZeroU32::new(1 << doublings).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_double_with_urgency() {
        let weights: Vec<u32> = [-100, -1, 0, 24, 25, 100, 1000].map(|priority| weight(priority).get()).into();
        assert_eq!(weights, [1, 8, 16, 16, 32, 256, 256]);
    }
}
