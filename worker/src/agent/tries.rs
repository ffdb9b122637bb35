//! Tries in hand: which shards this worker works on, and how to stop them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use renkei_domain::{AttemptId, ErrorKind};
use renkei_proto::workers::Wave;
use renkei_stage::{ShardError, Try};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The tries that have leave and have not ended, and how the others ended.
#[derive(Debug, Default)]
pub(super) struct Tries {
    in_hand: Mutex<BTreeMap<AttemptId, (Try, CancellationToken)>>,
    ended: Mutex<Ended>,
    count: watch::Sender<usize>,
}

/// How many tries ended how.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Their shard is committed.
    pub(super) committed: u64,
    /// By what can be done about their failure; asked to stop is [`ErrorKind::Fenced`].
    pub(super) failed: BTreeMap<&'static str, u64>,
}

impl Tries {
    fn in_hand(&self) -> MutexGuard<'_, BTreeMap<AttemptId, (Try, CancellationToken)>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A try begins; the token asks it to stop.
    pub(super) fn begin(&self, a_try: &Try) -> CancellationToken {
        let token = CancellationToken::new();
        let mut in_hand = self.in_hand();
        in_hand.insert(a_try.attempt.clone(), (a_try.clone(), token.clone()));
        self.count.send_replace(in_hand.len());
        token
    }

    /// A try has ended; whether it was in hand. One that never got leave counts for nothing.
    pub(super) fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>) -> bool {
        let mut in_hand = self.in_hand();
        let known = in_hand.remove(&a_try.attempt).is_some();
        self.count.send_replace(in_hand.len());
        drop(in_hand);
        if known {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).count(outcome);
        }
        known
    }

    /// What is in hand.
    pub(super) fn running(&self) -> Vec<Try> {
        self.in_hand().values().map(|(a_try, _)| a_try.clone()).collect()
    }

    /// How many are in hand.
    pub(super) fn busy(&self) -> usize {
        *self.count.borrow()
    }

    /// Returns once nothing is in hand.
    pub(super) async fn none_in_hand(&self) {
        // The sender lives as long as this.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// How those that are no longer in hand ended.
    pub(super) fn ended(&self) -> Ended {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the tries of `waves` to stop.
    pub(super) fn stop(&self, waves: &[Wave]) {
        for (a_try, token) in self.in_hand().values() {
            if waves.contains(&Wave::from(&a_try.ticket)) && !token.is_cancelled() {
                let Try { ticket, stage, shard, attempt } = a_try;
                tracing::info!(run = %ticket.run, %stage, %shard, %attempt, "asked to stop: its wave was cancelled");
                token.cancel();
            }
        }
    }
}

impl Ended {
    fn count(&mut self, outcome: &Result<(), ShardError>) {
        match outcome {
            Ok(()) => self.committed += 1,
            Err(error) => *self.failed.entry(name(error.kind)).or_default() += 1,
        }
    }
}

/// A kind as a metric's label.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "invalid",
        ErrorKind::NotFound => "not_found",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Fenced => "cancelled",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Exhausted => "exhausted",
        ErrorKind::Data => "data",
        ErrorKind::Denied => "denied",
        ErrorKind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::plan::{Shard, Stage};
    use renkei_domain::{AttemptId, RunId};
    use renkei_stage::Ticket;

    use super::*;

    fn a_try(run: &str, wave: u64, attempt: &str) -> Try {
        let ticket = Ticket { run: RunId::new(run).unwrap(), store: "memory:///".into(), epoch: 1, wave };
        let shard = Shard::whole(Stage::Fit).unwrap();
        Try { ticket, stage: shard.stage, shard: shard.id, attempt: AttemptId::new(attempt).unwrap() }
    }

    #[tokio::test]
    async fn only_the_tries_of_a_cancelled_wave_are_asked_to_stop() {
        let tries = Tries::default();
        let (one, other, of_another) = (a_try("r", 1, "a"), a_try("r", 2, "b"), a_try("s", 1, "c"));
        let tokens = [&one, &other, &of_another].map(|a_try| tries.begin(a_try));
        tries.stop(&[Wave::from(&one.ticket), Wave { epoch: 2, ..Wave::from(&other.ticket) }]);
        assert_eq!(tokens.map(|token| token.is_cancelled()), [true, false, false]);
        assert_eq!(tries.running().len(), 3, "a try that was asked to stop is in hand until it ended");
    }

    #[tokio::test]
    async fn a_try_counts_once_and_only_if_it_had_leave() {
        let tries = Tries::default();
        let (one, other) = (a_try("r", 1, "a"), a_try("r", 1, "b"));
        tries.begin(&one);
        assert!(!tries.end(&other, &Err(ShardError::new(ErrorKind::Unavailable, "no desk"))));
        assert_eq!((tries.busy(), tries.ended()), (1, Ended::default()));
        assert!(tries.end(&one, &Err(ShardError::cancelled())));
        assert!(!tries.end(&one, &Ok(())));
        let failed = BTreeMap::from([("cancelled", 1)]);
        assert_eq!(tries.ended(), Ended { committed: 0, failed });
        tries.none_in_hand().await;
    }
}
