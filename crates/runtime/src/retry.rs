//! Trying again what may succeed when simply tried again: bounded, spaced out, and not in step with others.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;

use crate::clock::Clock;

/// How often and for how long to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The wait before the second try, before jitter. It doubles with every further try.
    pub first_wait: Duration,
    /// The longest single wait.
    pub longest_wait: Duration,
    /// Tries in all, the first included; 0 counts as 1.
    pub tries: u32,
    /// No further try starts later than this after the first began.
    pub total: Duration,
}

impl Policy {
    /// For one request to an object store or another service: 0.1 s, 0.2 s, ... up to 5 s, six tries, one minute.
    pub const REQUEST: Self = Self {
        first_wait: Duration::from_millis(100),
        longest_wait: Duration::from_secs(5),
        tries: 6,
        total: Duration::from_secs(60),
    };

    /// The wait after the failed try number `failed` (1 for the first), or `None` where no further try may be made.
    ///
    /// Half of the exponential wait is fixed, the other half is drawn ("equal jitter", M. Brooker, *Exponential Backoff
    /// and Jitter*, AWS Architecture Blog 2015), so that callers that failed together do not come back together.
    fn wait_after(&self, failed: u32, elapsed: Duration, jitter: &mut ChaCha8Rng) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let doublings = failed.saturating_sub(1).min(31);
        let full = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        let drawn = f64::from(jitter.next_u32()) / f64::from(u32::MAX);
        let wait = full.mul_f64(0.5 + 0.5 * drawn);
        (elapsed.saturating_add(wait) <= self.total).then_some(wait)
    }
}

/// Calls `op` until it succeeds, fails in a way that `is_retryable` denies, or `policy` is used up; then returns what
/// the last call returned.
///
/// `jitter` is a stream of its own for this call (`Seed::derive` with a label of its own).
/// Dropping the future stops between or within tries.
pub async fn retry<T, E, F, Fut>(
    policy: &Policy,
    clock: &dyn Clock,
    mut jitter: ChaCha8Rng,
    is_retryable: impl Fn(&E) -> bool,
    mut op: F,
) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let start = clock.monotonic();
    let mut failed = 0;
    loop {
        let error = match op().await {
            Ok(value) => return Ok(value),
            Err(error) if !is_retryable(&error) => return Err(error),
            Err(error) => error,
        };
        failed += 1;
        match policy.wait_after(failed, clock.monotonic() - start, &mut jitter) {
            Some(wait) => clock.sleep(wait).await,
            None => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::Seed;
    use crate::clock::{ManualClock, Timestamp};

    const POLICY: Policy = Policy {
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(4),
        tries: 6,
        total: Duration::from_secs(100),
    };

    /// What a failing operation saw: its last error, the number of tries, and the waits between them in seconds.
    async fn fail(policy: Policy, retryable: bool) -> (u32, u32, Vec<f64>) {
        let clock = ManualClock::new(Timestamp::from_unix_millis(0).unwrap());
        let tries = Cell::new(0);
        let op = || {
            tries.set(tries.get() + 1);
            std::future::ready(Err::<(), u32>(tries.get()))
        };
        let mut waits = Vec::new();
        let drive = async {
            loop {
                waits.push(clock.advance_to_next_sleeper().await.as_secs_f64());
            }
        };
        let result = tokio::select! {
            result = retry(&policy, &clock, Seed::new(1).derive("t"), |_| retryable, op) => result,
            () = drive => unreachable!(),
        };
        (result.unwrap_err(), tries.get(), waits)
    }

    #[tokio::test]
    async fn waits_double_up_to_the_longest_and_tries_are_bounded() {
        let (error, tries, waits) = fail(POLICY, true).await;
        assert_eq!((error, tries), (6, 6));
        assert_eq!(waits.len(), 5);
        for (wait, full) in waits.iter().zip([1.0, 2.0, 4.0, 4.0, 4.0]) {
            assert!((full / 2.0..=full).contains(wait), "{waits:?}");
        }
        assert!(waits[2..].windows(2).all(|pair| pair[0] != pair[1]), "no jitter: {waits:?}");
    }

    #[tokio::test]
    async fn total_time_bounds_the_tries() {
        let (_, tries, waits) = fail(Policy { tries: u32::MAX, total: Duration::from_secs(10), ..POLICY }, true).await;
        assert!(waits.iter().sum::<f64>() <= 10.0, "{waits:?}");
        assert!((4..=8).contains(&tries), "{tries}");
    }

    #[tokio::test]
    async fn an_error_that_is_not_retryable_is_returned_at_once() {
        assert_eq!(fail(POLICY, false).await, (1, 1, vec![]));
        assert_eq!(fail(Policy { tries: 0, ..POLICY }, true).await, (1, 1, vec![]));
    }

    #[tokio::test]
    async fn success_after_failures_is_returned() {
        let clock = ManualClock::new(Timestamp::from_unix_millis(0).unwrap());
        let tries = Cell::new(0);
        let op = || {
            tries.set(tries.get() + 1);
            std::future::ready(if tries.get() < 3 { Err(()) } else { Ok(tries.get()) })
        };
        let (result, _, _) = tokio::join!(
            retry(&POLICY, &clock, Seed::new(1).derive("t"), |()| true, op),
            clock.advance_to_next_sleeper(),
            clock.advance_to_next_sleeper(),
        );
        assert_eq!(result, Ok(3));
    }
}
