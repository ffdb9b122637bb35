//! A bound on what a process holds in memory, and what it holds in fact.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;
use crate::size::ByteSize;

/// The unit of counting. A semaphore hands out 32-bit numbers of permits: in KiB that reaches 4 TiB.
const UNIT: u64 = 1024;

/// Bytes that may be held at once. Clones share one budget.
///
/// Whoever wants to hold a large buffer first [`acquire`](Self::acquire)s its size and keeps the [`Permit`] as long as
/// the buffer. Requests are granted in the order they came, so a large one is not starved by small ones.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    units: u32,
    free: Arc<Semaphore>,
}

impl MemoryBudget {
    /// A budget of `total`, counted in whole KiB; an error below 1 KiB or from 4 TiB.
    pub fn new(total: ByteSize) -> Result<Self, Error> {
        match u32::try_from(total.bytes() / UNIT) {
            Ok(units) if units > 0 => Ok(Self { units, free: Arc::new(Semaphore::new(units as usize)) }),
            _ => Err(Error::BudgetOutOfRange { budget: total }),
        }
    }

    /// The whole budget.
    #[must_use]
    pub fn total(&self) -> ByteSize {
        ByteSize::from_bytes(u64::from(self.units) * UNIT)
    }

    /// What nobody holds now.
    #[must_use]
    pub fn free(&self) -> ByteSize {
        ByteSize::from_bytes(self.free.available_permits() as u64 * UNIT)
    }

    /// Waits until `bytes` (rounded up to KiB) are free, and holds them until the permit is dropped.
    ///
    /// A request larger than the whole budget is [`Error::RequestTooLarge`] at once: it would wait for ever.
    /// Dropping the future while it waits gives up its place.
    pub async fn acquire(&self, bytes: u64) -> Result<Permit, Error> {
        let too_large = || Error::RequestTooLarge { requested: ByteSize::from_bytes(bytes), budget: self.total() };
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok().filter(|units| *units <= self.units);
        let units = units.ok_or_else(too_large)?;
        // Nothing closes the semaphore, so waiting for it cannot fail.
        let held = Arc::clone(&self.free).acquire_many_owned(units).await.map_err(|_| too_large())?;
        Ok(Permit { _held: held })
    }
}

/// A part of a [`MemoryBudget`], given back on drop.
#[derive(Debug)]
#[must_use = "the memory is given back when the permit is dropped"]
pub struct Permit {
    _held: OwnedSemaphorePermit,
}

/// The memory of this process that is resident now (`VmRSS` of `/proc/self/status`); `None` where the system has no such file.
#[must_use]
pub fn resident_bytes() -> Option<ByteSize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    vm_rss(&status).map(ByteSize::from_bytes)
}

/// `VmRSS` in bytes; the kernel states it in units of 1024 bytes, which it calls kB (proc(5)).
fn vm_rss(status: &str) -> Option<u64> {
    let amount = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    amount.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn budget(kib: u64) -> MemoryBudget {
        MemoryBudget::new(ByteSize::from_bytes(kib * 1024)).unwrap()
    }

    #[tokio::test]
    async fn a_full_budget_makes_the_next_request_wait_in_order() {
        let budget = budget(4);
        let first = budget.acquire(3 * 1024).await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let mut large = pin!(budget.acquire(2 * 1024));
        let mut small = pin!(budget.acquire(1));
        assert!(large.as_mut().poll(&mut context).is_pending());
        assert!(small.as_mut().poll(&mut context).is_pending(), "a small request overtook a large one");
        drop(first);
        let Poll::Ready(Ok(large)) = large.poll(&mut context) else { panic!("the large request still waits") };
        assert!(small.poll(&mut context).is_ready());
        assert_eq!(budget.free(), ByteSize::from_bytes(2 * 1024));
        drop(large);
        assert_eq!(budget.free(), budget.total());
    }

    #[tokio::test]
    async fn a_request_beyond_the_whole_budget_is_refused_and_the_whole_is_granted() {
        let budget = budget(4);
        assert!(matches!(budget.acquire(4 * 1024 + 1).await, Err(Error::RequestTooLarge { .. })));
        assert!(matches!(budget.acquire(u64::MAX).await, Err(Error::RequestTooLarge { .. })));
        assert!(budget.acquire(4 * 1024).await.is_ok());
    }

    #[test]
    fn budgets_that_cannot_be_counted_are_refused() {
        for bytes in [0, 1023, 4 << 40, u64::MAX] {
            assert!(MemoryBudget::new(ByteSize::from_bytes(bytes)).is_err(), "{bytes}");
        }
        assert!(MemoryBudget::new("4095GiB".parse().unwrap()).is_ok());
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(vm_rss("Name:\tx\nVmRSS:\t    1032 kB\nThreads:\t1\n"), Some(1032 * 1024));
        assert_eq!(vm_rss("Name:\tx\n"), None);
        if cfg!(target_os = "linux") {
            let resident = resident_bytes().unwrap();
            assert!(resident > ByteSize::from_bytes(100_000) && resident < "64GiB".parse().unwrap(), "{resident}");
        }
    }
}
