//! Follows one wave to its end.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::JobId;
use ballista_core::serde::protobuf::JobStatus;
use ballista_core::serde::protobuf::job_status::Status;
use renkei_runtime::Clock;
use renkei_stage::Ticket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{Scheduler, Tally, Tries};
use crate::engine::WaveState;

/// How often the scheduler is asked about a wave of which nothing is heard.
const LOOK: Duration = Duration::from_secs(1);
/// A wave whose shards are all handed out, of which nothing is in flight and of which nothing was heard for so long, is
/// one that Ballista lost track of. Longer than it takes Ballista to hand out again what a lost executor had.
const STUCK_AFTER: Duration = Duration::from_secs(15);

/// One wave under way.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) scheduler: Scheduler,
    pub(super) tries: Arc<dyn Tries>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ticket: Ticket,
    pub(super) job: JobId,
    pub(super) cancel: CancellationToken,
}

/// What Ballista says of a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// It goes on, with so many shards that no executor has yet.
    Runs { waiting: usize },
    /// Every shard was run.
    Succeeded,
    /// It gave up, or was told to.
    Failed,
    /// It knows nothing of it.
    Unknown,
}

/// What is known of a wave at one moment.
#[derive(Debug)]
struct Sight<'a> {
    word: Word,
    tally: &'a Tally,
    cancelled: bool,
    /// Time since anything of it changed.
    quiet: Duration,
}

impl Sight<'_> {
    /// How the wave ends, once nothing of it is in flight; `None` while it goes on.
    fn verdict(&self) -> Option<WaveState> {
        let failure = self.tally.failure.as_ref();
        if self.cancelled {
            return Some(WaveState::Cancelled);
        }
        if let Some(for_good) = failure.filter(|failure| !failure.kind.retryable()) {
            return Some(WaveState::Failed(for_good.clone()));
        }
        match self.word {
            Word::Succeeded => Some(WaveState::Finished),
            // Without a failure at the desk it is Ballista's own: the driver counts the commits and goes on.
            Word::Failed => Some(failure.cloned().map_or(WaveState::Finished, WaveState::Failed)),
            Word::Runs { waiting: 0 } | Word::Unknown if self.tally.in_flight == 0 && self.quiet >= STUCK_AFTER => {
                Some(WaveState::Finished)
            }
            Word::Runs { .. } | Word::Unknown => None,
        }
    }
}

impl Wave {
    /// Tells `state` how the wave gets on, and returns how it ended when it is over: Ballista is done with it or was told to
    /// be, and nothing of it is in flight.
    pub(super) async fn follow(
        self,
        statuses: mpsc::Receiver<JobStatus>,
        mut tally: watch::Receiver<Tally>,
        state: &watch::Sender<WaveState>,
    ) -> WaveState {
        let (verdict, word) = self.until_verdict(statuses, &mut tally, state).await;
        if verdict == WaveState::Cancelled {
            self.tries.cancel(&self.ticket);
        } else {
            self.tries.close(&self.ticket);
        }
        if !matches!(word, Word::Succeeded | Word::Failed) {
            // An error means that the scheduler's loop has ended, and the job with it.
            let _ = self.scheduler.0.cancel_job(self.job.clone()).await;
        }
        let end = match self.cancel.run_until_cancelled(nothing_in_flight(&mut tally)).await {
            Some(()) => verdict,
            None => {
                self.tries.cancel(&self.ticket);
                nothing_in_flight(&mut tally).await;
                WaveState::Cancelled
            }
        };
        self.tries.forget(&self.ticket);
        end
    }

    async fn until_verdict(
        &self,
        mut statuses: mpsc::Receiver<JobStatus>,
        tally: &mut watch::Receiver<Tally>,
        state: &watch::Sender<WaveState>,
    ) -> (WaveState, Word) {
        let (mut word, mut heard, mut desk_open) = (Word::Runs { waiting: 1 }, self.clock.monotonic(), true);
        loop {
            let now = tally.borrow_and_update().clone();
            let quiet = self.clock.monotonic().saturating_sub(heard);
            let cancelled = self.cancel.is_cancelled();
            if let Some(verdict) = (Sight { word, tally: &now, cancelled, quiet }).verdict() {
                return (verdict, word);
            }
            state.send_if_modified(|state| {
                let progress = WaveState::Running { done: now.done };
                std::mem::replace(state, progress.clone()) != progress
            });
            let before = word;
            tokio::select! {
                Some(status) = statuses.recv() => word = word_of(&status).unwrap_or(word),
                changed = tally.changed(), if desk_open => {
                    desk_open = changed.is_ok();
                    heard = self.clock.monotonic();
                }
                () = self.clock.sleep(LOOK) => word = self.ask().await.unwrap_or(word),
                () = self.cancel.cancelled() => {}
            }
            if word != before {
                heard = self.clock.monotonic();
            }
        }
    }

