//! The desk's book: a pure state machine. Every input carries the time of a monotonic clock; nothing here waits.
//!
//! `life` is what workers do (join, beat, leave, are lost), `leave` what becomes of tries, `waves` what the engine and
//! the run driver say.

mod awake;
mod leave;
mod life;
mod names;
pub mod rules;
mod waves;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use renkei_domain::{AttemptId, RunId, ShardId, WorkerId};
use renkei_stage::{ExecutorId, ShardError};

use super::{Expected, Presence};
use awake::Awake;
pub use leave::Leave;
pub use life::{Beat, WorkerView};
pub use names::{Task, WaveName};

/// Everything that the desk knows.
#[derive(Debug)]
pub struct Book {
    expected: Expected,
    awake: Awake,
    workers: BTreeMap<WorkerId, Worker>,
    /// Workers that fell silent, so that what they took with them can be given back if they only slept.
    lost: BTreeMap<WorkerId, Lost>,
    waves: BTreeMap<WaveName, Wave>,
    /// The execution class that a run is pinned to, where it is known.
    classes: BTreeMap<RunId, String>,
    /// Runs whose tries, of whatever epoch, are to stop.
    cancelled: BTreeSet<RunId>,
    /// Tries that ended with a lost worker, by shard.
    deaths: BTreeMap<Task, u32>,
}

#[derive(Debug)]
struct Worker {
    presence: Presence,
    /// When it was last heard of, in the desk's own time.
    heard: Duration,
    draining: bool,
    tries: BTreeMap<AttemptId, OpenTry>,
    /// The suspect that waits until this worker is empty, and until when its place is kept.
    reserved: Option<(Task, Duration)>,
}

/// A try that asked leave and has not ended.
#[derive(Debug, Clone)]
struct OpenTry {
    wave: WaveName,
    task: Task,
    /// Whether it got leave, or still waits for it.
    begun: bool,
    /// When it was last asked for or named by a beat, in the desk's own time.
    seen: Duration,
}

#[derive(Debug)]
struct Lost {
    incarnation: u64,
    tasks: Vec<Task>,
}

#[derive(Debug, Default)]
struct Wave {
    stand: Stand,
    in_flight: usize,
    done: BTreeSet<ShardId>,
    for_good: Option<ShardError>,
    passing: Option<ShardError>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stand {
    #[default]
    Open,
    Closed,
    Cancelled,
}

impl Book {
    /// An empty book of a coordinator whose workers must be as `expected`.
    #[must_use]
    pub fn new(expected: Expected) -> Self {
        Self {
            expected,
            awake: Awake::default(),
            workers: BTreeMap::new(),
            lost: BTreeMap::new(),
            waves: BTreeMap::new(),
            classes: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            deaths: BTreeMap::new(),
        }
    }

    /// The worker, where it is present in this very incarnation.
    fn present(&self, executor: &ExecutorId) -> Option<&Worker> {
        let worker = self.workers.get(&executor.worker)?;
        (worker.presence.executor.incarnation == executor.incarnation).then_some(worker)
    }

    fn present_mut(&mut self, executor: &ExecutorId) -> Option<&mut Worker> {
        let worker = self.workers.get_mut(&executor.worker)?;
        (worker.presence.executor.incarnation == executor.incarnation).then_some(worker)
    }

    fn deaths_of(&self, task: &Task) -> u32 {
        self.deaths.get(task).copied().unwrap_or(0)
    }

    fn is_suspect(&self, task: &Task) -> bool {
        self.deaths_of(task) > 0
    }

    fn is_poison(&self, task: &Task) -> bool {
        self.deaths_of(task) >= rules::POISON_DEATHS
    }

    /// Notes a try on a worker, in place of what was noted under the same attempt.
    fn put_try(&mut self, worker: &WorkerId, attempt: &AttemptId, open: OpenTry) {
        let wave = open.wave.clone();
        let Some(present) = self.workers.get_mut(worker) else { return };
        if present.tries.insert(attempt.clone(), open).is_none()
            && let Some(wave) = self.waves.get_mut(&wave)
        {
            wave.in_flight += 1;
        }
    }

    fn take_try(&mut self, worker: &WorkerId, attempt: &AttemptId) -> Option<OpenTry> {
        let open = self.workers.get_mut(worker)?.tries.remove(attempt)?;
        self.release(&open);
        Some(open)
    }

    fn release(&mut self, open: &OpenTry) {
        if let Some(wave) = self.waves.get_mut(&open.wave) {
            wave.in_flight = wave.in_flight.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
