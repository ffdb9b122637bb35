//! The time, as something passed in.

#[cfg(feature = "test-util")]
mod manual;
mod timestamp;

use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

#[cfg(feature = "test-util")]
pub use manual::ManualClock;
pub use timestamp::Timestamp;

/// Tells the time and waits. Every use of time in Renkei goes through one of these.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The time of day in UTC: for records that people read, never for measuring or ordering.
    fn now(&self) -> Timestamp;

    /// Time passed since some fixed start of this clock; never goes back. For measuring and deadlines.
    fn monotonic(&self) -> Duration;

    /// Returns after `duration` has passed on this clock.
    async fn sleep(&self, duration: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::monotonic`] counts from now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::saturating_from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_clock_passes_at_least_the_time_slept() {
        let clock = SystemClock::new();
        let before = clock.monotonic();
        clock.sleep(Duration::from_millis(2)).await;
        assert!(clock.monotonic() >= before + Duration::from_millis(2));
        assert!(clock.now().unix_millis() > 1_700_000_000_000, "the machine's clock stands before 2023");
    }
}
