//! What a worker must know to open the run that a shard belongs to.

use renkei_domain::RunId;
use serde::{Deserialize, Serialize};

/// Travels with every wave of a cluster; holds no secret and nothing of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// The run.
    pub run: RunId,
    /// URL of the store that holds the run's launch, identity and commits.
    pub store: String,
    /// Fencing number of the coordinator that hands the shard out; it goes into the commit record.
    pub epoch: u64,
    /// The wave within that coordinator, so that one wave can be cancelled and counted apart from the others.
    pub wave: u64,
}
