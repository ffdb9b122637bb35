//! `renkei status`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use renkei_artifacts::{Location, RunStore};
use renkei_coordinator::ledger::{RunFact, RunState};
use renkei_runtime::SystemClock;
use serde::Serialize;

use crate::args::{Format, StatusArgs, StoreArgs};
use crate::cluster::Cluster;
use crate::display::{self, RunView};
use crate::session::{ledger_of, location_of};

#[derive(Debug, Serialize)]
struct Status {
    run: String,
    name: String,
    state: String,
    epoch: u64,
    since: String,
    /// Stage, committed shards, planned shards.
    stages: Vec<(String, usize, usize)>,
}

pub(crate) async fn status(args: StatusArgs, format: Format) -> anyhow::Result<ExitCode> {
    match &args.cluster {
        Some(file) => of_cluster(file, format).await,
        None => of_store(&args.store, format).await,
    }
}

async fn of_cluster(file: &Path, format: Format) -> anyhow::Result<ExitCode> {
    let runs = Cluster::open(file, &SystemClock::new())?.runs().await?;
    let runs: Vec<RunView> = runs.iter().map(RunView::of).collect();
    display::print(format, &runs, |runs| match runs.as_slice() {
        [] => "no runs".to_owned(),
        runs => runs.iter().map(RunView::text).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn of_store(args: &StoreArgs, format: Format) -> anyhow::Result<ExitCode> {
    let location = location_of(args)?;
    let mut all = Vec::new();
    for fact in ledger_of(&location).await?.runs().await? {
        all.push(one(&location, fact).await?);
    }
    display::print(format, &all, |all| text(all))?;
    Ok(ExitCode::SUCCESS)
}

async fn one(location: &Location, fact: RunFact) -> anyhow::Result<Status> {
    let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), fact.run.clone());
    let mut stages = Vec::new();
    for (stage, planned) in &fact.shards {
        stages.push((stage.to_string(), store.committed(*stage).await?.len(), *planned));
    }
    let state = match (store.tombstone().await?, &fact.state) {
        (Some(tombstone), _) => format!("erased at {}", tombstone.erased),
        (None, RunState::Running) => "running, or killed: `renkei resume` goes on with it".to_owned(),
        (None, RunState::Queued) => "queued".to_owned(),
        (None, RunState::Cancelled) => "cancelled".to_owned(),
        (None, RunState::Stopped { reason, .. }) => format!("stopped: {reason}"),
        (None, RunState::Sealed { merkle_root, .. }) => format!("sealed, Merkle root {merkle_root}"),
    };
    Ok(Status { run: fact.run.to_string(), name: fact.name, state, epoch: fact.epoch, since: fact.since, stages })
}

fn text(all: &[Status]) -> String {
    if all.is_empty() {
        return "no runs".to_owned();
    }
    let lines = all.iter().map(|one| {
        let stages: Vec<String> =
            one.stages.iter().map(|(stage, done, planned)| format!("{stage} {done}/{planned}")).collect();
        format!(
            "{}  {}  since {} (epoch {})\n  {}\n  {}",
            one.run,
            one.name,
            one.since,
            one.epoch,
            one.state,
            stages.join(", ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
