//! What workers say and hear, checked.

use std::time::Duration;

use renkei_domain::RunId;
use renkei_stage::{ExecutorId, ShardError, Ticket, Try};

/// The most slots a worker may announce.
pub const MAX_SLOTS: u32 = 1024;
/// The most pools a worker may be in.
pub const MAX_POOLS: usize = 32;
/// The longest name of a pool, in characters.
pub const MAX_POOL_NAME: usize = 64;

/// A worker makes itself known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Who joins.
    pub caller: ExecutorId,
    /// Version of the wire that it speaks: [`crate::PROTOCOL`] where it is sent, one that this build speaks where it came in.
    pub protocol: u32,
    /// What it has.
    pub equipment: Equipment,
}

/// What a worker has; nothing in it depends on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment {
    /// Version of its software.
    pub software: String,
    /// Encoder runtime, provider and processor features that fix its bytes; `None` where the worker learns it only when it
    /// opens a run.
    pub execution_class: Option<String>,
    /// Shards that it tries at once, 1 to [`MAX_SLOTS`].
    pub slots: u32,
    /// Memory that its shards may take together, bytes; not 0.
    pub memory_bytes: u64,
    /// Labels that a run can ask for: at most [`MAX_POOLS`], each up to [`MAX_POOL_NAME`] of `a-z 0-9 - _ .`.
    pub pools: Vec<String>,
}

/// How a worker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// Takes shards.
    Working,
    /// Finishes what it has, takes nothing new, then leaves.
    Draining,
}

/// What a worker needs to know of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Fencing number of the leader that answers.
    pub epoch: u64,
    /// Name of that leader.
    pub leader: String,
    /// Time between two beats, in whole milliseconds; not 0.
    pub beat_interval: Duration,
    /// Silence after which the worker counts as lost, in whole milliseconds; longer than the beat interval.
    pub lost_after: Duration,
    /// Engine and version, such as `ballista 55.0.0`; executors speak to schedulers of their own version only.
    pub engine: String,
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Who beats.
    pub caller: ExecutorId,
    /// Work done on the runs that this process has open.
    pub progress: Vec<RunProgress>,
    /// Memory that the process has resident, bytes.
    pub resident_bytes: u64,
    /// Whether it takes shards.
    pub state: WorkerState,
    /// The tries in hand: those that were given leave and whose end the desk has not yet heard.
    pub running: Vec<Try>,
}

/// Tiles of one run that a process worked on since it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunProgress {
    /// The run.
    pub run: RunId,
    /// Tiles looked at for tissue.
    pub tiles_looked_at: u64,
    /// Tiles encoded.
    pub tiles_encoded: u64,
}

/// What a worker is to do now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directives {
    /// Waves to stop: cancel their tries and commit nothing more for them.
    pub cancelled: Vec<Wave>,
    /// The leader does not know this worker: join again.
    pub please_rejoin: bool,
}

/// One wave of one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wave {
    /// The run.
    pub run: RunId,
    /// Fencing number of the coordinator that made the wave.
    pub epoch: u64,
    /// The wave within that coordinator.
    pub wave: u64,
}

impl From<&Ticket> for Wave {
    fn from(ticket: &Ticket) -> Self {
        Self { run: ticket.run.clone(), epoch: ticket.epoch, wave: ticket.wave }
    }
}

/// A worker asks leave to begin a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// Who asks.
    pub caller: ExecutorId,
    /// What it would try.
    pub a_try: Try,
}

/// Leave to begin, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Begin.
    Go,
    /// The shard is no longer wanted: return as if it were done.
    NotWanted,
    /// Ask again after this time, in whole milliseconds.
    Wait(Duration),
    /// Do not begin; of kind `Fenced` where the wave was cancelled or another leads.
    Refused(ShardError),
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Who tells.
    pub caller: ExecutorId,
    /// What it tried.
    pub a_try: Try,
    /// Committed (by this try or another), or why not.
    pub outcome: Result<(), ShardError>,
}
