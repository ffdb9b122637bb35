//! Runs and workers of a cluster, for people and programs.

use renkei_proto::runs::{Run, RunState, Worker};
use renkei_proto::workers::WorkerState;
use serde::Serialize;

/// A run as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct RunView {
    run: String,
    name: String,
    state: &'static str,
    says: String,
    priority: i32,
    submitted_by: String,
    since: String,
    epoch: u64,
    leader: String,
    stages: Vec<StageView>,
}

#[derive(Debug, Serialize)]
struct StageView {
    stage: &'static str,
    planned: u64,
    committed: u64,
    in_flight: u64,
    set_aside: u64,
    tiles_encoded: u64,
    tiles_per_second: f64,
}

impl RunView {
    pub(crate) fn of(run: &Run) -> Self {
        let stages = run.stages.iter().map(|stage| StageView {
            stage: stage.stage.name(),
            planned: stage.planned,
            committed: stage.committed,
            in_flight: stage.in_flight,
            set_aside: stage.set_aside,
            tiles_encoded: stage.tiles_encoded,
            tiles_per_second: stage.tiles_per_second,
        });
        let (state, says) = state(&run.state);
        Self {
            run: run.id.to_string(),
            name: run.name.clone(),
            state,
            says,
            priority: run.priority,
            submitted_by: run.submitted_by.clone(),
            since: run.since.to_string(),
            epoch: run.epoch,
            leader: run.leader.clone(),
            stages: stages.collect(),
        }
    }

    pub(crate) fn text(&self) -> String {
        let stages: Vec<String> = self
            .stages
            .iter()
            .map(|stage| {
                let aside =
                    if stage.set_aside > 0 { format!(" ({} set aside)", stage.set_aside) } else { String::new() };
                format!("{} {}/{}{aside}", stage.stage, stage.committed, stage.planned)
            })
            .collect();
        let says = if self.says.is_empty() { String::new() } else { format!(": {}", self.says) };
        format!(
            "{}  {}  by {} since {} (epoch {}, {})\n  {}{says}\n  {}",
            self.run,
            self.name,
            self.submitted_by,
            self.since,
            self.epoch,
            self.leader,
            self.state,
            stages.join(", ")
        )
    }
}

fn state(state: &RunState) -> (&'static str, String) {
    match state {
        RunState::Queued => ("queued", String::new()),
        RunState::Running { stage } => ("running", stage.to_string()),
        RunState::Sealed { merkle_root } => ("sealed", format!("Merkle root {merkle_root}")),
        RunState::Stopped { reason, .. } => ("stopped", reason.clone()),
        RunState::Cancelled => ("cancelled", "submit it again to go on".to_owned()),
    }
}

/// Says on standard error what is new in a run, a line each.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    last: String,
}

impl Changes {
    pub(crate) fn show(&mut self, run: &Run) {
        let at = run.stages.iter().rfind(|stage| stage.in_flight > 0 || stage.committed > 0);
        let (state, says) = state(&run.state);
        let progress = at.map(|stage| {
            let rate = if stage.in_flight > 0 && stage.tiles_per_second > 0.0 {
                format!(", {:.0} tiles/s", stage.tiles_per_second)
            } else {
                String::new()
            };
            format!(" {} {}/{}{rate}", stage.stage, stage.committed, stage.planned)
        });
        let line = match &run.state {
            RunState::Running { .. } => format!("{state}{}", progress.unwrap_or_default()),
            _ => format!("{state} {says}"),
        };
        if line != self.last {
            eprintln!("{line}");
            self.last = line;
        }
    }
}

/// A worker as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct WorkerView {
    worker: String,
    state: &'static str,
    slots: u32,
    busy: u32,
    resident_bytes: u64,
    silent_ms: u128,
    pools: Vec<String>,
}

impl WorkerView {
    pub(crate) fn of(worker: &Worker) -> Self {
        Self {
            worker: worker.id.to_string(),
            state: match worker.state {
                WorkerState::Working => "working",
                WorkerState::Draining => "draining",
            },
            slots: worker.equipment.slots,
            busy: worker.busy,
            resident_bytes: worker.resident_bytes,
            silent_ms: worker.silent.as_millis(),
            pools: worker.equipment.pools.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn text(all: &[Self]) -> String {
        if all.is_empty() {
            return "no workers".to_owned();
        }
        let line = |one: &Self| {
            let mib = one.resident_bytes >> 20;
            format!("{}  {}  {}/{} slots busy, {mib} MiB", one.worker, one.state, one.busy, one.slots)
        };
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
