//! Counts over all runs, for a monitor.

use std::collections::BTreeMap;

use renkei_domain::plan::Stage;

use super::HostError;
use super::host::Host;
use crate::ledger::RunState;

/// Counts over all runs and workers.
#[derive(Debug, Default)]
pub struct Census {
    /// Runs by state.
    pub runs: BTreeMap<&'static str, usize>,
    /// Shards by stage, of the runs that this leader worked on.
    pub shards: BTreeMap<Stage, Shards>,
    /// Workers that take shards.
    pub working: usize,
    /// Workers that only finish what they have.
    pub draining: usize,
    /// Shards that the workers can try at once.
    pub slots: u64,
    /// Shards that no worker has yet.
    pub waiting: usize,
    /// Tiles encoded in a second, by all workers for all runs.
    pub tiles_per_second: f64,
}

/// Shards of one stage.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Shards {
    /// Planned.
    pub planned: u64,
    /// With a commit.
    pub committed: u64,
    /// Tried now.
    pub in_flight: u64,
    /// Given up, because nobody survives them.
    pub set_aside: u64,
}

impl Host {
    /// Counts everything now.
    pub async fn census(&self) -> Result<Census, HostError> {
        let workers = self.means.desk.workers();
        let draining = workers.iter().filter(|worker| worker.draining).count();
        let mut census = Census {
            working: workers.len() - draining,
            draining,
            slots: workers.iter().map(|worker| u64::from(worker.presence.slots)).sum(),
            waiting: self.means.scheduler.waiting().await.values().sum(),
            ..Census::default()
        };
        for fact in self.means.ledger.runs().await? {
            // Of others nothing is known without asking the store, which a monitor must not do each time.
            let worked_on = self.state().progress.contains_key(&fact.run);
            *census.runs.entry(name(&fact.state, self.is_under_way(&fact.run))).or_default() += 1;
            if !worked_on {
                continue;
            }
            for stage in self.view(&fact, &workers).await?.stages {
                let shards = census.shards.entry(stage.stage).or_default();
                shards.planned += stage.planned;
                shards.committed += stage.committed;
                shards.in_flight += stage.in_flight;
                shards.set_aside += stage.set_aside;
                census.tiles_per_second += stage.tiles_per_second;
            }
        }
        Ok(census)
    }
}

fn name(state: &RunState, under_way: bool) -> &'static str {
    match state {
        RunState::Running if under_way => "running",
        RunState::Queued | RunState::Running => "queued",
        RunState::Sealed { .. } => "sealed",
        RunState::Stopped { .. } => "stopped",
        RunState::Cancelled => "cancelled",
    }
}
