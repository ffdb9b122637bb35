//! How far a run is, for people. Nothing is decided by it: what counts are the commits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use renkei_domain::plan::{Shard, Stage};
use renkei_stage::ShardError;
use tokio::sync::watch;

use crate::engine::{Engine, WaveId, WaveState};
use crate::run::Event;

/// How far every stage of a run is.
#[derive(Debug)]
pub(super) struct Progress {
    stages: Vec<Stand>,
    /// Waves of the stage at work.
    waves: Vec<Wave>,
    at_work: Option<Stage>,
}

/// One stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) stage: Stage,
    pub(super) planned: usize,
    pub(super) committed: usize,
    /// Of those committed, known once the stage is sealed.
    pub(super) set_aside: usize,
}

#[derive(Debug)]
struct Wave {
    shards: usize,
    /// As last seen: a wave that failed or was cancelled no longer says.
    done: usize,
    state: watch::Receiver<WaveState>,
}

impl Wave {
    fn look(&mut self) -> usize {
        self.done = match &*self.state.borrow() {
            WaveState::Running { done } => *done,
            WaveState::Finished => self.shards,
            WaveState::Failed(_) | WaveState::Cancelled => self.done,
        };
        self.done
    }
}

impl Progress {
    /// Nothing done of what is planned.
    pub(super) fn of(shards: &[(Stage, usize)]) -> Self {
        let stand =
            |(stage, planned): &(Stage, usize)| Stand { stage: *stage, planned: *planned, committed: 0, set_aside: 0 };
        Self { stages: shards.iter().map(stand).collect(), waves: Vec::new(), at_work: None }
    }

    /// As counted in the store.
    pub(super) fn counted(stages: Vec<Stand>) -> Self {
        Self { stages, waves: Vec::new(), at_work: None }
    }

    /// The stage at work; before the first begins, the first.
    pub(super) fn at_work(&self) -> Option<Stage> {
        self.at_work.or_else(|| self.stages.first().map(|stand| stand.stage))
    }

    pub(super) fn on(&mut self, event: Event) {
        self.waves.clear();
        match event {
            Event::StageBegins { stage, committed, .. } => {
                // What is there of an earlier stage was sealed before this process came.
                for stand in self.stages.iter_mut().filter(|stand| stand.stage < stage) {
                    stand.committed = stand.planned;
                }
                self.at_work = Some(stage);
                self.stand(stage, |stand| stand.committed = committed);
            }
            Event::StageSealed { stage, set_aside } => self.stand(stage, |stand| {
                (stand.committed, stand.set_aside) = (stand.planned, set_aside);
            }),
        }
    }

    fn stand(&mut self, of: Stage, change: impl FnOnce(&mut Stand)) {
        if let Some(stand) = self.stages.iter_mut().find(|stand| stand.stage == of) {
            change(stand);
        }
    }

    /// Everything is done; only shards of the embed stage can be set aside.
    pub(super) fn sealed(&mut self, set_aside: usize) {
        self.waves.clear();
        self.stages.iter_mut().for_each(|stand| stand.committed = stand.planned);
        self.stand(Stage::Embed, |stand| stand.set_aside = set_aside);
    }

    /// All stages now.
    pub(super) fn stages(&mut self) -> Vec<Stand> {
        let done: usize = self.waves.iter_mut().map(Wave::look).sum();
        let at_work = self.at_work;
        let now = |stand: &Stand| match at_work == Some(stand.stage) {
            true => Stand { committed: (stand.committed + done).min(stand.planned), ..*stand },
            false => *stand,
        };
        self.stages.iter().map(now).collect()
    }
}

/// Progress that several look at.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<Progress>>);

impl Shared {
    pub(super) fn new(progress: Progress) -> Self {
        Self(Arc::new(Mutex::new(progress)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An engine whose waves are counted on the way.
#[derive(Debug)]
pub(super) struct Counted<E> {
    pub(super) engine: E,
    pub(super) progress: Shared,
}

#[async_trait]
impl<E: Engine> Engine for Counted<E> {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        let count = shards.len();
        let wave = self.engine.submit(shards).await?;
        if let Some(state) = self.engine.watch(wave) {
            self.progress.lock().waves.push(Wave { shards: count, done: 0, state });
        }
        Ok(wave)
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.engine.watch(wave)
    }

    async fn cancel(&self, wave: WaveId) {
        self.engine.cancel(wave).await;
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::ErrorKind;

    use super::*;

    fn embed_stage(progress: &mut Progress) -> usize {
        progress.stages().iter().find(|stand| stand.stage == Stage::Embed).unwrap().committed
    }

    fn wave(progress: &mut Progress, shards: usize) -> watch::Sender<WaveState> {
        let (sender, state) = watch::channel(WaveState::Running { done: 0 });
        progress.waves.push(Wave { shards, done: 0, state });
        sender
    }

    #[test]
    fn waves_add_to_what_was_committed_before_and_never_beyond_the_plan() {
        let mut progress = Progress::of(&[(Stage::Cohort, 1), (Stage::Embed, 10)]);
        assert_eq!(progress.at_work(), Some(Stage::Cohort));
        progress.on(Event::StageBegins { stage: Stage::Embed, shards: 10, committed: 3 });
        let (first, second) = (wave(&mut progress, 4), wave(&mut progress, 3));
        first.send_replace(WaveState::Running { done: 2 });
        second.send_replace(WaveState::Running { done: 1 });
        assert_eq!(embed_stage(&mut progress), 6);
        first.send_replace(WaveState::Failed(ShardError::new(ErrorKind::Unavailable, "t")));
        second.send_replace(WaveState::Finished);
        assert_eq!(embed_stage(&mut progress), 8, "what a failed wave had done still counts");
        wave(&mut progress, 99).send_replace(WaveState::Finished);
        assert_eq!(embed_stage(&mut progress), 10);
        assert_eq!(progress.stages()[0].committed, 1, "a stage that began has all before it behind it");
    }

    #[test]
    fn a_sealed_stage_is_whole_and_its_waves_count_no_more() {
        let mut progress = Progress::of(&[(Stage::Embed, 10), (Stage::Compress, 1)]);
        progress.on(Event::StageBegins { stage: Stage::Embed, shards: 10, committed: 0 });
        let state = wave(&mut progress, 10);
        progress.on(Event::StageSealed { stage: Stage::Embed, set_aside: 2 });
        progress.on(Event::StageBegins { stage: Stage::Compress, shards: 1, committed: 0 });
        state.send_replace(WaveState::Running { done: 7 });
        let committed: Vec<usize> = progress.stages().iter().map(|stand| stand.committed).collect();
        assert_eq!(committed, [10, 0]);
        assert_eq!(progress.stages()[0].set_aside, 2);
    }
}
