//! One stage: waves of shards, the next begun before the last has drained, until every shard has its commit.

use std::collections::{BTreeSet, VecDeque};

use futures::future::select_all;
use renkei_domain::ErrorKind;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::{CommitRecord, SealedStage};
use renkei_stage::ShardError;
use tokio::sync::watch;

use super::patience::{Patience, Verdict};
use super::{Driver, Event};
use crate::RunError;
use crate::engine::{WaveId, WaveState};

/// The next wave begins once fewer than a quarter of a wave's shards are still under way.
const LOW_WATER: usize = 4;

/// A stage under way. Shards are spoken of by their place in the plan.
pub(super) struct StageRun<'a> {
    driver: &'a Driver<'a>,
    epoch: u64,
    stage: Stage,
    shards: &'a [Shard],
    to_do: VecDeque<u32>,
    records: Vec<Option<CommitRecord>>,
    waves: Vec<Wave>,
    patience: Patience,
}

struct Wave {
    id: WaveId,
    shards: Vec<u32>,
    state: watch::Receiver<WaveState>,
}

enum Turn {
    /// The wave at this place of the list is over.
    Over(usize),
    /// Few shards are left under way, and some wait.
    Room,
    /// The run is to stop.
    Stop,
}

impl<'a> StageRun<'a> {
    pub(super) fn new(driver: &'a Driver<'a>, epoch: u64, stage: Stage, shards: &'a [Shard]) -> Self {
        let records = vec![None; shards.len()];
        Self {
            driver,
            epoch,
            stage,
            shards,
            to_do: VecDeque::new(),
            records,
            waves: Vec::new(),
            patience: Patience::default(),
        }
    }

    /// Runs what is missing and seals the stage. Whatever becomes of it, none of its waves is under way afterwards.
    pub(super) async fn drive(mut self, on: &(dyn Fn(Event) + Sync)) -> Result<SealedStage, RunError> {
        self.to_do = self.driver.missing(self.stage, self.shards).await?.into();
        let committed = self.shards.len() - self.to_do.len();
        on(Event::StageBegins { stage: self.stage, shards: self.shards.len(), committed });
        let outcome = self.until_committed().await;
        self.cancel_all().await;
        outcome?;
        self.seal().await
    }

    async fn until_committed(&mut self) -> Result<(), RunError> {
        while !(self.to_do.is_empty() && self.waves.is_empty()) {
            match self.turn().await {
                Turn::Stop => return Err(RunError::Stopped),
                Turn::Room => self.submit().await?,
                Turn::Over(wave) => {
                    let wave = self.waves.swap_remove(wave);
                    self.after(wave).await?;
                }
            }
        }
        Ok(())
    }

    /// Waits for something to do.
    async fn turn(&mut self) -> Turn {
        loop {
            if self.driver.stop.is_cancelled() {
                return Turn::Stop;
            }
            if let Some(over) = self.waves.iter().position(|wave| wave.state.borrow().is_over()) {
                return Turn::Over(over);
            }
            let under_way: usize = self.waves.iter().map(Wave::under_way).sum();
            if !self.to_do.is_empty() && (self.waves.is_empty() || under_way < self.driver.wave / LOW_WATER) {
                return Turn::Room;
            }
            let changes = self.waves.iter_mut().map(|wave| Box::pin(wave.state.changed()));
            let forgotten = tokio::select! {
                biased;
                () = self.driver.stop.cancelled() => return Turn::Stop,
                (changed, wave, _) = select_all(changes) => changed.is_err().then_some(wave),
            };
            if let Some(wave) = forgotten {
                return Turn::Over(wave);
            }
        }
    }

    async fn submit(&mut self) -> Result<(), RunError> {
        let places: Vec<u32> = self.to_do.drain(..self.to_do.len().min(self.driver.wave.max(1))).collect();
        let shards = places.iter().filter_map(|place| self.shards.get(*place as usize)).cloned().collect();
        let engine = self.driver.engine;
        let submitted = engine.submit(shards).await;
        match submitted.and_then(|id| Ok((id, engine.watch(id).ok_or_else(forgotten)?))) {
            Ok((id, state)) => self.waves.push(Wave { id, shards: places, state }),
            Err(error) => {
                self.to_do.extend(places);
                self.failed(false, error).await?;
            }
        }
        Ok(())
    }

