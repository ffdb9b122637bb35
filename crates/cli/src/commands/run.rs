//! `renkei run` and `renkei resume`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::{Location, RunStore, Stores, probe_conditional_create};
use renkei_coordinator::ledger::{Ledger, RunState};
use renkei_coordinator::planner::{Prepared, RunPlan};
use renkei_domain::plan::Stage;
use renkei_domain::record::{Identity, Manifest};
use renkei_launch::Launch;
use renkei_runtime::{AttemptIds as _, Clock, Shutdown, SystemAttemptIds, SystemClock, resident_bytes};
use serde::Serialize;

use crate::args::{Format, MachineArgs, ResumeArgs, RunArgs};
use crate::display::{self, Display};
use crate::session::{OpenedRun, Ready, drive, ledger_of, machine, stores};

/// What a finished run prints.
#[derive(Debug, Serialize)]
pub(crate) struct Finished {
    pub(crate) run: String,
    pub(crate) merkle_root: String,
    pub(crate) report: Option<String>,
    pub(crate) cases: usize,
    pub(crate) slides: usize,
    pub(crate) slides_set_aside: usize,
    pub(crate) tiles: u64,
    pub(crate) seconds: Vec<(String, f64)>,
    pub(crate) resident_peak: Option<String>,
}

pub(crate) async fn run(args: RunArgs, format: Format) -> anyhow::Result<ExitCode> {
    let finished = launch(Launch::read(&args.spec)?, &args.machine, stores(&args.stores)?).await?;
    display::print(format, &finished, text)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn resume(args: ResumeArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = OpenedRun::find(&args.of).await?;
    let kept: Option<Launch> = opened.store.launch().await?;
    let kept =
        kept.with_context(|| format!("run {} kept no spec: start it again with `renkei run`", opened.store.run()))?;
    let finished = launch(kept, &args.machine, stores(&args.of.store.stores)?).await?;
    display::print(format, &finished, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Plans and drives a run to its sealed manifest.
pub(crate) async fn launch(launch: Launch, args: &MachineArgs, stores: Stores) -> anyhow::Result<Finished> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let shutdown = Shutdown::on_signals()?;
    let machine = machine(args, stores, Arc::clone(&clock))?;
    let ready = Ready::of(launch, &machine).await?;
    let Prepared { inputs, selection, plan } = &ready.prepared;
    probe_conditional_create(&inputs.store.store, &inputs.store.path, &SystemAttemptIds.next()).await?;
    let (plan, location) = (plan.clone(), inputs.store.clone());
    let (cases, slides) = (selection.cohort.cases.num_rows(), selection.slides.len());
    let ledger = ledger_of(&location).await?;
    say_what_differs(&ledger, &plan, &location).await?;
    let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), plan.run.clone());
    store.record_launch(&inputs.launch).await?;
    let context = ready.into_context(&machine);
    let (manifest, display) = drive(&plan, &location, &ledger, context, &machine, &shutdown).await?;
    finished(&manifest, &location, &display, cases, slides)
}

/// Tells why an earlier run of the same name is not gone on with.
async fn say_what_differs(ledger: &Ledger, plan: &RunPlan, location: &Location) -> anyhow::Result<()> {
    let mut runs = ledger.runs().await?.into_iter().filter(|fact| fact.name == plan.name);
    let Some(last) = runs.next() else { return Ok(()) };
    if last.run == plan.run {
        if !matches!(last.state, RunState::Sealed { .. }) {
            eprintln!("going on with run {}", last.run);
        }
        return Ok(());
    }
    let before = RunStore::new(Arc::clone(&location.store), location.path.clone(), last.run.clone());
    let before: Option<Identity> = before.identity().await?;
    if let Some(before) = before {
        let mut differences = plan.identity.differences(&before);
        let more = differences.len().saturating_sub(5);
        differences.truncate(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        eprintln!("this is a new run, not a continuation of {}, because of {}{more}", last.run, differences.join(", "));
    }
    Ok(())
}

fn finished(
    manifest: &Manifest,
    store: &Location,
    display: &Display,
    cases: usize,
    slides: usize,
) -> anyhow::Result<Finished> {
    let rows = |stage: Stage, name: &str| -> u64 {
        let artifacts = manifest.stage(stage).iter().flat_map(|commit| &commit.artifacts);
        artifacts.filter(|artifact| artifact.name == name).map(|artifact| artifact.rows).sum()
    };
    let report =
        manifest.stage(Stage::Report).iter().flat_map(|commit| &commit.artifacts).find(|entry| entry.name == "report");
    let report = report.map(|entry| match store.local_path() {
        Some(_) => format!("/{}", entry.key.trim_start_matches('/')),
        None => entry.key.clone(),
    });
    Ok(Finished {
        run: manifest.run.to_string(),
        merkle_root: manifest.merkle_root.to_string(),
        report,
        cases,
        slides,
        slides_set_aside: manifest.unreadable.len(),
        tiles: rows(Stage::Embed, "tiles"),
        seconds: display.stage_seconds().iter().map(|(stage, seconds)| (stage.to_string(), *seconds)).collect(),
        resident_peak: resident_bytes().map(|bytes| bytes.to_string()),
    })
}

pub(crate) fn text(finished: &Finished) -> String {
    let stages: Vec<String> =
        finished.seconds.iter().map(|(stage, seconds)| format!("  {stage:<10} {seconds:>8.1} s")).collect();
    let stages = if stages.is_empty() { "  (sealed before: nothing to do)".to_owned() } else { stages.join("\n") };
    let aside = if finished.slides_set_aside > 0 {
        format!(" ({} set aside)", finished.slides_set_aside)
    } else {
        String::new()
    };
    let report = finished.report.as_deref().unwrap_or("-");
    format!(
        "run {}\n  {} cases, {} slides{aside}, {} tiles\n{stages}\n  Merkle root {}\n  report: {report}",
        finished.run, finished.cases, finished.slides, finished.tiles, finished.merkle_root
    )
}
