//! What the engine must know of tries, and does not take from Ballista.

use std::fmt::Debug;

use renkei_stage::{ExecutorId, ShardError, Ticket};
use tokio::sync::watch;

/// How the tries of one wave stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tries that asked leave to begin and have neither ended nor been refused, on workers that are not lost. A try that
    /// was told to wait counts too.
    pub in_flight: usize,
    /// Shards of the wave that need no more tries: ended well, or set aside as poison. Never falls.
    pub done: usize,
    /// Why the wave cannot go on: the first failure that is for good; where there is none, the latest passing one.
    /// Never set by `Fenced` (cancelled) ends, nor by tries that were lost with their worker.
    pub failure: Option<ShardError>,
}

/// Who really runs what: the desk, as the engine sees it. No call blocks; changes come through the watch.
pub trait Tries: Send + Sync + Debug {
    /// From now on workers get leave for tries under `ticket`. A `begin` under a ticket that is neither open nor
    /// cancelled is not wanted (its wave is over); so is a `begin` for a shard that ended well in this wave already
    /// (Ballista hands out again what a lost executor had finished).
    fn open(&self, ticket: &Ticket) -> watch::Receiver<Tally>;

    /// No further try begins (not wanted); tries in flight go on to their end.
    fn close(&self, ticket: &Ticket);

    /// No further try begins (`Fenced`); tries in flight are told to stop.
    fn cancel(&self, ticket: &Ticket);

    /// The wave is over and nothing of it was in flight after `close` or `cancel`: nothing of it need be kept.
    fn forget(&self, ticket: &Ticket);

    /// Whether the executor's worker has joined in this incarnation, is neither draining nor lost, and is in `pool`
    /// (`None`: any pool will do). Only then does Ballista hand it shards.
    fn takes(&self, executor: &ExecutorId, pool: Option<&str>) -> bool;
}
