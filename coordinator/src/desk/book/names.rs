//! What the book's entries are found by.

use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId};
use renkei_stage::{Ticket, Try};

/// One shard in its stage of its run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// The run.
    pub run: RunId,
    /// The stage.
    pub stage: Stage,
    /// The shard.
    pub shard: ShardId,
}

impl From<&Try> for Task {
    fn from(a_try: &Try) -> Self {
        Self { run: a_try.ticket.run.clone(), stage: a_try.stage, shard: a_try.shard.clone() }
    }
}

/// One wave of one coordinator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaveName {
    /// The run.
    pub run: RunId,
    /// Fencing number of the coordinator that submitted it.
    pub epoch: u64,
    /// The wave within that coordinator.
    pub wave: u64,
}

impl From<&Ticket> for WaveName {
    fn from(ticket: &Ticket) -> Self {
        Self { run: ticket.run.clone(), epoch: ticket.epoch, wave: ticket.wave }
    }
}
