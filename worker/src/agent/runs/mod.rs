//! Opens the runs that shards come for, and keeps them open while more come.

mod cache;
mod open;
mod shelf;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use renkei_domain::{RunId, WorkerId};
use renkei_proto::workers::RunProgress;
use renkei_stage::{RunHost, ShardError, ShardRunner, Ticket};

use cache::Cache;
use shelf::Shelf;

use crate::{Context, Machine, Progress, StageRunner};

/// A host of runs that tells what was done on them.
pub trait OpenRuns: RunHost {
    /// Work done since this process started, by run.
    fn progress(&self) -> Vec<RunProgress>;

    /// How many runs are open.
    fn open(&self) -> usize;

    /// Closes runs that nobody needs; called with every beat.
    fn tidy(&self);
}

/// The runs of a worker. Each is opened once and shared by its shards; all share the machine's slots and memory.
#[derive(Debug)]
pub struct Runs {
    worker: WorkerId,
    machine: Machine,
    cache: Cache,
    shelf: Mutex<Shelf<Context>>,
    /// Counters outlive the runs they count for: a run may be closed and opened again.
    progress: Mutex<BTreeMap<RunId, Arc<Progress>>>,
}

impl Runs {
    /// Opens runs on `machine` of `worker`, and keeps copies of encoders that lie in an object store in `cache`, a folder of its own.
    #[must_use]
    pub fn new(worker: WorkerId, machine: Machine, cache: PathBuf) -> Self {
        Self { worker, machine, cache: Cache::new(cache), shelf: Mutex::default(), progress: Mutex::default() }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Context>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counters(&self) -> MutexGuard<'_, BTreeMap<RunId, Arc<Progress>>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn context(&self, ticket: &Ticket) -> Result<Context, ShardError> {
        let mut context = open::open(ticket, &self.worker, &self.machine, &self.cache).await?;
        context.progress = Arc::clone(self.counters().entry(ticket.run.clone()).or_default());
        tracing::info!(run = %ticket.run, "opened");
        Ok(context)
    }
}

#[async_trait]
impl RunHost for Runs {
    async fn runner(&self, ticket: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError> {
        let now = self.machine.clock.monotonic();
        let place = self.shelf().place(ticket, now);
        let context = place.get_or_try_init(async || self.context(ticket).await.map(Arc::new)).await?;
        Ok(Arc::new(StageRunner::new(Arc::clone(context), ticket.epoch)))
    }
}

impl OpenRuns for Runs {
    fn progress(&self) -> Vec<RunProgress> {
        let counters = self.counters();
        let one = |(run, progress): (&RunId, &Arc<Progress>)| {
            let now = progress.snapshot();
            RunProgress { run: run.clone(), tiles_looked_at: now.looked_at, tiles_encoded: now.encoded }
        };
        counters.iter().map(one).collect()
    }

    fn open(&self) -> usize {
        self.shelf().open()
    }

    fn tidy(&self) {
        let closed = self.shelf().tidy(self.machine.clock.monotonic());
        for run in closed {
            tracing::info!(%run, "closed");
        }
    }
}
