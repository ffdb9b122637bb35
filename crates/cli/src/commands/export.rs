//! `renkei export`: a sealed run's cohort and held-out scores in the standard forms of others.

use std::process::ExitCode;

use anyhow::Context as _;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use object_store::{ObjectStoreExt as _, PutPayload};
use renkei_artifacts::{ArtifactError, Location, table};
use renkei_domain::plan::Stage;
use renkei_domain::record::Manifest;
use renkei_launch::Launch;
use serde::Serialize;

use crate::args::{ExportArgs, ExportForm, Format, OfRun};
use crate::display;
use crate::export::{self, File, SealedRun};
use crate::session::{OpenedRun, stores};

#[derive(Debug, Serialize)]
struct Exported {
    run: String,
    merkle_root: String,
    files: Vec<Written>,
}

#[derive(Debug, Serialize)]
struct Written {
    file: &'static str,
    rows: usize,
    bytes: usize,
}

pub(crate) async fn export(args: ExportArgs, format: Format) -> anyhow::Result<ExitCode> {
    let stores = stores(&args.store.stores)?;
    let to = Location::resolve_with(&args.to, &std::env::current_dir()?, &stores)?;
    let run = sealed(&OpenedRun::find(&OfRun { run: args.run, store: args.store }).await?).await?;
    let files = match args.form {
        ExportForm::Fhir => vec![export::fhir::risk_assessments(&run)?],
        ExportForm::Omop => export::omop(&run)?,
    };
    let (id, merkle_root) = (run.manifest.run.to_string(), run.manifest.merkle_root.to_string());
    let mut exported = Exported { run: id, merkle_root, files: Vec::new() };
    for File { name, rows, bytes } in files {
        exported.files.push(Written { file: name, rows, bytes: bytes.len() });
        let put = to.store.put(&to.path.clone().join(name), PutPayload::from(bytes)).await;
        put.map_err(ArtifactError::from).with_context(|| format!("{name} cannot be written"))?;
    }
    display::print(format, &exported, |exported| text(exported, &args.to))?;
    Ok(ExitCode::SUCCESS)
}

/// What is exported of a run. Every byte is checked against the manifest on the way.
async fn sealed(opened: &OpenedRun) -> anyhow::Result<SealedRun> {
    let manifest = opened.manifest().await?;
    let launch: Option<Launch> = opened.store.launch().await?;
    let spec = launch.context("the run's spec is not in its store: was launch.json removed?")?.spec;
    let cases = rows(opened, &manifest, Stage::Cohort, "cases").await?;
    let scores = rows(opened, &manifest, Stage::Score, "scores").await?;
    Ok(SealedRun { manifest, spec, cases, scores })
}

/// All rows of one table.
async fn rows(opened: &OpenedRun, manifest: &Manifest, stage: Stage, name: &str) -> anyhow::Result<RecordBatch> {
    let artifacts = manifest.stage(stage).iter().flat_map(|commit| &commit.artifacts);
    let mut batches = Vec::new();
    for entry in artifacts.filter(|entry| entry.name == name) {
        batches.extend(table::read_parquet(opened.store.get_artifact(entry).await?)?);
    }
    let first = batches.first().with_context(|| format!("run {} has no table `{name}`", manifest.run))?;
    Ok(concat_batches(&first.schema(), &batches)?)
}

fn text(exported: &Exported, to: &str) -> String {
    let mut lines = vec![format!("run {} into {to}", exported.run)];
    lines.extend(exported.files.iter().map(|written| format!("  {:>9} rows in {}", written.rows, written.file)));
    lines.join("\n")
}
