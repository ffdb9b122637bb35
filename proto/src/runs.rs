//! What users say and hear, checked.

use std::time::Duration;

use renkei_domain::plan::Stage;
use renkei_domain::{Digest, ErrorKind, RunId, WorkerId};
use renkei_runtime::Timestamp;

use crate::workers::{Equipment, WorkerState};

/// The highest priority, and with the sign turned the lowest.
pub const MAX_PRIORITY: i32 = 100;

/// A run spec to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The run spec as JSON text; not parsed here.
    pub spec_json: String,
    /// Absolute URL that relative paths of the spec are relative to.
    pub base_url: String,
    /// What people will call the run; without it the spec's own name.
    pub name: Option<String>,
    /// Higher first, at most [`MAX_PRIORITY`] and at least its negative.
    pub priority: i32,
}

/// Where a submission led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The run.
    pub run: RunId,
    /// False where a run of this identity was known: it goes on, or is finished.
    pub is_new: bool,
}

/// A run as the leader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What people call it.
    pub name: String,
    /// How it stands.
    pub state: RunState,
    /// Higher first, at most [`MAX_PRIORITY`] and at least its negative.
    pub priority: i32,
    /// When it was first submitted.
    pub submitted: Timestamp,
    /// When it came into this state.
    pub since: Timestamp,
    /// Name in the certificate of whoever submitted it first.
    pub submitted_by: String,
    /// Progress of the planned stages, in order of execution.
    pub stages: Vec<StageProgress>,
    /// Fencing number of the leader that works on it, or did last.
    pub epoch: u64,
    /// Name of that leader.
    pub leader: String,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Waits for its turn.
    Queued,
    /// Is being worked on.
    Running {
        /// The stage at work.
        stage: Stage,
    },
    /// Is finished; nothing of it changes any more.
    Sealed {
        /// The manifest's root.
        merkle_root: Digest,
    },
    /// Stopped by an error; submitted again, it goes on.
    Stopped {
        /// What can be done about it.
        kind: ErrorKind,
        /// What happened.
        reason: String,
    },
    /// Stopped because a user asked; submitted again, it goes on.
    Cancelled,
}

impl RunState {
    /// Whether the state stays as it is until somebody submits the run again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Sealed { .. } | Self::Stopped { .. } | Self::Cancelled)
    }
}

/// How far one stage of a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct StageProgress {
    /// The stage.
    pub stage: Stage,
    /// Shards planned.
    pub planned: u64,
    /// Shards with a commit, those set aside among them; never more than planned.
    pub committed: u64,
    /// Tries that run now.
    pub in_flight: u64,
    /// Shards given up because they killed whoever tried them; never more than committed.
    pub set_aside: u64,
    /// Tiles looked at for tissue; 0 outside the embed stage.
    pub tiles_looked_at: u64,
    /// Tiles encoded; 0 outside the embed stage.
    pub tiles_encoded: u64,
    /// Tiles encoded in a second by all workers together over the last seconds; finite, not negative.
    pub tiles_per_second: f64,
}

/// A worker as users see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its id.
    pub id: WorkerId,
    /// What it has.
    pub equipment: Equipment,
    /// Tries that run on it now.
    pub busy: u32,
    /// Memory that its process has resident, bytes.
    pub resident_bytes: u64,
    /// How it stands.
    pub state: WorkerState,
    /// Time since its last sign of life, in whole milliseconds.
    pub silent: Duration,
}
