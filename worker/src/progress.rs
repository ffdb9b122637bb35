//! What a display shows while shards run: counters, never results.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that shards add to.
#[derive(Debug, Default)]
pub struct Progress {
    looked_at: AtomicU64,
    encoded: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Grid cells looked at, glass included.
    pub looked_at: u64,
    /// Tiles encoded.
    pub encoded: u64,
}

impl Progress {
    /// Adds cells that were looked at and tiles that were encoded.
    pub fn add(&self, looked_at: u64, encoded: u64) {
        self.looked_at.fetch_add(looked_at, Ordering::Relaxed);
        self.encoded.fetch_add(encoded, Ordering::Relaxed);
    }

    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { looked_at: self.looked_at.load(Ordering::Relaxed), encoded: self.encoded.load(Ordering::Relaxed) }
    }
}
