//! Joining and leaving.

use std::time::Duration;

use renkei_stage::ExecutorId;

use super::{id, line, millis, nested};
use crate::fields::present;
use crate::workers::{Announcement, Equipment, MAX_POOL_NAME, MAX_POOLS, MAX_SLOTS, Welcome};
use crate::{OLDEST_PROTOCOL, PROTOCOL, WireError, v1};

impl From<ExecutorId> for v1::Caller {
    fn from(caller: ExecutorId) -> Self {
        Self { worker: caller.worker.into(), incarnation: caller.incarnation }
    }
}

impl TryFrom<v1::Caller> for ExecutorId {
    type Error = WireError;

    fn try_from(caller: v1::Caller) -> Result<Self, WireError> {
        Ok(Self { worker: id("worker", caller.worker)?, incarnation: caller.incarnation })
    }
}

impl From<Announcement> for v1::Announcement {
    fn from(announcement: Announcement) -> Self {
        Self {
            caller: Some(announcement.caller.into()),
            protocol: announcement.protocol,
            equipment: Some(announcement.equipment.into()),
        }
    }
}

impl TryFrom<v1::Announcement> for Announcement {
    type Error = WireError;

    fn try_from(announcement: v1::Announcement) -> Result<Self, WireError> {
        Ok(Self {
            protocol: protocol(announcement.protocol)?,
            caller: nested("caller", announcement.caller)?,
            equipment: nested("equipment", announcement.equipment)?,
        })
    }
}

/// Looked at before anything else of an announcement, whose other fields may mean something else in another version.
fn protocol(protocol: u32) -> Result<u32, WireError> {
    if (OLDEST_PROTOCOL..=PROTOCOL).contains(&protocol) {
        return Ok(protocol);
    }
    let fault = if protocol > PROTOCOL { "upgrade the coordinators before the workers" } else { "upgrade the worker" };
    let spoken = format!("is {protocol}, but {OLDEST_PROTOCOL} to {PROTOCOL} is spoken here: {fault}");
    Err(WireError::field("protocol", spoken))
}

impl From<Equipment> for v1::Equipment {
    fn from(equipment: Equipment) -> Self {
        Self {
            software: equipment.software,
            execution_class: equipment.execution_class,
            slots: equipment.slots,
            memory_bytes: equipment.memory_bytes,
            pools: equipment.pools,
        }
    }
}

impl TryFrom<v1::Equipment> for Equipment {
    type Error = WireError;

    fn try_from(equipment: v1::Equipment) -> Result<Self, WireError> {
        let slots = equipment.slots;
        if !(1..=MAX_SLOTS).contains(&slots) {
            return Err(WireError::field("slots", format!("is {slots}: must lie between 1 and {MAX_SLOTS}")));
        }
        if equipment.memory_bytes == 0 {
            return Err(WireError::field("memory_bytes", "is 0: must be positive"));
        }
        Ok(Self {
            software: line("software", equipment.software)?,
            execution_class: equipment.execution_class.map(|class| line("execution_class", class)).transpose()?,
            slots,
            memory_bytes: equipment.memory_bytes,
            pools: pools(equipment.pools)?,
        })
    }
}

fn pools(pools: Vec<String>) -> Result<Vec<String>, WireError> {
    if pools.len() > MAX_POOLS {
        return Err(WireError::field("pools", format!("are {}: at most {MAX_POOLS}", pools.len())));
    }
    let of_a_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let good = |pool: &String| (1..=MAX_POOL_NAME).contains(&pool.len()) && pool.chars().all(of_a_name);
    match pools.iter().position(|pool| !good(pool)) {
        None => Ok(pools),
        Some(i) => {
            let needed = format!("must be 1 to {MAX_POOL_NAME} of a-z, 0-9, '-', '_' and '.'");
            Err(WireError::field(&format!("pools[{i}]"), needed))
        }
    }
}

impl From<Welcome> for v1::Welcome {
    fn from(welcome: Welcome) -> Self {
        Self {
            epoch: welcome.epoch,
            leader: welcome.leader,
            beat_interval_ms: millis(welcome.beat_interval),
            lost_after_ms: millis(welcome.lost_after),
            scheduler: Some(v1::SchedulerFacts { engine: welcome.engine }),
        }
    }
}

impl TryFrom<v1::Welcome> for Welcome {
    type Error = WireError;

    fn try_from(welcome: v1::Welcome) -> Result<Self, WireError> {
        let (beat, lost) = (welcome.beat_interval_ms, welcome.lost_after_ms);
        if beat == 0 {
            return Err(WireError::field("beat_interval_ms", "is 0: must be positive"));
        }
        if lost <= beat {
            return Err(WireError::field("lost_after_ms", format!("is {lost}: must be more than one beat, {beat} ms")));
        }
        Ok(Self {
            epoch: welcome.epoch,
            leader: welcome.leader,
            beat_interval: Duration::from_millis(beat),
            lost_after: Duration::from_millis(lost),
            engine: line("scheduler.engine", present("scheduler", welcome.scheduler)?.engine)?,
        })
    }
}

impl From<ExecutorId> for v1::LeaveRequest {
    fn from(caller: ExecutorId) -> Self {
        Self { caller: Some(caller.into()) }
    }
}

impl TryFrom<v1::LeaveRequest> for ExecutorId {
    type Error = WireError;

    fn try_from(request: v1::LeaveRequest) -> Result<Self, WireError> {
        nested("caller", request.caller)
    }
}
