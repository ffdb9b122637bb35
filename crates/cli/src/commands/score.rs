//! `renkei score`: new cases by the models of a sealed run.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Context as _;
use arrow::array::RecordBatch;
use object_store::{ObjectStoreExt as _, PutPayload};
use renkei_artifacts::table::write_parquet;
use renkei_artifacts::{ArtifactError, Location, Stores};
use renkei_cohort::{NewCases, Pseudonymiser, match_slides, slide_table};
use renkei_domain::CaseId;
use renkei_launch::{Inputs, NewLaunch};
use renkei_model::frozen::ScoredBy;
use serde::Serialize;

use crate::args::{Format, ScoreArgs};
use crate::display;
use crate::export::fhir::{NewCase, new_case_assessments};
use crate::score::{Cases, Embedded, FrozenRun, ScoredCase, Tiles, cases_of, contributions, embed, of_scored, scores};
use crate::session::{site_key, stores};

/// What every result says of itself.
const WORDS: &str = "Research output, not a diagnosis; Renkei is no medical device.";

#[derive(Debug, Serialize)]
struct Summary {
    run: String,
    merkle_root: String,
    /// SHA-256 of the frozen model.
    model: String,
    cases: usize,
    by_records: usize,
    by_records_and_images: usize,
    /// Refused cases by reason.
    refused: BTreeMap<String, usize>,
    opted_out: usize,
    rows_without_case_id: usize,
    notes: Vec<String>,
    files: Vec<Written>,
}

#[derive(Debug, Serialize)]
struct Written {
    file: String,
    bytes: usize,
}

/// Where results go.
struct Folder {
    to: Location,
    written: Vec<Written>,
}

impl Folder {
    async fn put(&mut self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.written.push(Written { file: name.to_owned(), bytes: bytes.len() });
        let put = self.to.store.put(&self.to.path.clone().join(name), PutPayload::from(bytes)).await;
        put.map_err(ArtifactError::from).with_context(|| format!("{name} cannot be written"))?;
        Ok(())
    }
}