    /// What Ballista says when asked; `None` where it says nothing.
    async fn ask(&self) -> Option<Word> {
        let tasks = &self.scheduler.0.state.task_manager;
        let Some(status) = tasks.get_job_status(&self.job).await.ok()? else { return Some(Word::Unknown) };
        if let Some(Status::Running(_)) = status.status {
            return Some(Word::Runs { waiting: tasks.get_available_task_count(&self.job).await.ok()? });
        }
        word_of(&status)
    }
}

/// What a status says by itself; one that says only that the wave goes on is passed over.
fn word_of(status: &JobStatus) -> Option<Word> {
    match status.status {
        Some(Status::Successful(_)) => Some(Word::Succeeded),
        Some(Status::Failed(_)) => Some(Word::Failed),
        Some(Status::Queued(_) | Status::Running(_)) | None => None,
    }
}

/// Returns when no try is in flight. A desk that is gone has none.
async fn nothing_in_flight(tally: &mut watch::Receiver<Tally>) {
    let _ = tally.wait_for(|tally| tally.in_flight == 0).await;
}

#[cfg(test)]
mod tests {
    use renkei_domain::ErrorKind;
    use renkei_stage::ShardError;

    use super::*;

    fn end(word: Word, tally: &Tally, quiet_s: u64) -> Option<WaveState> {
        Sight { word, tally, cancelled: false, quiet: Duration::from_secs(quiet_s) }.verdict()
    }

    fn failed(kind: ErrorKind) -> Tally {
        Tally { failure: Some(ShardError::new(kind, "t")), ..Tally::default() }
    }

    const RUNS: Word = Word::Runs { waiting: 5 };
    const HANDED_OUT: Word = Word::Runs { waiting: 0 };

    #[test]
    fn a_failure_for_good_ends_a_wave_and_a_passing_one_only_if_ballista_gives_up() {
        let (broken, passing) = (failed(ErrorKind::Data), failed(ErrorKind::Unavailable));
        let as_failed = |tally: &Tally| Some(WaveState::Failed(tally.failure.clone().unwrap()));
        for word in [RUNS, HANDED_OUT, Word::Succeeded, Word::Failed, Word::Unknown] {
            assert_eq!(end(word, &broken, 0), as_failed(&broken), "{word:?}");
        }
        assert_eq!(end(RUNS, &passing, 99), None);
        assert_eq!(end(Word::Succeeded, &passing, 0), Some(WaveState::Finished));
        assert_eq!(end(Word::Failed, &passing, 0), as_failed(&passing));
    }

    #[test]
    fn a_failure_that_the_desk_knows_nothing_of_is_left_to_the_driver() {
        assert_eq!(end(Word::Failed, &Tally::default(), 0), Some(WaveState::Finished));
    }

    #[test]
    fn silence_ends_a_wave_only_if_all_of_it_is_handed_out_and_nothing_in_flight() {
        let (idle, busy) = (Tally::default(), Tally { in_flight: 1, ..Tally::default() });
        for word in [HANDED_OUT, Word::Unknown] {
            assert_eq!(end(word, &idle, 14), None);
            assert_eq!(end(word, &idle, 15), Some(WaveState::Finished));
            assert_eq!(end(word, &busy, 1_000_000), None);
        }
        assert_eq!(end(RUNS, &idle, 1_000_000), None, "it waits for workers, however long");
    }

    #[test]
    fn the_wish_to_stop_comes_before_everything() {
        let broken = failed(ErrorKind::Data);
        let sight = Sight { word: Word::Succeeded, tally: &broken, cancelled: true, quiet: Duration::ZERO };
        assert_eq!(sight.verdict(), Some(WaveState::Cancelled));
    }
}
