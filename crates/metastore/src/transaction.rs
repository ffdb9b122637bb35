//! What one transaction asks for and what came of it, and the limits that all implementations keep.

use std::collections::BTreeSet;

use crate::Version;
use crate::error::Error;
use crate::key::Key;

/// Guards, and writes, of one transaction: at most this many each (etcd's default `--max-txn-ops`).
pub const MAX_OPERATIONS: usize = 128;

/// Keys and values written in one transaction, in bytes: two thirds of etcd's default request limit of 1.5 MiB.
pub const MAX_WRITTEN_BYTES: usize = 1 << 20;

/// A condition on the present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is no value at `key`.
    Absent {
        /// Where.
        key: Key,
    },
    /// The value at `key` is there and was last put at `version`.
    VersionIs {
        /// Where.
        key: Key,
        /// The version that was read.
        version: Version,
    },
}

impl Guard {
    pub(crate) fn key(&self) -> &Key {
        match self {
            Self::Absent { key } | Self::VersionIs { key, .. } => key,
        }
    }

    fn holds(&self, present: Option<Version>) -> bool {
        match self {
            Self::Absent { .. } => present.is_none(),
            Self::VersionIs { version, .. } => present == Some(*version),
        }
    }
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts `value` at `key`, whether there was one or not.
    Put {
        /// Where.
        key: Key,
        /// What.
        value: Vec<u8>,
    },
    /// Removes the value at `key`, if any.
    Delete {
        /// Where.
        key: Key,
    },
}

impl Write {
    fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put { key, value } => key.as_str().len() + value.len(),
            Self::Delete { key } => key.as_str().len(),
        }
    }
}

/// What came of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a failed guard is an outcome, not an error: nothing was written"]
pub enum Outcome {
    /// All guards held and all writes are done.
    Committed {
        /// The version of the store after it, which every value put by it carries.
        version: Version,
    },
    /// A guard did not hold, and nothing was written.
    GuardFailed {
        /// The key of the first guard that did not hold, in the order given.
        key: Key,
    },
}

/// Refuses what goes over the limits or writes one key twice.
pub(crate) fn check(guards: &[Guard], writes: &[Write]) -> Result<(), Error> {
    let operations = guards.len().max(writes.len());
    if operations > MAX_OPERATIONS {
        return Err(Error::TooManyOperations { operations });
    }
    let bytes = writes.iter().map(Write::bytes).sum();
    if bytes > MAX_WRITTEN_BYTES {
        return Err(Error::TooManyBytes { bytes });
    }
    let mut seen = BTreeSet::new();
    match writes.iter().map(Write::key).find(|key| !seen.insert(*key)) {
        Some(key) => Err(Error::WrittenTwice { key: key.clone() }),
        None => Ok(()),
    }
}

/// The outcome where a guard fails against the versions that `present` finds, `None` where all hold.
pub(crate) fn failed_guard<E>(
    guards: &[Guard],
    mut present: impl FnMut(&Key) -> Result<Option<Version>, E>,
) -> Result<Option<Outcome>, E> {
    for guard in guards {
        if !guard.holds(present(guard.key())?) {
            return Ok(Some(Outcome::GuardFailed { key: guard.key().clone() }));
        }
    }
    Ok(None)
}
