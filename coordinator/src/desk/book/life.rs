//! Workers: they join, beat, drain, leave, or fall silent.

use std::time::Duration;

use renkei_domain::{AttemptId, WorkerId};
use renkei_stage::{ExecutorId, Try};

use super::rules::{FORGOTTEN_AFTER, LOST_AFTER, REPLACED_AFTER};
use super::{Book, Lost, OpenTry, Presence, Stand, Task, WaveName, Worker};
use crate::desk::presence::MAX_SLOTS;
use crate::error::Refusal;

/// The answer to a beat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// The worker is known. Tries of these waves are to stop.
    Known {
        /// Cancelled waves of which the worker has tries in hand; told again until they have ended.
        cancelled: Vec<WaveName>,
    },
    /// The worker was lost, or another coordinator leads since: join again.
    Rejoin,
}

/// A worker as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerView {
    /// What it announced.
    pub presence: Presence,
    /// How long it has been silent.
    pub silent: Duration,
    /// Whether it takes no new tries.
    pub draining: bool,
    /// Tries in hand, and those that wait for leave.
    pub tries: Vec<Task>,
}

impl Book {
    /// Takes a worker in. The same process may join again: its tries stay, and what was held against shards because it
    /// seemed lost is taken back. Another process gets the id only once the one before has fallen silent.
    pub fn join(&mut self, now: Duration, presence: Presence) -> Result<(), Refusal> {
        self.expected.check(&presence)?;
        let at = self.awake.at(now);
        let ExecutorId { worker, incarnation } = presence.executor.clone();
        if let Some(present) = self.workers.get_mut(&worker) {
            if present.presence.executor.incarnation == incarnation {
                (present.heard, present.presence) = (at, presence);
                return Ok(());
            }
            if at - present.heard <= REPLACED_AFTER {
                return Err(Refusal::Present { worker: worker.to_string() });
            }
            self.lose(&worker);
        }
        if let Some(lost) = self.lost.remove(&worker)
            && lost.incarnation == incarnation
        {
            self.take_back(lost.tasks);
        }
        let joined = Worker { presence, heard: at, draining: false, tries: Default::default(), reserved: None };
        self.workers.insert(worker, joined);
        Ok(())
    }

    /// A worker tells that it is alive and which tries it has in hand; those unknown here (begun under another
    /// coordinator, or before the worker seemed lost) are noted, those it no longer names are forgotten after a while.
    /// A worker that drains takes no new tries; those in hand go on.
    pub fn beat(&mut self, now: Duration, executor: &ExecutorId, draining: bool, running: &[Try]) -> Beat {
        let at = self.awake.at(now);
        let Some(present) = self.present_mut(executor) else { return Beat::Rejoin };
        (present.heard, present.draining) = (at, draining);
        let worker = &executor.worker;
        for a_try in running.iter().take(MAX_SLOTS as usize) {
            let open = OpenTry { wave: (&a_try.ticket).into(), task: a_try.into(), begun: true, seen: at };
            self.put_try(worker, &a_try.attempt, open);
        }
        for attempt in self.unseen(worker, at) {
            self.take_try(worker, &attempt);
        }
        Beat::Known { cancelled: self.to_stop(worker) }
    }

    /// The worker goes in good order: what it had in hand is nobody's death.
    pub fn leave(&mut self, executor: &ExecutorId) {
        if self.present(executor).is_some() {
            self.remove(&executor.worker);
        }
    }

    /// Finds workers that fell silent; what they had in hand becomes suspect.
    pub fn reap(&mut self, now: Duration) -> Vec<WorkerId> {
        let at = self.awake.at(now);
        let silent = self.workers.iter().filter(|(_, worker)| at - worker.heard > LOST_AFTER);
        let silent: Vec<WorkerId> = silent.map(|(id, _)| id.clone()).collect();
        for worker in &silent {
            self.lose(worker);
        }
        silent
    }

    /// All workers, by id.
    pub fn workers(&mut self, now: Duration) -> Vec<WorkerView> {
        let at = self.awake.at(now);
        let view = |worker: &Worker| WorkerView {
            presence: worker.presence.clone(),
            silent: at - worker.heard,
            draining: worker.draining,
            tries: worker.tries.values().map(|open| open.task.clone()).collect(),
        };
        self.workers.values().map(view).collect()
    }

    fn lose(&mut self, worker: &WorkerId) {
        let Some((presence, tries)) = self.remove(worker) else { return };
        let tries: Vec<OpenTry> = tries.into_iter().filter(|open| open.begun).collect();
        for open in &tries {
            *self.deaths.entry(open.task.clone()).or_default() += 1;
            if self.is_poison(&open.task)
                && let Some(wave) = self.waves.get_mut(&open.wave)
            {
                wave.done.insert(open.task.shard.clone());
            }
        }
        let tasks = tries.into_iter().map(|open| open.task).collect();
        self.lost.insert(worker.clone(), Lost { incarnation: presence.executor.incarnation, tasks });
    }

    /// The worker was only asleep or cut off: its shards did not kill it. A verdict that was given stays.
    fn take_back(&mut self, tasks: Vec<Task>) {
        for task in tasks.into_iter().filter(|task| !self.is_poison(task)).collect::<Vec<_>>() {
            if let Some(deaths) = self.deaths.get_mut(&task) {
                *deaths -= 1;
                if *deaths == 0 {
                    self.deaths.remove(&task);
                }
            }
        }
    }

    fn remove(&mut self, worker: &WorkerId) -> Option<(Presence, Vec<OpenTry>)> {
        let gone = self.workers.remove(worker)?;
        let tries: Vec<OpenTry> = gone.tries.into_values().collect();
        for open in &tries {
            self.release(open);
        }
        Some((gone.presence, tries))
    }

    /// Tries that neither a beat nor a question has named for long.
    fn unseen(&self, worker: &WorkerId, at: Duration) -> Vec<AttemptId> {
        let tries = self.workers.get(worker).into_iter().flat_map(|present| &present.tries);
        tries.filter(|(_, open)| at - open.seen > FORGOTTEN_AFTER).map(|(attempt, _)| attempt.clone()).collect()
    }

    fn to_stop(&self, worker: &WorkerId) -> Vec<WaveName> {
        let tries = self.workers.get(worker).into_iter().flat_map(|present| present.tries.values());
        let mut waves: Vec<WaveName> =
            tries.map(|open| &open.wave).filter(|wave| self.is_cancelled(wave)).cloned().collect();
        waves.sort();
        waves.dedup();
        waves
    }

    /// Whether a worker takes shards of a run that asks for `pool`.
    #[must_use]
    pub fn takes(&self, executor: &ExecutorId, pool: Option<&str>) -> bool {
        let fits = |present: &Worker| pool.is_none_or(|pool| present.presence.pools.iter().any(|own| own == pool));
        self.present(executor).is_some_and(|present| !present.draining && fits(present))
    }

    pub(super) fn is_cancelled(&self, wave: &WaveName) -> bool {
        self.cancelled.contains(&wave.run) || self.waves.get(wave).is_some_and(|wave| wave.stand == Stand::Cancelled)
    }
}
