//! The worker as a process: joins whoever leads, beats, opens runs, tries shards, and goes in good order.
//!
//! [`Agent`] is the whole of it without configuration and signals; [`serve()`] is what the program calls. Within: `join` finds
//! the leader, `pulse` beats, [`LeaderChannel`] leads the executor there, `line` is the desk as the executor's shards see it,
//! `tries` what is in hand, [`runs`] opens runs, `vitals` tells of it all over HTTP.
//!
//! When a coordinator is lost, tries that run go on: their commits count whoever leads. Only new ones wait for the next.

mod drain;
mod folder;
mod join;
mod leader;
mod line;
mod pulse;
pub mod runs;
mod serve;
mod tries;
mod vitals;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use renkei_proto::PROTOCOL;
use renkei_proto::workers::{Announcement, Equipment};
use renkei_runtime::{AttemptIds, Clock, MemoryBudget, Shutdown, SystemAttemptIds, resident_bytes};
use renkei_stage::{ExecutorId, Hosting};
use renkei_transport::Servers;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use leader::{Leader, LeaderChannel};
pub use line::OUT_OF_REACH_AFTER;
pub use serve::serve;

use crate::{ExecutorSettings, StageExecutor, WorkerError};
use join::Joining;
use line::Line;
use pulse::Pulse;
use runs::OpenRuns;
use tries::Tries;
use vitals::{Pulsing, Vitals};

/// What a worker is.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Which worker, in which of its lives.
    pub id: ExecutorId,
    /// The execution class of its sessions without their batch, where it is known.
    pub execution_class: Option<String>,
    /// Shards at once.
    pub slots: NonZeroU32,
    /// What the buffers of all shards may hold together.
    pub memory: MemoryBudget,
    /// Labels that a run can ask for.
    pub pools: Vec<String>,
    /// An empty folder for the engine.
    pub scratch: PathBuf,
    /// How long shards may go on after the wish to stop.
    pub drain: Duration,
}

/// A worker.
#[derive(Debug)]
pub struct Agent {
    settings: AgentSettings,
    pulse: Pulse,
    line: Arc<Line>,
    runs: Arc<dyn OpenRuns>,
    attempts: Arc<dyn AttemptIds>,
    clock: Arc<dyn Clock>,
    draining: CancellationToken,
    stop: CancellationToken,
}

impl Agent {
    /// A worker that dials `coordinators` once it runs, and opens runs with `runs`.
    pub fn new(settings: AgentSettings, coordinators: Servers, runs: Arc<dyn OpenRuns>, clock: Arc<dyn Clock>) -> Self {
        let (leads, tries, draining) = (watch::Sender::default(), Arc::<Tries>::default(), CancellationToken::new());
        let line = Line {
            caller: settings.id.clone(),
            leads: leads.subscribe(),
            tries: Arc::clone(&tries),
            clock: Arc::clone(&clock),
            draining: draining.clone(),
        };
        let joining = Joining { coordinators, announcement: announcement(&settings), clock: Arc::clone(&clock) };
        let pulse = Pulse {
            joining,
            leads,
            tries,
            runs: Arc::clone(&runs),
            clock: Arc::clone(&clock),
            draining: draining.clone(),
        };
        let (line, attempts) = (Arc::new(line), Arc::new(SystemAttemptIds));
        Self { settings, pulse, line, runs, attempts, clock, draining, stop: CancellationToken::new() }
    }

    /// Whoever leads, as it changes.
    #[must_use]
    pub fn leads(&self) -> watch::Receiver<Option<Leader>> {
        self.line.leads.clone()
    }

    /// What shards run with on this worker.
    #[must_use]
    pub fn hosting(&self) -> Hosting {
        Hosting {
            host: Arc::clone(&self.runs) as _,
            desk: Arc::clone(&self.line) as _,
            attempts: Arc::clone(&self.attempts),
            clock: Arc::clone(&self.clock),
            stop: self.stop.clone(),
        }
    }

    /// Works until `shutdown` is requested and what runs has finished; an error where a coordinator refuses this worker for
    /// good, after what runs has finished too.
    pub async fn run(&self, shutdown: &Shutdown) -> Result<(), WorkerError> {
        let AgentSettings { id, slots, scratch, .. } = self.settings.clone();
        let settings = ExecutorSettings { id, slots, folder: scratch };
        let executor = StageExecutor::start(settings, LeaderChannel::new(self.leads()), self.hosting());
        let mut beats = Box::pin(self.pulse.keep());
        let refused = tokio::select! {
            error = &mut beats => Some(error),
            () = shutdown.requested() => None,
        };
        let going_on = async {
            if refused.is_none() {
                let error = beats.await;
                tracing::warn!(%error, "refused while leaving");
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = going_on => {}
            () = self.drain(executor) => {}
        }
        self.pulse.leave().await;
        refused.map_or(Ok(()), Err)
    }
}

fn announcement(settings: &AgentSettings) -> Announcement {
    let equipment = Equipment {
        software: env!("CARGO_PKG_VERSION").to_owned(),
        execution_class: settings.execution_class.clone(),
        slots: settings.slots.get(),
        memory_bytes: settings.memory.total().bytes(),
        pools: settings.pools.clone(),
    };
    Announcement { caller: settings.id.clone(), protocol: PROTOCOL, equipment }
}

impl Pulsing for Agent {
    fn vitals(&self) -> Vitals {
        let (slots, memory) = (self.settings.slots.get(), &self.settings.memory);
        let progress = self.runs.progress();
        Vitals {
            slots,
            busy: self.pulse.tries.busy(),
            ended: self.pulse.tries.ended(),
            looked_at: progress.iter().map(|run| run.tiles_looked_at).sum(),
            encoded: progress.iter().map(|run| run.tiles_encoded).sum(),
            resident: resident_bytes().map_or(0, |bytes| bytes.bytes()),
            budget: (memory.total().bytes(), memory.free().bytes()),
            open_runs: self.runs.open(),
            coordinator: self.line.leads.borrow().as_ref().map(|leader| (leader.url.clone(), leader.epoch)),
            draining: self.draining.is_cancelled(),
        }
    }
}
