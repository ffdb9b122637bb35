//! How long a run goes on trying where nothing moves.

use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_runtime::{Policy, Seed, retry};

use super::Driver;
use crate::RunError;

/// For one request to the store of objects or of facts: a store that is away for half a minute stops no run.
const REQUEST: Policy = Policy {
    first_wait: Duration::from_millis(200),
    longest_wait: Duration::from_secs(5),
    tries: 16,
    total: Duration::from_secs(90),
};
/// Waves in a row that may end well without a single new commit before the stage is given up.
const IDLE_WAVES: u32 = 2;
/// Waves in a row that may fail in passing without a single new commit.
const FAILED_WAVES: u32 = 6;
/// The longest wait after a wave that failed in passing.
const LONGEST_WAIT: Duration = Duration::from_secs(16);

impl Driver<'_> {
    /// Calls `request` until it succeeds, fails for good, or was tried for long enough.
    pub(super) async fn patiently<T, E, F, Fut>(&self, label: &str, mut request: F) -> Result<T, RunError>
    where
        E: Into<RunError>,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let jitter = Seed::new(self.clock.monotonic().subsec_nanos().into()).derive(label);
        let passing = |error: &RunError| error.kind() == ErrorKind::Unavailable;
        retry(&REQUEST, self.clock, jitter, passing, || {
            let request = request();
            async { request.await.map_err(Into::into) }
        })
        .await
    }
}

/// Counts waves that ended without a new commit.
#[derive(Debug, Default)]
pub(super) struct Patience {
    idle: u32,
    failed: u32,
}

/// What to do after a wave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    /// Submit no other wave before this long.
    Wait(Duration),
    GiveUp,
}

impl Patience {
    /// After a wave with or without new commits, which failed in passing or not.
    pub(super) fn after(&mut self, progress: bool, failed: bool) -> Verdict {
        if progress {
            *self = Self::default();
            return Verdict::GoOn;
        }
        if !failed {
            self.idle += 1;
            return if self.idle >= IDLE_WAVES { Verdict::GiveUp } else { Verdict::GoOn };
        }
        self.failed += 1;
        if self.failed >= FAILED_WAVES {
            return Verdict::GiveUp;
        }
        Verdict::Wait(Duration::from_secs(1 << (self.failed - 1)).min(LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_and_a_commit_begins_anew() {
        let mut patience = Patience::default();
        let seconds = |s| Verdict::Wait(Duration::from_secs(s));
        let failed: Vec<_> = (0..6).map(|_| patience.after(false, true)).collect();
        assert_eq!(failed, [seconds(1), seconds(2), seconds(4), seconds(8), seconds(16), Verdict::GiveUp]);
        assert_eq!(patience.after(true, true), Verdict::GoOn);
        assert_eq!(patience.after(false, true), seconds(1));
        assert_eq!(patience.after(false, false), Verdict::GoOn);
        assert_eq!(patience.after(false, false), Verdict::GiveUp);
    }
}
