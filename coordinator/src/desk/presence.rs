//! What a worker says of itself when it joins, and what is refused.

use renkei_stage::ExecutorId;

use crate::error::Refusal;

/// Most slots that one worker may announce.
pub(super) const MAX_SLOTS: u32 = 1024;
/// Least and most memory that one worker may announce, in bytes: 16 MiB and 64 TiB.
pub(super) const MEMORY_BYTES: std::ops::RangeInclusive<u64> = (16 << 20)..=(64 << 40);

/// A worker process as it announces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Which worker, and which process of that id.
    pub executor: ExecutorId,
    /// Renkei's version.
    pub software: String,
    /// Version of the wire between coordinator and worker.
    pub protocol: u32,
    /// What its features' bytes depend on, where it knows that before it opens a run: the text of the execution class,
    /// with or without the batch, which a run's spec decides.
    pub class: Option<String>,
    /// Shards that it runs at once.
    pub slots: u32,
    /// Memory for decoded rows and features, in bytes.
    pub memory_bytes: u64,
    /// Labels that a run can ask for.
    pub pools: Vec<String>,
}

/// What every worker of this coordinator must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Renkei's version.
    pub software: String,
    /// Version of the wire.
    pub protocol: u32,
}

impl Expected {
    /// Refuses a worker that could not work with this coordinator, or that claims what no machine has.
    pub(super) fn check(&self, presence: &Presence) -> Result<(), Refusal> {
        let worker = presence.executor.worker.to_string();
        if presence.software != self.software {
            let (found, expected) = (presence.software.clone(), self.software.clone());
            return Err(Refusal::Software { worker, found, expected });
        }
        if presence.protocol != self.protocol {
            return Err(Refusal::Protocol { worker, found: presence.protocol, expected: self.protocol });
        }
        if !(1..=MAX_SLOTS).contains(&presence.slots) {
            return Err(Refusal::Slots { worker, slots: presence.slots });
        }
        if !MEMORY_BYTES.contains(&presence.memory_bytes) {
            return Err(Refusal::Memory { worker, bytes: presence.memory_bytes });
        }
        Ok(())
    }
}
