//! Time as the desk lived through it.

use std::time::Duration;

use super::rules::LONGEST_GAP;

/// Adds up the time between events, but no gap for more than [`LONGEST_GAP`]: a coordinator that was stopped for a minute
/// (SIGSTOP, a sleeping machine) heard nobody in that minute, and nobody is lost for it.
#[derive(Debug, Default)]
pub(super) struct Awake {
    last: Duration,
    total: Duration,
}

impl Awake {
    /// The desk's own time at the clock's `now`.
    pub(super) fn at(&mut self, now: Duration) -> Duration {
        self.total += now.saturating_sub(self.last).min(LONGEST_GAP);
        self.last = self.last.max(now);
        self.total
    }
}
