//! An engine as bad as an engine may be: workers pull from it, it forgets what it handed out, hands out twice, and says now
//! and then that it did what it did not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use renkei_coordinator::desk::FrontDesk;
use renkei_coordinator::engine::ballista::{Tally, Tries};
use renkei_coordinator::engine::{Engine, WaveId, WaveState};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use renkei_runtime::Clock;
use renkei_stage::{ExecutorId, ShardError, Ticket};
use tokio::sync::watch;

use crate::executor::{Process, World};

/// After this long without word of a shard it is handed out again.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// So often one shard may fail in passing before its wave fails.
const TRIES: u32 = 4;

/// One run's engine.
pub(crate) struct Puller {
    pub(crate) world: World,
    pub(crate) process: Process,
    pub(crate) front: Arc<FrontDesk>,
    pub(crate) ticket: Ticket,
    pub(crate) waves: Arc<Mutex<BTreeMap<u64, Wave>>>,
    /// How often it says that a shard is done which nobody ran.
    pub(crate) lies: f64,
}

impl std::fmt::Debug for Puller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Puller")
    }
}

pub(crate) struct Wave {
    shards: Vec<Shard>,
    waiting: VecDeque<usize>,
    handed: BTreeMap<usize, Duration>,
    finished: BTreeSet<usize>,
    failures: BTreeMap<usize, u32>,
    cancelled: bool,
    state: watch::Sender<WaveState>,
}

impl Wave {
    /// How the wave ends, where it does.
    fn verdict(&self, tally: &Tally) -> Option<WaveState> {
        let failure = tally.failure.clone();
        if self.cancelled {
            Some(WaveState::Cancelled)
        } else if let Some(for_good) = failure.clone().filter(|failure| !failure.kind.retryable()) {
            Some(WaveState::Failed(for_good))
        } else if self.failures.values().any(|failures| *failures >= TRIES) {
            let unknown = || ShardError::new(ErrorKind::Unavailable, "the engine gave up");
            Some(WaveState::Failed(failure.unwrap_or_else(unknown)))
        } else {
            (self.finished.len() == self.shards.len()).then_some(WaveState::Finished)
        }
    }
}

impl Puller {
    /// Hands a shard to a worker, where one waits.
    pub(crate) fn poll(&self, executor: &ExecutorId) -> Option<(Ticket, usize, Shard)> {
        if !self.front.takes(executor, None) {
            return None;
        }
        let mut waves = self.waves.lock().unwrap();
        for (number, wave) in waves.iter_mut().filter(|(_, wave)| !wave.cancelled) {
            let Some(place) = wave.waiting.pop_front() else { continue };
            if self.world.chance(self.lies) {
                wave.finished.insert(place);
                continue;
            }
            wave.handed.insert(place, self.world.monotonic());
            return Some((Ticket { wave: *number, ..self.ticket.clone() }, place, wave.shards[place].clone()));
        }
        None
    }

    /// A worker says that it is done with a shard.
    pub(crate) fn done(&self, wave: u64, place: usize, well: bool) {
        let mut waves = self.waves.lock().unwrap();
        let Some(wave) = waves.get_mut(&wave) else { return };
        if wave.handed.remove(&place).is_none() {
            return;
        }
        if well {
            wave.finished.insert(place);
        } else {
            *wave.failures.entry(place).or_default() += 1;
            wave.waiting.push_back(place);
        }
    }
}

/// Follows a wave to its end, as the real engine does beside its scheduler.
async fn follow(world: World, front: Arc<FrontDesk>, waves: Arc<Mutex<BTreeMap<u64, Wave>>>, ticket: Ticket) {
    let mut tally = front.open(&ticket);
    let end = loop {
        world.sleep(Duration::from_millis(500)).await;
        let mut waves = waves.lock().unwrap();
        let Some(wave) = waves.get_mut(&ticket.wave) else { return };
        let late: Vec<usize> = wave
            .handed
            .iter()
            .filter(|(_, at)| world.monotonic() > **at + FORGOTTEN)
            .map(|(place, _)| *place)
            .collect();
        for place in late {
            wave.handed.remove(&place);
            wave.waiting.push_back(place);
        }
        let now = tally.borrow_and_update().clone();
        if let Some(end) = wave.verdict(&now) {
            break end;
        }
        wave.state.send_if_modified(|state| {
            let progress = WaveState::Running { done: now.done };
            std::mem::replace(state, progress.clone()) != progress
        });
    };
    if end == WaveState::Cancelled {
        front.cancel(&ticket);
    } else {
        front.close(&ticket);
    }
    while tally.borrow_and_update().in_flight > 0 {
        if waves.lock().unwrap()[&ticket.wave].cancelled {
            front.cancel(&ticket);
        }
        tokio::select! {
            biased;
            _ = tally.changed() => {}
            () = world.sleep(Duration::from_secs(1)) => {}
        }
    }
    front.forget(&ticket);
    let Some(wave) = waves.lock().unwrap().remove(&ticket.wave) else { return };
    wave.state.send_replace(if wave.cancelled { WaveState::Cancelled } else { end });
}

#[async_trait]
impl Engine for Puller {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        let number = self.world.number();
        let ticket = Ticket { wave: number, ..self.ticket.clone() };
        let wave = Wave {
            waiting: (0..shards.len()).collect(),
            shards,
            handed: BTreeMap::new(),
            finished: BTreeSet::new(),
            failures: BTreeMap::new(),
            cancelled: false,
            state: watch::Sender::new(WaveState::Running { done: 0 }),
        };
        self.waves.lock().unwrap().insert(number, wave);
        let followed = follow(self.world.clone(), Arc::clone(&self.front), Arc::clone(&self.waves), ticket.clone());
        let _open = self.front.open(&ticket);
        self.world.spawn(self.process, followed);
        Ok(WaveId(number))
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.waves.lock().unwrap().get(&wave.0).map(|wave| wave.state.subscribe())
    }

    async fn cancel(&self, wave: WaveId) {
        if let Some(wave) = self.waves.lock().unwrap().get_mut(&wave.0) {
            wave.cancelled = true;
        }
    }
}
