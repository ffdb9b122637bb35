//! What stays of a run whose data were erased.

use serde::{Deserialize, Serialize};

use crate::RunId;

/// Stands beside the manifest of a run that held somebody who was erased. It does not say who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// [`super::RECORD_VERSION`].
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// When it was erased, UTC, RFC 3339.
    pub erased: String,
    /// Objects that were to be removed.
    pub objects: u64,
    /// Their bytes together.
    pub bytes: u64,
}