pub(crate) async fn score(args: ScoreArgs, format: Format) -> anyhow::Result<ExitCode> {
    let stores = stores(&args.of.store.stores)?;
    let to = Location::resolve_with(&args.to, &std::env::current_dir()?, &stores)?;
    let pseudonyms = site_key(args.machine.site_key.as_deref())?;
    let new = NewLaunch::read(&args.new)?;
    let run = FrozenRun::open(&args.of, &pseudonyms).await?;
    let selected = new.select(&run.launch, &stores, &pseudonyms).await?;
    let cases = Cases::of(&selected, &run.launch.spec.cohort.predictors)?;
    let (with_slides, embedded) = images(&args, &new, &run, &cases, &selected, &stores, &pseudonyms).await?;
    let none = Tiles::default();
    let tiles = embedded.as_ref().map_or(&none, |embedded| &embedded.tiles);
    let scored = cases.score(&run.frozen.model, &with_slides, tiles);
    let mut folder = Folder { to, written: Vec::new() };
    write_records(&mut folder, &run, &selected, &scored).await?;
    let mut notes = notes(&run, &selected, !with_slides.is_empty());
    if let Some(embedded) = embedded {
        notes.extend(embedded.note.clone());
        write_images(&mut folder, embedded, &scored).await?;
    }
    display::print(format, &summary(&run, &selected, &scored, notes, folder.written), |summary| {
        text(summary, &args.to)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The cases with slides, and what their slides are where there is a model for them.
async fn images(
    args: &ScoreArgs,
    new: &NewLaunch,
    run: &FrozenRun,
    cases: &Cases,
    selected: &NewCases,
    stores: &Stores,
    pseudonyms: &Pseudonymiser,
) -> anyhow::Result<(BTreeSet<CaseId>, Option<Embedded>)> {
    let model = &run.frozen.model;
    let weights = model.records_and_images.done().and_then(|fit| fit.key_features.clone());
    let scratch = tempfile::tempdir().context("no scratch folder for features can be made")?;
    let (Some(weights), Some(launch)) = (weights, new.of_slides(&run.launch, scratch.path())?) else {
        return Ok((BTreeSet::new(), None));
    };
    let inputs = Inputs::open(launch, stores)?;
    let all: BTreeSet<CaseId> = renkei_cohort::case_ids(&selected.rows)?.into_iter().collect();
    let rows = match_slides(slide_table(&inputs.slide_table, pseudonyms).await?, &all).slides;
    let with_slides = cases_of(&rows);
    let worth = cases.worth_reading(model, &with_slides);
    let rows = match_slides(rows, &worth).slides;
    if rows.is_empty() {
        return Ok((with_slides, None));
    }
    let embedded = embed(run, inputs, weights, rows, &args.machine, stores.clone()).await?;
    Ok((with_slides, Some(embedded)))
}

async fn write_records(
    folder: &mut Folder,
    run: &FrozenRun,
    selected: &NewCases,
    scored: &[ScoredCase],
) -> anyhow::Result<()> {
    let spec = &run.launch.spec;
    let tables = selected.source_digests.iter().map(|(name, digest)| (format!("table {name}"), digest.to_string()));
    let basis: Vec<(String, String)> = tables.chain([("frozen model".to_owned(), run.digest.to_string())]).collect();
    let assessed = scored.iter().filter_map(|one| {
        let score = one.outcome.as_ref().ok()?;
        Some(NewCase { manifest: &run.manifest, spec, basis: &basis, case: one.case.as_str(), score })
    });
    let assessments = new_case_assessments(assessed)?;
    for file in [scores(scored, &spec.endpoint.horizons_years)?, contributions(scored)?, assessments] {
        folder.put(file.name, file.bytes).await?;
    }
    Ok(())
}

/// Tiles, slides and surfaces of the cases that have a score.
async fn write_images(folder: &mut Folder, mut embedded: Embedded, scored: &[ScoredCase]) -> anyhow::Result<()> {
    let kept = scored.iter().filter(|case| case.outcome.is_ok()).map(|case| case.case.as_str());
    let kept: BTreeSet<&str> = kept.collect();
    let risk = embedded.scored.risk.iter().map(|batch| of_scored(batch, &kept));
    let risk: Vec<RecordBatch> = risk.collect::<anyhow::Result<_>>()?;
    if risk.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(());
    }
    folder.put("risk.parquet", write_parquet(&risk)?).await?;
    let slides = of_scored(&embedded.scored.slide_scores, &kept)?;
    folder.put("slide_scores.parquet", write_parquet(&[slides])?).await?;
    for slide in embedded.slides.iter().filter(|slide| kept.contains(slide.case.as_str())) {
        if let Some((picture, overlay)) = embedded.surfaces.draw(slide).await? {
            let name = slide.slide.hashed();
            folder.put(&format!("surface-{name}.png"), picture).await?;
            folder.put(&format!("overlay-{name}.geojson"), overlay.into_bytes()).await?;
        }
    }
    Ok(())
}

/// What the reader must know beside the figures.
fn notes(run: &FrozenRun, selected: &NewCases, slides: bool) -> Vec<String> {
    let model = &run.frozen.model;
    let mut notes = vec![WORDS.to_owned()];
    notes.extend(run.launch.spec.banner.clone().filter(|_| slides));
    for (name, by) in [("records", ScoredBy::Records), ("records and images", ScoredBy::RecordsAndImages)] {
        match model.fit(by).done() {
            Some(fit) => {
                let reason = fit.covariance.reason().filter(|_| slides || by == ScoredBy::Records);
                notes.extend(reason.map(|reason| format!("no interval from the model of {name}: {reason}")));
            }
            None => {
                let reason = model.fit(by).reason().unwrap_or_default();
                notes.push(format!("the run has no model of {name}: {reason}"));
            }
        }
    }
    let not_asked = selected.not_asked.iter();
    notes.extend(not_asked.map(|reason| format!("not asked of new cases, since it speaks of the outcome: {reason}")));
    notes
}

fn summary(
    run: &FrozenRun,
    selected: &NewCases,
    scored: &[ScoredCase],
    notes: Vec<String>,
    files: Vec<Written>,
) -> Summary {
    let by =
        |by: ScoredBy| scored.iter().filter(|case| case.outcome.as_ref().is_ok_and(|score| score.by == by)).count();
    let mut refused = BTreeMap::new();
    for reason in scored.iter().filter_map(|case| case.outcome.as_ref().err()) {
        *refused.entry(reason.clone()).or_default() += 1;
    }
    Summary {
        run: run.manifest.run.to_string(),
        merkle_root: run.manifest.merkle_root.to_string(),
        model: run.digest.to_string(),
        cases: scored.len(),
        by_records: by(ScoredBy::Records),
        by_records_and_images: by(ScoredBy::RecordsAndImages),
        refused,
        opted_out: selected.opted_out,
        rows_without_case_id: selected.without_id,
        notes,
        files,
    }
}

fn text(summary: &Summary, to: &str) -> String {
    let mut lines = vec![
        format!("{} new cases by run {} into {to}", summary.cases, summary.run),
        format!("  {:>6} scored by records and images", summary.by_records_and_images),
        format!("  {:>6} scored by the records", summary.by_records),
        format!("  {:>6} refused", summary.refused.values().sum::<usize>()),
    ];
    lines.extend(summary.refused.iter().map(|(reason, cases)| format!("         {cases:>6} {reason}")));
    if summary.opted_out > 0 {
        lines.push(format!("  {:>6} opted out and left out", summary.opted_out));
    }
    if summary.rows_without_case_id > 0 {
        lines.push(format!("  {:>6} rows without a case id", summary.rows_without_case_id));
    }
    lines.extend(summary.notes.iter().map(|note| format!("  {note}")));
    lines.extend(summary.files.iter().map(|written| format!("  {:>9} bytes in {}", written.bytes, written.file)));
    lines.join("\n")
}
