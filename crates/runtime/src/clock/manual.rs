//! A clock that stands still until a test moves it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Clock, Timestamp};

/// A clock moved by hand: [`ManualClock::advance`] wakes every sleeper whose time has come.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    /// When each pending sleep ends; a sleep leaves this list when it is reached or dropped.
    deadlines: Vec<Duration>,
}

impl ManualClock {
    /// A clock that shows `start`, with nothing elapsed.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { start, state: watch::Sender::default() }
    }

    /// Moves the clock forward and wakes the sleepers that this reaches.
    pub fn advance(&self, by: Duration) {
        self.state.send_modify(|state| {
            state.elapsed += by;
            let now = state.elapsed;
            state.deadlines.retain(|deadline| *deadline > now);
        });
    }

    /// Waits until somebody sleeps on this clock, then moves it to the earliest end of a sleep; returns the step made.
    pub async fn advance_to_next_sleeper(&self) -> Duration {
        let mut watcher = self.state.subscribe();
        let step = watcher
            .wait_for(|state| !state.deadlines.is_empty())
            .await
            .ok()
            .and_then(|state| state.deadlines.iter().min().map(|deadline| *deadline - state.elapsed))
            .unwrap_or_default();
        self.advance(step);
        step
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start.saturating_add(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.state.borrow().elapsed
    }

    async fn sleep(&self, duration: Duration) {
        let mut watcher = self.state.subscribe();
        let deadline = self.monotonic() + duration;
        self.state.send_modify(|state| state.deadlines.push(deadline));
        let _entry = Entry { clock: self, deadline };
        // The sender lives in `self`, so this ends only when the time has come.
        let _ = watcher.wait_for(|state| state.elapsed >= deadline).await;
    }
}

/// A pending sleep; takes itself off the list where it is dropped before its time.
struct Entry<'a> {
    clock: &'a ManualClock,
    deadline: Duration,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.clock.state.send_modify(|state| {
            if let Some(at) = state.deadlines.iter().position(|deadline| *deadline == self.deadline) {
                state.deadlines.swap_remove(at);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()))
    }

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_deadlines_and_not_before() {
        let clock = clock();
        let sleeper = |seconds| {
            let clock = Arc::clone(&clock);
            tokio::spawn(async move { clock.sleep(Duration::from_secs(seconds)).await })
        };
        let (long, short) = (sleeper(5), sleeper(2));
        clock.state.subscribe().wait_for(|state| state.deadlines.len() == 2).await.unwrap();

        assert_eq!(clock.advance_to_next_sleeper().await, Duration::from_secs(2));
        short.await.unwrap();
        assert!(!long.is_finished());
        clock.advance(Duration::from_secs(3));
        long.await.unwrap();
        assert_eq!(clock.now().to_string(), "1970-01-01T00:00:05.000Z");
    }

    #[tokio::test]
    async fn a_dropped_sleep_is_forgotten() {
        let clock = clock();
        let sleep = clock.sleep(Duration::from_secs(1));
        tokio::select! { biased; () = sleep => unreachable!(), () = std::future::ready(()) => {} }
        assert!(clock.state.borrow().deadlines.is_empty());
    }
}
