//! Slides of new cases: planned, embedded by the embed stage itself in a scratch store, then counted by the frozen run's key
//! features.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::Location;
use renkei_cohort::SlideRow;
use renkei_coordinator::planner::{RunPlan, Wish, plan_slide, survey};
use renkei_domain::CaseId;
use renkei_domain::plan::{Shard, SlideRef, Stage};
use renkei_domain::record::Manifest;
use renkei_launch::Inputs;
use renkei_model::KeyFeatureWeights;
use renkei_runtime::{Shutdown, SystemClock};
use renkei_slide::Limits;
use renkei_worker::scoring::{FrozenImages, ScoredTiles, Surfaces};
use renkei_worker::{Context, Models};

use super::FrozenRun;
use super::cases::Tiles;
use crate::args::MachineArgs;
use crate::session::{drive, ledger_of, machine};

/// What the slides of new cases are.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) scored: ScoredTiles,
    pub(crate) tiles: Tiles,
    pub(crate) slides: Vec<Arc<SlideRef>>,
    pub(crate) surfaces: Surfaces,
    /// Where this machine computes otherwise than the run's.
    pub(crate) note: Option<String>,
}

/// Slides that can be read, and the faults of those that cannot, by case.
struct Planned {
    plan: RunPlan,
    faults: BTreeMap<CaseId, String>,
}

/// Embeds and counts the slides of `rows`. `inputs` are those of the run with these slides and a scratch store.
pub(crate) async fn embed(
    run: &FrozenRun,
    inputs: Inputs,
    weights: KeyFeatureWeights,
    rows: Vec<SlideRow>,
    args: &MachineArgs,
    stores: renkei_artifacts::Stores,
) -> anyhow::Result<Embedded> {
    check_models(run, &inputs)?;
    let shutdown = Shutdown::on_signals()?;
    let machine = machine(args, stores, Arc::new(SystemClock::new()))?;
    let models = Models::load(&inputs, &machine)?;
    let note = differs(&run.manifest, &models.class());
    let Planned { plan, mut faults } = planned(run, &inputs, rows).await?;
    let location: Location = inputs.store.clone();
    let context = Arc::new(Context::new(inputs, models, &machine, plan.identity.clone(), plan.run.clone()));
    let ledger = ledger_of(&location).await?;
    let (manifest, _) = drive(&plan, &location, &ledger, Arc::clone(&context), &machine, &shutdown).await?;
    faults.extend(set_aside(&manifest, &plan.slides));
    let frozen = FrozenImages::read(&run.opened.store, weights).await?;
    let scored = frozen.score(&context, &shutdown.token()).await?;
    let tiles = Tiles { counts: scored.counts.clone(), faults };
    let surfaces = Surfaces::of(context, &scored)?;
    Ok(Embedded { scored, tiles, slides: plan.slides, surfaces, note })
}

/// The encoder and the tissue model must be the very ones of the run.
fn check_models(run: &FrozenRun, inputs: &Inputs) -> anyhow::Result<()> {
    anyhow::ensure!(
        *inputs.encoder.card() == run.frozen.encoder,
        "the encoder is not the one that run {} was made with: its model or its card differs",
        run.manifest.run
    );
    anyhow::ensure!(
        inputs.tissue_model.as_ref() == run.manifest.identity.inputs.get("tissue model"),
        "the tissue model is not the one that run {} was made with",
        run.manifest.run
    );
    Ok(())
}

fn differs(manifest: &Manifest, class: &str) -> Option<String> {
    let software = env!("CARGO_PKG_VERSION");
    let was = &manifest.identity;
    let other = was.execution_class != class || was.software != software;
    other.then(|| {
        format!(
            "features were computed by renkei {software} in execution class {class}, those of the run by renkei {} in {}: \
             equal within the encoder's tolerance, not to the byte",
            was.software, was.execution_class
        )
    })
}

/// The embed stage of these slides, alone.
async fn planned(run: &FrozenRun, inputs: &Inputs, rows: Vec<SlideRow>) -> anyhow::Result<Planned> {
    let spec = &inputs.launch.spec;
    let wish =
        Wish { grid: inputs.grid_wish(), shard_tiles: spec.tiles.shard_tiles(), on_failure: spec.slides.on_failure };
    let (mut slides, mut shards, mut faults) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut identity = run.manifest.identity.clone();
    for surveyed in survey(rows, &Limits::default()).await? {
        match plan_slide(&surveyed, &wish) {
            Ok(planned) => {
                identity.inputs.insert(format!("slide {}", planned.slide.slide.hashed()), planned.slide.digest);
                shards.extend(planned.shards()?);
                slides.push(planned.slide);
            }
            Err(reason) => {
                faults.insert(surveyed.row.case_id, unusable(&reason));
            }
        }
    }
    shards.sort_by(|a: &Shard, b: &Shard| a.id.cmp(&b.id));
    slides.sort_by(|a, b| a.slide.cmp(&b.slide));
    let plan = RunPlan {
        name: spec.name.clone(),
        run: identity.run_id().context("the slides have no identity")?,
        identity,
        unreadable: Vec::new(),
        slides,
        stages: vec![(Stage::Embed, shards)],
    };
    Ok(Planned { plan, faults })
}

/// The cases of slides that turned out to be broken while they were read.
fn set_aside(manifest: &Manifest, slides: &[Arc<SlideRef>]) -> BTreeMap<CaseId, String> {
    let quarantined = manifest.stage(Stage::Embed).iter().flat_map(|commit| &commit.quarantine);
    let whole: BTreeMap<&str, &str> = quarantined
        .filter(|fault| fault.tile.is_none())
        .map(|fault| (fault.slide.as_str(), fault.reason.as_str()))
        .collect();
    let fault = |slide: &Arc<SlideRef>| Some((slide.case.clone(), unusable(whole.get(slide.slide.hashed().as_str())?)));
    slides.iter().filter_map(fault).collect()
}

/// A case is scored on all of its slides or not at all.
fn unusable(reason: &str) -> String {
    format!("one of its slides cannot be used: {reason}")
}

/// The cases that these slides belong to.
pub(crate) fn cases_of(rows: &[SlideRow]) -> BTreeSet<CaseId> {
    rows.iter().map(|row| row.case_id.clone()).collect()
}
