//! `renkei gc`: removes what attempts that died have left behind.

use std::process::ExitCode;
use std::time::Duration;

use renkei_artifacts::gc::{self, Claim, Leftovers, Tally};
use renkei_runtime::SystemClock;
use serde::Serialize;

use crate::args::{Format, GcArgs};
use crate::display;
use crate::session::OpenedRun;

#[derive(Debug, Serialize)]
struct Collected {
    #[serde(flatten)]
    found: Leftovers,
    removed: Tally,
}

pub(crate) async fn gc(args: GcArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = OpenedRun::find(&args.of).await?;
    let claim = if args.abandoned { Claim::Abandoned } else { Claim::Sealed };
    let found = gc::find(&opened.store, claim, Duration::from_secs(args.grace_seconds), &SystemClock::new()).await?;
    let removed = if args.dry_run { Tally::default() } else { gc::remove(&opened.store, &found).await? };
    display::print(format, &Collected { found, removed }, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(collected: &Collected) -> String {
    let tally = |of: &Tally| format!("{} objects, {} bytes", of.objects, of.bytes);
    let Collected { found, removed } = collected;
    format!(
        "run {}\n  left behind   {}\n  too young     {}\n  committed     {}\n  not ours      {}\n  removed       {}",
        found.run,
        tally(&found.orphaned),
        tally(&found.young),
        tally(&found.committed),
        tally(&found.foreign),
        tally(removed)
    )
}
