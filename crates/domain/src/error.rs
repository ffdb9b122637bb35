//! What a caller can do about a failure. Every crate's error maps to one of these, and they survive the wire.

use serde::{Deserialize, Serialize};

/// The kind of a failure, chosen by what the caller must do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request is wrong: change the spec, the table or the command, then try again.
    Invalid,
    /// What was named does not exist: check the name.
    NotFound,
    /// Someone else got there first with different content: read the present state, then decide.
    Conflict,
    /// This process may no longer commit: stop, another leads.
    Fenced,
    /// A store, network or process did not answer: trying again may work.
    Unavailable,
    /// Memory, disk or a quota is used up: free some, or raise the limit.
    Exhausted,
    /// Input bytes are broken (a slide, a record, an artifact): repair or exclude them.
    Data,
    /// The caller may not do this.
    Denied,
    /// A defect of Renkei: please report it.
    Internal,
}

impl ErrorKind {
    /// Whether the same call may succeed when simply made again.
    #[must_use]
    pub fn retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Exhausted)
    }

    /// The exit code of `renkei` for this kind (listed in the README).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Invalid => 2,
            Self::NotFound => 3,
            Self::Data => 4,
            Self::Conflict | Self::Fenced => 5,
            Self::Unavailable => 6,
            Self::Exhausted => 7,
            Self::Denied => 8,
        }
    }
}
