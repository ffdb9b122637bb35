//! `renkei cluster up` and `renkei cluster down`.

use std::process::ExitCode;
use std::sync::Arc;

use renkei_runtime::{Clock, SystemClock};

use crate::args::{ClusterArgs, ClusterCommand, ClusterFolderArgs, ClusterUpArgs, Format};
use crate::display;
use crate::local::{self, Processes, Started};

pub(crate) async fn cluster(args: ClusterArgs, format: Format) -> anyhow::Result<ExitCode> {
    match args.command {
        ClusterCommand::Up(args) => up(args, format).await,
        ClusterCommand::Down(args) => down(args, format).await,
    }
}

async fn up(args: ClusterUpArgs, format: Format) -> anyhow::Result<ExitCode> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let started = local::up(&args, &clock).await?;
    display::print(format, &started, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn down(args: ClusterFolderArgs, format: Format) -> anyhow::Result<ExitCode> {
    let folder = std::path::absolute(&args.folder)?;
    let stopped = Processes::of(&folder)?.stop(&SystemClock::new()).await?;
    display::print(format, &stopped, |stopped| match stopped.as_slice() {
        [] => format!("no cluster runs in {}", folder.display()),
        stopped => format!("stopped {}", stopped.join(", ")),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(started: &Started) -> String {
    format!(
        "a cluster of {} coordinator{} and {} workers runs; `renkei cluster down` stops it\n  \
         submit    renkei submit run.yaml --watch --cluster {}\n  \
         a store   {} (in a spec's `store`)\n  \
         look      renkei sql \"select ...\" --store {} --stores {}",
        started.coordinators.len(),
        if started.coordinators.len() == 1 { "" } else { "s" },
        started.workers,
        started.client.display(),
        started.store,
        started.store,
        started.stores.display()
    )
}