    /// Counts the commits of a wave that is over; what has none goes into a later wave or is set aside.
    async fn after(&mut self, wave: Wave) -> Result<(), RunError> {
        let state = wave.state.borrow().clone();
        let found = self.driver.commits(self.stage, self.shards, &wave.shards).await?;
        let mut missing = Vec::new();
        for (place, record) in wave.shards.iter().copied().zip(found) {
            match record {
                Some(record) => self.keep(place, record),
                None => missing.push(place),
            }
        }
        let poison: BTreeSet<_> =
            self.driver.verdicts.poison(self.driver.store.run(), self.stage).into_iter().collect();
        let mut progress = missing.len() < wave.shards.len();
        for place in missing {
            let shard = self.shards.get(place as usize).filter(|shard| poison.contains(&shard.id));
            let record = match shard {
                Some(shard) => self.driver.set_aside(shard, self.epoch).await?,
                None => None,
            };
            match record {
                Some(record) => {
                    self.keep(place, record);
                    progress = true;
                }
                None => self.to_do.push_front(place),
            }
        }
        match state {
            _ if self.is_done(&wave.shards) => Ok(()),
            WaveState::Failed(error) => self.failed(progress, error).await,
            WaveState::Finished => self.idle(progress),
            WaveState::Cancelled | WaveState::Running { .. } => self.failed(progress, forgotten()).await,
        }
    }

    fn keep(&mut self, place: u32, record: CommitRecord) {
        if let Some(kept) = self.records.get_mut(place as usize) {
            *kept = Some(record);
        }
    }

    fn is_done(&self, places: &[u32]) -> bool {
        places.iter().all(|place| self.records.get(*place as usize).is_some_and(Option::is_some))
    }

    /// After a wave that says it finished and did not do everything.
    fn idle(&mut self, progress: bool) -> Result<(), RunError> {
        match self.patience.after(progress, false) {
            Verdict::GiveUp => Err(RunError::NoProgress { stage: self.stage, missing: self.to_do.len() }),
            Verdict::GoOn | Verdict::Wait(_) => Ok(()),
        }
    }

    /// After a wave that failed. Only a store, network or process that does not answer is worth another wave.
    async fn failed(&mut self, progress: bool, error: ShardError) -> Result<(), RunError> {
        if error.kind != ErrorKind::Unavailable {
            return Err(RunError::Stage { stage: self.stage, error });
        }
        tracing::warn!(stage = %self.stage, %error, "a wave failed in passing");
        match self.patience.after(progress, true) {
            Verdict::GoOn => Ok(()),
            Verdict::GiveUp => Err(RunError::Stage { stage: self.stage, error }),
            Verdict::Wait(wait) => {
                tokio::select! {
                    biased;
                    () = self.driver.stop.cancelled() => {}
                    () = self.driver.clock.sleep(wait) => {}
                }
                Ok(())
            }
        }
    }

    async fn cancel_all(&mut self) {
        for wave in &self.waves {
            self.driver.engine.cancel(wave.id).await;
        }
        for mut wave in self.waves.drain(..) {
            // An engine that forgot the wave runs nothing of it.
            let _ = wave.state.wait_for(WaveState::is_over).await;
        }
    }

    /// Lists the stage's commits, those of earlier processes included.
    async fn seal(mut self) -> Result<SealedStage, RunError> {
        let unread = (0..).zip(&self.records).filter(|(_, record)| record.is_none()).map(|(place, _)| place);
        let unread: Vec<u32> = unread.collect();
        let found = self.driver.commits(self.stage, self.shards, &unread).await?;
        for (place, record) in unread.into_iter().zip(found) {
            let record = record.ok_or(RunError::NoProgress { stage: self.stage, missing: 1 })?;
            self.keep(place, record);
        }
        let sealed = SealedStage { stage: self.stage, commits: self.records.into_iter().flatten().collect() };
        let before = self.driver.patiently("seal stage", || self.driver.store.seal_stage(&sealed)).await?;
        Ok(before.unwrap_or(sealed))
    }
}

impl Wave {
    fn under_way(&self) -> usize {
        match *self.state.borrow() {
            WaveState::Running { done } => self.shards.len().saturating_sub(done),
            _ => 0,
        }
    }
}

fn forgotten() -> ShardError {
    ShardError::new(ErrorKind::Unavailable, "the engine dropped a wave")
}
