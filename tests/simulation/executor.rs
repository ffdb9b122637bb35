//! One thread, many tasks, a clock that jumps. Which ready task is polled next the seed decides.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use renkei_runtime::{Clock, Timestamp};

/// A process: it may be stopped for a while, or killed with all its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process(pub(crate) u32);

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
struct State {
    now: Duration,
    next: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
    /// Ordered by task, so that the order of wakes inside a library decides nothing.
    ready: BTreeSet<u64>,
    spawned: Vec<(u64, Process, Task)>,
    killed: Vec<Process>,
    paused: BTreeMap<Process, Duration>,
    polls: u64,
}

/// Handle on the world, shared by everything in it.
#[derive(Clone)]
pub(crate) struct World {
    state: Arc<Mutex<State>>,
    dice: Arc<Mutex<ChaCha8Rng>>,
    trace: bool,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

struct TaskWaker {
    state: Arc<Mutex<State>>,
    task: u64,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.state.lock().unwrap().ready.insert(self.task);
    }
}

impl World {
    pub(crate) fn new(seed: u64, trace: bool) -> Self {
        Self { state: Arc::default(), dice: Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))), trace }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Starts a task of a process.
    pub(crate) fn spawn(&self, process: Process, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.state();
        let id = state.next;
        state.next += 1;
        state.spawned.push((id, process, Box::pin(task)));
        state.ready.insert(id);
    }

    /// Ends all tasks of a process, wherever they are, before anything else happens.
    pub(crate) fn kill(&self, process: Process) {
        self.state().killed.push(process);
    }

    /// Nothing of the process happens until so much time has passed.
    pub(crate) fn pause(&self, process: Process, time: Duration) {
        let mut state = self.state();
        let until = state.now + time;
        state.paused.insert(process, until);
    }

    pub(crate) fn chance(&self, probability: f64) -> bool {
        self.dice.lock().unwrap().random_bool(probability)
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        self.dice.lock().unwrap().random_range(0..end.max(1))
    }

    pub(crate) fn number(&self) -> u64 {
        self.dice.lock().unwrap().next_u64()
    }

    pub(crate) fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    /// A line of the trace of a replay.
    pub(crate) fn say(&self, line: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("{:>9.3} {}", self.monotonic().as_secs_f64(), line());
        }
    }

    /// Runs until `done` says so, or until `limit`; whether it was done.
    pub(crate) fn run(&self, limit: Duration, mut done: impl FnMut() -> bool) -> bool {
        let mut tasks: BTreeMap<u64, (Process, Task)> = BTreeMap::new();
        while !done() {
            let (spawned, killed) = {
                let mut state = self.state();
                (std::mem::take(&mut state.spawned), std::mem::take(&mut state.killed))
            };
            tasks.extend(spawned.into_iter().map(|(id, process, task)| (id, (process, task))));
            if !killed.is_empty() {
                // Dropped here, outside the lock: what a task holds may spawn or wake others when it goes.
                tasks.retain(|_, (process, _)| !killed.contains(process));
            }
            match self.next_ready(&tasks) {
                Some(id) => {
                    let waker = Waker::from(Arc::new(TaskWaker { state: Arc::clone(&self.state), task: id }));
                    let Some((_, task)) = tasks.get_mut(&id) else { continue };
                    if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                        tasks.remove(&id);
                    }
                }
                None if !self.advance(limit) => return false,
                None => {}
            }
        }
        true
    }

    fn next_ready(&self, tasks: &BTreeMap<u64, (Process, Task)>) -> Option<u64> {
        let mut state = self.state();
        let now = state.now;
        state.paused.retain(|_, until| *until > now);
        let State { ready, paused, .. } = &mut *state;
        ready.retain(|id| tasks.contains_key(id));
        let is_awake = |id: &&u64| tasks.get(id).is_some_and(|(process, _)| !paused.contains_key(process));
        let runnable: Vec<u64> = ready.iter().filter(is_awake).copied().collect();
        if runnable.is_empty() {
            return None;
        }
        let id = runnable[self.below(runnable.len() as u64) as usize];
        ready.remove(&id);
        state.polls += 1;
        Some(id)
    }

    /// Moves the clock to the next thing that can happen; false where that is never, or after `limit`.
    fn advance(&self, limit: Duration) -> bool {
        let mut state = self.state();
        if !state.spawned.is_empty() || !state.killed.is_empty() {
            return true;
        }
        let timer = state.timers.keys().next().map(|(at, _)| *at);
        let woken = state.paused.values().min().copied();
        let Some(next) = timer.into_iter().chain(woken).min().filter(|next| *next <= limit) else { return false };
        state.now = state.now.max(next);
        let now = state.now;
        let later = state.timers.split_off(&(now + Duration::from_nanos(1), 0));
        let due = std::mem::replace(&mut state.timers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
        true
    }

    /// How long the last sleeping process sleeps on.
    pub(crate) fn longest_pause(&self) -> Duration {
        let state = self.state();
        state.paused.values().max().map_or(Duration::ZERO, |until| until.saturating_sub(state.now))
    }

    /// Polls so far: the length of the schedule.
    pub(crate) fn polls(&self) -> u64 {
        self.state().polls
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(0).unwrap().saturating_add(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.state().now
    }

    async fn sleep(&self, duration: Duration) {
        let deadline = self.monotonic() + duration;
        Sleep { world: self, deadline, timer: None }.await;
    }
}

struct Sleep<'a> {
    world: &'a World,
    deadline: Duration,
    timer: Option<(Duration, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.world.state();
        if state.now >= self.deadline {
            return Poll::Ready(());
        }
        let timer = self.timer.unwrap_or_else(|| {
            state.next += 1;
            (self.deadline, state.next)
        });
        state.timers.insert(timer, context.waker().clone());
        drop(state);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.world.state().timers.remove(&timer);
        }
    }
}
