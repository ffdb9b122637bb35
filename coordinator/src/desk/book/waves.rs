//! What the engine and the run driver say: which waves there are, which runs, which are over.

use renkei_domain::plan::Stage;
use renkei_domain::{RunId, ShardId};

use super::{Book, Stand, WaveName};
use crate::engine::ballista::Tally;

impl Book {
    /// Tries of this wave may begin.
    pub fn open(&mut self, wave: WaveName) {
        self.waves.entry(wave).or_default();
    }

    /// No further try of the wave begins; those in hand go on.
    pub fn close(&mut self, wave: &WaveName) {
        if let Some(wave) = self.waves.get_mut(wave)
            && wave.stand == Stand::Open
        {
            wave.stand = Stand::Closed;
        }
    }

    /// No further try of the wave begins; those in hand are told to stop with their worker's next beat.
    pub fn cancel(&mut self, wave: &WaveName) {
        if let Some(wave) = self.waves.get_mut(wave) {
            wave.stand = Stand::Cancelled;
        }
    }

    /// Nothing of the wave need be kept.
    pub fn forget(&mut self, wave: &WaveName) {
        self.waves.remove(wave);
    }

    /// How the tries of a wave stand; of an unknown wave, nothing.
    #[must_use]
    pub fn tally(&self, wave: &WaveName) -> Tally {
        let Some(wave) = self.waves.get(wave) else { return Tally::default() };
        let failure = wave.for_good.clone().or_else(|| wave.passing.clone());
        Tally { in_flight: wave.in_flight, done: wave.done.len(), failure }
    }

    /// The run is driven from now on, also where it was cancelled before. Its shards are tried only by workers of
    /// `class`, where one is named.
    pub fn admit(&mut self, run: &RunId, class: Option<String>) {
        self.cancelled.remove(run);
        match class {
            Some(class) => self.classes.insert(run.clone(), class),
            None => self.classes.remove(run),
        };
    }

    /// Tries of the run are to stop, even those that another coordinator allowed.
    pub fn cancel_run(&mut self, run: &RunId) {
        self.cancelled.insert(run.clone());
    }

    /// The run has ended: nothing of it need be kept.
    pub fn forget_run(&mut self, run: &RunId) {
        self.waves.retain(|wave, _| wave.run != *run);
        self.deaths.retain(|task, _| task.run != *run);
        self.classes.remove(run);
        for lost in self.lost.values_mut() {
            lost.tasks.retain(|task| task.run != *run);
        }
    }

    /// Shards of the stage that are set aside.
    #[must_use]
    pub fn poison(&self, run: &RunId, stage: Stage) -> Vec<ShardId> {
        let of_stage = self.deaths.keys().filter(|task| task.run == *run && task.stage == stage);
        of_stage.filter(|task| self.is_poison(task)).map(|task| task.shard.clone()).collect()
    }
}
