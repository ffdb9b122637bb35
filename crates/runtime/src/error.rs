//! Why a seam of the process could not be set up or used.

use renkei_domain::ErrorKind;

use crate::size::ByteSize;

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that is no byte size.
    #[error("'{text}' is not a byte size: write a whole number and a unit, as in 512MiB or 2GB")]
    ByteSize {
        /// The text that was given.
        text: String,
    },
    /// A text that is no RFC 3339 time, or a time outside the years 1 to 9999.
    #[error("'{text}' is not a time: write RFC 3339 in the years 0001 to 9999, as in 2026-01-31T09:00:00.000Z")]
    Timestamp {
        /// The text that was given, or the number of milliseconds.
        text: String,
    },
    /// A memory budget that cannot be counted.
    #[error("a memory budget of {budget} is out of range: set it between 1KiB and 4095GiB")]
    BudgetOutOfRange {
        /// The budget that was asked for.
        budget: ByteSize,
    },
    /// One request larger than the whole memory budget: it could never be granted.
    #[error("{requested} of memory were asked for at once, but the whole budget is {budget}: raise the memory setting")]
    RequestTooLarge {
        /// The size of the request.
        requested: ByteSize,
        /// The size of the whole budget.
        budget: ByteSize,
    },
    /// The machine gives no random bytes.
    #[error("the machine gives no random bytes: {0}")]
    Entropy(#[source] getrandom::Error),
    /// The process may not listen for signals.
    #[error("cannot listen for SIGINT and SIGTERM: {0}")]
    Signals(#[source] std::io::Error),
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::ByteSize { .. }
            | Self::Timestamp { .. }
            | Self::BudgetOutOfRange { .. }
            | Self::RequestTooLarge { .. } => ErrorKind::Invalid,
            Self::Entropy(_) | Self::Signals(_) => ErrorKind::Unavailable,
        }
    }
}
