//! `renkei erase`: every run of a store that holds a case is erased, and named, so that it is repeated without the case.

use std::process::ExitCode;
use std::sync::Arc;

use renkei_artifacts::gc::Claim;
use renkei_artifacts::{ArtifactError, Location, RunStore};
use renkei_cohort::Pseudonymiser;
use renkei_domain::plan::Stage;
use renkei_domain::record::Tombstone;
use renkei_runtime::{Clock as _, SystemClock};
use serde::Serialize;

use crate::args::{EraseArgs, Format};
use crate::display;
use crate::session::{OpenedRun, location_of, runs_of, site_key};

#[derive(Debug, Serialize)]
struct Erased {
    case: String,
    /// Runs that held the case, to be repeated; of a dry run they are still whole.
    repeat: Vec<String>,
    erased: Vec<Tombstone>,
    /// Runs that were erased before.
    before: usize,
    /// Runs that were looked through.
    runs: usize,
}

pub(crate) async fn erase(args: EraseArgs, format: Format) -> anyhow::Result<ExitCode> {
    let location = location_of(&args.store)?;
    let case = match Pseudonymiser::could_have_made(&args.case) {
        true => args.case.clone(),
        false => site_key(args.site_key.as_deref())?.pseudonym(&args.case),
    };
    let claim = if args.abandoned { Claim::Abandoned } else { Claim::Sealed };
    let mut erased = Erased { case, repeat: Vec::new(), erased: Vec::new(), before: 0, runs: 0 };
    for run in runs_of(&location).await? {
        let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), run.clone());
        erased.runs += 1;
        if matches!(store.manifest().await, Err(ArtifactError::Erased { .. })) {
            erased.before += 1;
            // Objects that came after the erasure, or that it did not get to.
            if !args.dry_run {
                renkei_artifacts::erase(&store, claim, SystemClock::new().now()).await?;
            }
        } else if holds(&OpenedRun { location: location.clone(), store: store.clone() }, &erased.case).await? {
            erased.repeat.push(run.to_string());
            if !args.dry_run {
                erased.erased.push(renkei_artifacts::erase(&store, claim, SystemClock::new().now()).await?);
            }
        }
    }
    display::print(format, &erased, |erased| text(erased, &location, args.dry_run))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the run's cohort holds the case, or its plan a slide of the case.
async fn holds(opened: &OpenedRun, case: &str) -> anyhow::Result<bool> {
    let slides = opened.store.slides().await?.unwrap_or_default();
    if slides.iter().any(|slide| slide.case.as_str() == case) {
        return Ok(true);
    }
    let mut files = Vec::new();
    for shard in opened.store.committed(Stage::Cohort).await? {
        let commit = opened.store.commit_of(Stage::Cohort, &shard).await?;
        let entries = commit.into_iter().flat_map(|commit| commit.artifacts);
        for entry in entries.filter(|entry| entry.name == "cases") {
            files.push(opened.object(&entry.key)?);
        }
    }
    if files.is_empty() {
        return Ok(false);
    }
    let query = format!("select case_id from cases where case_id = '{case}'");
    let rows = renkei_cohort::sql::query(vec![("cases".to_owned(), files)], &query).await?;
    Ok(rows.iter().any(|batch| batch.num_rows() > 0))
}

fn text(erased: &Erased, location: &Location, dry_run: bool) -> String {
    let mut lines =
        vec![format!("case {}: in {} of {} runs of {location}", erased.case, erased.repeat.len(), erased.runs)];
    lines.extend(
        erased.erased.iter().map(|of| format!("  run {}: {} objects, {} bytes removed", of.run, of.objects, of.bytes)),
    );
    if erased.before > 0 {
        lines.push(format!("  erased before: {}", erased.before));
    }
    match (erased.repeat.is_empty(), dry_run) {
        (true, _) => {}
        (false, true) => lines.push(format!("would be erased, nothing was: {}", erased.repeat.join(", "))),
        (false, false) => lines.push(format!(
            "repeat, with the case in `cohort.opt_outs` (`renkei cohort exclude`): {}\nimported tables still hold the \
             person: import them again with `--opt-outs`",
            erased.repeat.join(", ")
        )),
    }
    lines.join("\n")
}
