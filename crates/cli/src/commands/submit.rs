//! `renkei submit`, `watch`, `cancel` and `workers`: runs on a cluster.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use renkei_domain::{ErrorKind, RunId};
use renkei_launch::Launch;
use renkei_proto::runs::{Run, RunState, Submission};
use renkei_runtime::{Clock, SystemClock};
use serde::Serialize;

use crate::args::{Format, OfClusterRun, SubmitArgs, UserArgs};
use crate::cluster::Cluster;
use crate::display::{self, RunView};

/// Time before a coordinator is looked for again after the one that was watched is gone.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often in a row no coordinator may be found before watching is given up: longer than a leader's replacement takes.
const LOOKS: u32 = 30;

#[derive(Debug, Serialize)]
struct Submitted {
    run: String,
    is_new: bool,
}

pub(crate) async fn submit(args: SubmitArgs, format: Format) -> anyhow::Result<ExitCode> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let cluster = Cluster::open(&args.user.cluster, clock.as_ref())?;
    let Launch { spec, base } = Launch::read(&args.spec)?;
    let base = url::Url::from_directory_path(&base);
    let base = base.map_err(|()| anyhow::anyhow!("{} lies in no folder that has a URL", args.spec.display()))?;
    let submission = Submission {
        spec_json: serde_json::to_string(&spec)?,
        base_url: base.into(),
        name: args.name,
        priority: args.priority,
    };
    let accepted = cluster.submit(submission).await?;
    let submitted = Submitted { run: accepted.run.to_string(), is_new: accepted.is_new };
    if !args.watch {
        display::print(format, &submitted, |submitted| {
            let how = if submitted.is_new { "submitted" } else { "known already, goes on or is finished" };
            format!("run {}: {how}", submitted.run)
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    follow(&cluster, &accepted.run, clock.as_ref(), format).await
}

pub(crate) async fn watch(args: OfClusterRun, format: Format) -> anyhow::Result<ExitCode> {
    let clock = SystemClock::new();
    let cluster = Cluster::open(&args.user.cluster, &clock)?;
    let run = named_or_newest(&cluster, args.run.as_deref()).await?;
    follow(&cluster, &run, &clock, format).await
}

pub(crate) async fn cancel(args: OfClusterRun, format: Format) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::open(&args.user.cluster, &SystemClock::new())?;
    let run = named_or_newest(&cluster, args.run.as_deref()).await?;
    let run = RunView::of(&cluster.cancel(&run).await?);
    display::print(format, &run, RunView::text)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn workers(args: UserArgs, format: Format) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::open(&args.cluster, &SystemClock::new())?;
    let workers: Vec<display::WorkerView> = cluster.workers().await?.iter().map(display::WorkerView::of).collect();
    display::print(format, &workers, |workers| display::WorkerView::text(workers))?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the run until it is over, whichever coordinator leads; the exit code tells how it ended.
async fn follow(cluster: &Cluster, run: &RunId, clock: &dyn Clock, format: Format) -> anyhow::Result<ExitCode> {
    let mut said = display::Changes::default();
    let mut missed = 0;
    loop {
        match cluster.watch(run).await {
            Ok(mut changes) => {
                missed = 0;
                while let Ok(Some(change)) = changes.message().await {
                    let now = Run::try_from(change)?;
                    said.show(&now);
                    if now.state.is_over() {
                        display::print(format, &RunView::of(&now), RunView::text)?;
                        return Ok(ended(&now.state));
                    }
                }
            }
            Err(error) if error.kind() != ErrorKind::Unavailable || missed >= LOOKS => return Err(error.into()),
            Err(_) => missed += 1,
        }
        clock.sleep(LOOK_AGAIN).await;
    }
}

fn ended(state: &RunState) -> ExitCode {
    match state {
        RunState::Stopped { kind, .. } => ExitCode::from(kind.exit_code()),
        RunState::Cancelled => ExitCode::from(ErrorKind::Conflict.exit_code()),
        RunState::Sealed { .. } | RunState::Queued | RunState::Running { .. } => ExitCode::SUCCESS,
    }
}

async fn named_or_newest(cluster: &Cluster, run: Option<&str>) -> anyhow::Result<RunId> {
    match run {
        Some(run) => Ok(RunId::new(run)?),
        None => {
            let newest = cluster.runs().await?.into_iter().next();
            Ok(newest.context("the cluster has no runs yet: `renkei submit run.yaml` starts one")?.id)
        }
    }
}
