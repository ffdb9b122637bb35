//! Drives a planned run in this process.

use std::sync::Arc;

use renkei_artifacts::{Location, RunStore};
use renkei_coordinator::RunError;
use renkei_coordinator::desk::NoVerdicts;
use renkei_coordinator::engine::LocalEngine;
use renkei_coordinator::ledger::Ledger;
use renkei_coordinator::planner::RunPlan;
use renkei_coordinator::run::{Driver, WAVE};
use renkei_domain::record::Manifest;
use renkei_runtime::Shutdown;
use renkei_worker::{Context, Machine, StageRunner};

use crate::display::Display;

/// Takes the run and drives it to its sealed manifest, with progress on standard error.
pub(crate) async fn drive(
    plan: &RunPlan,
    location: &Location,
    ledger: &Ledger,
    context: Arc<Context>,
    machine: &Machine,
    shutdown: &Shutdown,
) -> anyhow::Result<(Manifest, Display)> {
    let clock = &machine.clock;
    let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), plan.run.clone());
    let shards = plan.stages.iter().map(|(stage, shards)| (*stage, shards.len())).collect();
    let hold = ledger.take(&plan.run, &plan.name, shards, clock.now().to_string()).await?;
    let epoch = hold.epoch();
    let display = Display::new(Arc::clone(clock), Arc::clone(&context.progress), plan.cells())?;
    let engine = LocalEngine::new(Arc::new(StageRunner::new(context, epoch)), Arc::clone(clock), machine.slots.get());
    let driver = Driver {
        store: &store,
        engine: &engine,
        verdicts: &NoVerdicts,
        ledger,
        clock: clock.as_ref(),
        wave: WAVE,
        stop: shutdown.token(),
    };
    let on = |event| display.on(event);
    let driven = tokio::select! {
        manifest = driver.execute(plan, hold, &on) => manifest,
        () = display.watch() => Err(RunError::Stopped),
    };
    display.finish();
    Ok((driven?, display))
}
