//! `renkei demo`: the whole mission on real input, with a planted link between image and outcome that the run must find.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Float64Type, UInt32Type};
use renkei_artifacts::{Location, RunStore, Stores, table};
use renkei_cohort::{CohortError, Sources, select};
use renkei_demo::{Prepared, SurfaceCheck, check_surface, prepare};
use renkei_domain::plan::Stage;
use renkei_domain::{ErrorKind, RunId, SlideId};
use renkei_launch::Launch;
use serde::Serialize;

use super::run;
use crate::args::{DemoArgs, Format, MachineArgs};
use crate::display;
use crate::session::site_key;

/// The least AUC per tile at which the demo counts the plant as found.
const FOUND: f64 = 0.75;

#[derive(Debug, Serialize)]
struct Demonstrated {
    plant: String,
    refusal: String,
    surface: String,
    surface_auc: f64,
    run: run::Finished,
}

pub(crate) async fn demo(args: DemoArgs, format: Format) -> anyhow::Result<ExitCode> {
    let prepared = prepare(&args.components, &args.out.join("input"), args.seed).await?;
    eprintln!("{prepared}");
    let machine = MachineArgs {
        onnxruntime: Some(args.components.join("onnxruntime/libonnxruntime.so")),
        site_key: Some(prepared.secret.clone()),
        threads: None,
        memory: renkei_runtime::ByteSize::from_mib(1024),
    };
    let refusal = refusal(&prepared).await?;
    eprintln!("the leakage guard on leaky.yaml: {refusal}");
    let launch = Launch::read(&prepared.run_yaml)?;
    let store = Location::resolve(&launch.spec.store, &launch.base)?;
    let run = run::launch(launch, &machine, Stores::from_environment()).await?;
    let check = surface(&store, &run.run, &prepared).await?;
    let demonstrated = Demonstrated {
        plant: prepared.plant.to_string(),
        refusal,
        surface: check.to_string(),
        surface_auc: check.auc,
        run,
    };
    display::print(format, &demonstrated, |one| format!("{}\n{}", run::text(&one.run), one.surface))?;
    let found = check.auc >= FOUND;
    if !found {
        eprintln!("renkei: the run did not find what was planted");
    }
    Ok(if found { ExitCode::SUCCESS } else { ExitCode::from(ErrorKind::Internal.exit_code()) })
}

/// What the leakage guard says to predictors that were known only after the operation.
async fn refusal(prepared: &Prepared) -> anyhow::Result<String> {
    let leaky = Launch::read(&prepared.leaky_yaml)?;
    let pseudonyms = site_key(Some(&prepared.secret))?;
    let sources = Sources::resolve(&leaky.spec.cohort, &leaky.base, &Stores::from_environment())?;
    match select(&leaky.spec.cohort, &leaky.spec.endpoint, &leaky.spec.model, &sources, &pseudonyms).await {
        Err(error @ CohortError::Leakage(_)) => Ok(error.to_string()),
        Err(error) => Err(error.into()),
        Ok(_) => anyhow::bail!("the leakage guard let predictors pass that were known only after the operation"),
    }
}

/// Compares the run's tile contributions with what was planted.
async fn surface(store: &Location, run: &str, prepared: &Prepared) -> anyhow::Result<SurfaceCheck> {
    let store = RunStore::new(Arc::clone(&store.store), store.path.clone(), RunId::new(run)?);
    let manifest = store.manifest().await?.context("the run is not sealed")?;
    let mut contributions = Vec::new();
    for entry in
        manifest.stage(Stage::Score).iter().flat_map(|commit| &commit.artifacts).filter(|entry| entry.name == "risk")
    {
        for batch in table::read_parquet(store.get_artifact(entry).await?)? {
            contributions.extend(rows(&batch).context("the risk table lacks a column")?);
        }
    }
    check_surface(&prepared.truth, &contributions).context("no slide holds both kinds of tiles")
}

fn rows(batch: &RecordBatch) -> Option<Vec<(SlideId, u32, u32, f64)>> {
    let slides = batch.column_by_name("slide_id")?.as_string_opt::<i32>()?;
    let columns = batch.column_by_name("column")?.as_primitive_opt::<UInt32Type>()?;
    let rows = batch.column_by_name("row")?.as_primitive_opt::<UInt32Type>()?;
    let shares = batch.column_by_name("contribution")?.as_primitive_opt::<Float64Type>()?;
    (0..batch.num_rows())
        .map(|tile| {
            Some((SlideId::new(slides.value(tile)).ok()?, columns.value(tile), rows.value(tile), shares.value(tile)))
        })
        .collect()
}
