//! What is known of a run.

use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_domain::{Digest, ErrorKind, RunId};
use serde::{Deserialize, Serialize};

use crate::RunError;

/// The newest version of the record. Version 1 had neither submissions nor the states that come with them; it still loads.
pub const FACT_VERSION: u32 = 2;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFact {
    /// [`FACT_VERSION`] of its writer.
    pub version: u32,
    /// The run.
    pub run: RunId,
    /// What people call it.
    pub name: String,
    /// Fencing number: grows with every process that takes the run over; 0 before the first.
    pub epoch: u64,
    /// How it stands.
    pub state: RunState,
    /// Planned shards by stage, for progress.
    pub shards: Vec<(Stage, usize)>,
    /// When the newest process took it over, or when it was submitted, UTC, RFC 3339.
    pub since: String,
    /// Who submitted it to a cluster, and how; `None` for a run that a process drives by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
    /// The wish that it be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<CancelWish>,
}

/// How a run came to the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Who submitted it, as the server knows its users.
    pub by: String,
    /// When, UTC, RFC 3339.
    pub at: String,
    /// Runs of a higher priority get slots first; 0 is usual.
    pub priority: i32,
    /// URL of the store that holds the run's launch, identity and commits: where the next leader finds them.
    pub store: String,
}

/// Who wants a run cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelWish {
    /// Who, as the server knows its users.
    pub by: String,
    /// When, UTC, RFC 3339.
    pub at: String,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Submitted; the leader has not begun it.
    Queued,
    /// A process is, or was when it was killed, at work on it.
    Running,
    /// Stopped in good order, or by an error; it can go on.
    Stopped {
        /// Why.
        reason: String,
        /// What can be done about it; records of version 1 do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ErrorKind>,
    },
    /// Cancelled by a user; submitted anew it goes on.
    Cancelled,
    /// Finished; nothing of it changes any more.
    Sealed {
        /// The manifest's root.
        merkle_root: Digest,
        /// Shards that were set aside because no worker survived them.
        #[serde(default, skip_serializing_if = "is_none")]
        set_aside: usize,
    },
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl RunState {
    /// The state of a run with this manifest.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self::Sealed { merkle_root: manifest.merkle_root, set_aside: manifest.set_aside() }
    }

    /// Whether nobody is to go on with the run unless somebody asks for it anew.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Stopped { .. } | Self::Cancelled | Self::Sealed { .. } => true,
        }
    }
}

/// Only the version: read first, so that a newer record is told apart from a broken one.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl RunFact {
    pub(super) fn read(run: &RunId, value: &[u8]) -> Result<Self, RunError> {
        let fault = |reason: String| RunError::Fact { run: run.to_string(), reason };
        let Versioned { version } = serde_json::from_slice(value).map_err(|error| fault(error.to_string()))?;
        if !(1..=FACT_VERSION).contains(&version) {
            return Err(fault(format!("its version is {version}, this renkei knows up to {FACT_VERSION}")));
        }
        serde_json::from_slice(value).map_err(|error| fault(error.to_string()))
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, RunError> {
        serde_json::to_vec(self)
            .map_err(|error| RunError::Fact { run: self.run.to_string(), reason: error.to_string() })
    }
}
