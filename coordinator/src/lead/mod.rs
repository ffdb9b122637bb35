//! Who leads: one coordinator of several, found by compare-and-set on two facts of the metadata store.
//!
//! `leader/epoch` changes only when another process takes over, `leader/beat` every second. A candidate that saw neither
//! change for [`TAKE_OVER_AFTER`] *by its own monotonic clock* takes over, in one transaction that compares the version of
//! `leader/epoch`. Nothing depends on clocks of two machines agreeing, on wall clocks or on leases: whatever the clocks do,
//! every write of the ledger compares the version of `leader/epoch` ([`Leadership::guard`]), so a leader that was
//! overtaken writes nothing. Clocks decide only *when* somebody takes over, and that a leader which cannot show itself
//! stops before another begins ([`Leadership::lost`]).

mod candidate;
mod fact;
mod keeper;

use std::time::Duration;

use renkei_metastore::Guard;
use tokio_util::sync::CancellationToken;

pub use candidate::Candidate;
pub use fact::{Leader, leader};
pub use keeper::Keeper;

/// How often a leader shows that it is alive.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);
/// How often a candidate looks.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A leader that showed nothing for this long is overtaken.
pub const TAKE_OVER_AFTER: Duration = Duration::from_secs(5);
/// A leader that could not show itself gives up this long before somebody may take over.
pub const MARGIN: Duration = Duration::from_secs(1);

/// The right to lead, until [`Leadership::lost`] is cancelled or, whatever this process believes, another took over.
#[derive(Debug, Clone)]
pub struct Leadership {
    epoch: u64,
    guard: Guard,
    lost: CancellationToken,
}

impl Leadership {
    /// The fencing number of this term: grows with every takeover.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What every write of this term carries: it holds as long as nobody took over.
    #[must_use]
    pub fn guard(&self) -> Guard {
        self.guard.clone()
    }

    /// Cancelled when another leads, or when this process could not show for [`TAKE_OVER_AFTER`] less [`MARGIN`] that it
    /// does. A child: cancelling it ends nothing else.
    #[must_use]
    pub fn lost(&self) -> CancellationToken {
        self.lost.child_token()
    }
}

#[cfg(test)]
mod tests;
