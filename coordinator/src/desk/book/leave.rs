//! Leave to begin a try, and its end.

use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_stage::{ExecutorId, ShardError, Try};

use super::rules::ASK_AGAIN;
use super::{Book, OpenTry, Stand, Task, WaveName};

/// The answer to a worker that asks leave to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// Begin.
    Go,
    /// The shard is no longer wanted: return as if it were done.
    NotWanted,
    /// Ask again after this long.
    Wait(Duration),
    /// Not here, or not any more.
    Refused(ShardError),
}

impl Book {
    /// A worker asks leave to begin a try; asking again under the same attempt gives the same answer.
    pub fn begin(&mut self, now: Duration, executor: &ExecutorId, a_try: &Try) -> Leave {
        let at = self.awake.at(now);
        let (wave, task) = (WaveName::from(&a_try.ticket), Task::from(a_try));
        let leave = match self.no_longer_wanted(&wave, &task).or_else(|| self.unfit(executor, &task)) {
            Some(leave) => leave,
            None => self.alone(at, executor, a_try, &task),
        };
        match leave {
            Leave::Go | Leave::Wait(_) => {
                self.put_try(
                    &executor.worker,
                    &a_try.attempt,
                    OpenTry { wave, task, begun: leave == Leave::Go, seen: at },
                );
            }
            Leave::NotWanted | Leave::Refused(_) => {
                self.take_try(&executor.worker, &a_try.attempt);
            }
        }
        leave
    }

    /// A worker tells how a try ended. The end of a try that is not in hand here counts for nothing.
    pub fn end(&mut self, executor: &ExecutorId, a_try: &Try, outcome: &Result<(), ShardError>) {
        if self.present(executor).is_none() || self.take_try(&executor.worker, &a_try.attempt).is_none() {
            return;
        }
        let task = Task::from(a_try);
        let poison = self.is_poison(&task);
        let wave = self.waves.get_mut(&WaveName::from(&a_try.ticket));
        match (outcome, wave) {
            (Ok(()), wave) => {
                if let Some(wave) = wave {
                    wave.done.insert(a_try.shard.clone());
                }
                if !poison {
                    self.deaths.remove(&task);
                }
            }
            // A shard that is set aside may still end elsewhere, even against the record that sets it aside.
            (Err(error), Some(wave)) if error.kind != ErrorKind::Fenced && !poison => {
                if error.kind.retryable() {
                    wave.passing = Some(error.clone());
                } else {
                    wave.for_good.get_or_insert_with(|| error.clone());
                }
            }
            (Err(_), _) => {}
        }
    }

    fn no_longer_wanted(&mut self, name: &WaveName, task: &Task) -> Option<Leave> {
        if self.is_cancelled(name) {
            return Some(Leave::Refused(ShardError::cancelled()));
        }
        let superseded = self.waves.keys().any(|open| open.run == name.run && open.epoch > name.epoch);
        let poison = self.is_poison(task);
        match self.waves.get_mut(name) {
            None if superseded => {
                Some(Leave::Refused(ShardError::new(ErrorKind::Fenced, "another coordinator leads this run now")))
            }
            None => Some(Leave::NotWanted),
            Some(wave) if wave.stand == Stand::Closed => Some(Leave::NotWanted),
            // An engine hands out again what a lost worker had finished.
            Some(wave) if wave.done.contains(&task.shard) => Some(Leave::NotWanted),
            Some(wave) if poison => {
                wave.done.insert(task.shard.clone());
                Some(Leave::NotWanted)
            }
            Some(_) => None,
        }
    }

    fn unfit(&self, executor: &ExecutorId, task: &Task) -> Option<Leave> {
        let worker = &executor.worker;
        // Its next beat tells it to join again.
        let Some(present) = self.workers.get(worker) else { return Some(Leave::Wait(ASK_AGAIN)) };
        let refused = |kind, message: String| Some(Leave::Refused(ShardError::new(kind, message)));
        if present.presence.executor.incarnation != executor.incarnation {
            return refused(ErrorKind::Fenced, format!("another process has joined as worker {worker}"));
        }
        if present.draining {
            return refused(ErrorKind::Unavailable, format!("worker {worker} is leaving and takes no new shards"));
        }
        match (&present.presence.class, self.classes.get(&task.run)) {
            (Some(has), Some(needs)) if machine(has) != machine(needs) => refused(
                ErrorKind::Unavailable,
                format!("worker {worker} has execution class {has}, run {} is pinned to {needs}", task.run),
            ),
            _ => None,
        }
    }

    /// A suspect runs alone on its worker, and nowhere else at the same time, so that its next victim is known.
    fn alone(&mut self, at: Duration, executor: &ExecutorId, a_try: &Try, task: &Task) -> Leave {
        let (worker, wait) = (&executor.worker, Leave::Wait(ASK_AGAIN));
        let suspect = self.is_suspect(task);
        let tried_elsewhere = suspect
            && self
                .workers
                .iter()
                .any(|(id, other)| id != worker && other.tries.values().any(|open| open.begun && open.task == *task));
        let deaths = &self.deaths;
        let Some(present) = self.workers.get_mut(worker) else { return wait };
        if present.tries.get(&a_try.attempt).is_some_and(|open| open.begun) {
            return Leave::Go;
        }
        present.reserved.take_if(|(_, until)| *until < at);
        if present.reserved.as_ref().is_some_and(|(other, _)| other != task) || tried_elsewhere {
            return wait;
        }
        let mut begun = present.tries.values().filter(|open| open.begun).peekable();
        if !suspect {
            let beside_a_suspect = begun.any(|open| deaths.contains_key(&open.task));
            return if beside_a_suspect { wait } else { Leave::Go };
        }
        if begun.peek().is_some() {
            present.reserved = Some((task.clone(), at + 4 * ASK_AGAIN));
            return wait;
        }
        present.reserved = None;
        Leave::Go
    }
}

/// The part of an execution class that a machine decides: the batch, which comes last, is a run's.
fn machine(class: &str) -> &str {
    class.split(";batch=").next().unwrap_or(class)
}
