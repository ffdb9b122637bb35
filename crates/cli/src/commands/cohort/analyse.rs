//! `renkei cohort analyse`: the models of the records alone, on this machine, in seconds.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use renkei_cohort::baseline_cells;
use renkei_domain::Digest;
use renkei_domain::plan::Stage;
use renkei_model::baseline::with_baselines;
use renkei_model::{Findings, analyse as models};
use renkei_report::{RunIdentity, model_card, render_html};
use renkei_worker::stages::cohort::CohortSummary;
use renkei_worker::stages::report::of_records;
use serde::Serialize;

use super::Opened;
use crate::args::{AnalyseArgs, Format};
use crate::display;

#[derive(Debug, Serialize)]
struct Analysed {
    cases: usize,
    events: usize,
    /// Held-out concordance; none where nothing could be held out.
    concordance: Option<f64>,
    report: PathBuf,
    findings: PathBuf,
}

pub(super) async fn analyse(args: AnalyseArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = Opened::of(&args.spec, &args.site)?;
    let cohort = opened.select().await?;
    let spec = &opened.half.spec;
    let input = renkei_launch::model_input(&spec.cohort.predictors, &cohort.cases, None)?;
    let cells = baseline_cells(&cohort.cases, &spec.model.baselines)?;
    let summary = CohortSummary::of(cohort, &spec.cohort.predictors)?;
    let horizons = &spec.endpoint.horizons_years;
    let findings = models(&input, &spec.model, spec.seed, horizons)?;
    let findings = with_baselines(findings, &input, &cells, &spec.model, spec.seed, horizons);
    let text = std::fs::read(&args.spec).with_context(|| format!("reading {}", args.spec.display()))?;
    let content = of_records(spec, &findings, &summary, identity(&Digest::of(&text)));
    let page = render_html(&content)?;
    std::fs::create_dir_all(&args.to).with_context(|| format!("making {}", args.to.display()))?;
    let write = |name: &str, bytes: &[u8]| -> anyhow::Result<PathBuf> {
        let path = args.to.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    };
    let findings_file = write("findings.json", &serde_json::to_vec_pretty(&findings)?)?;
    write("model-card.md", model_card(&content).as_bytes())?;
    let analysed = analysed(&findings, write("report.html", page.as_bytes())?, findings_file);
    display::print(format, &analysed, said)?;
    Ok(ExitCode::SUCCESS)
}

fn identity(spec: &Digest) -> RunIdentity {
    RunIdentity {
        run_id: "none: an analysis of records alone".to_owned(),
        spec_digest: spec.to_string(),
        encoder: None,
        execution_class: format!("{} and {} only", Stage::Cohort, Stage::Fit),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        merkle_root: None,
    }
}

fn analysed(findings: &Findings, report: PathBuf, file: PathBuf) -> Analysed {
    let validation = findings.records.done().and_then(|model| model.validation.done());
    Analysed {
        cases: findings.cohort.cases,
        events: findings.cohort.events,
        concordance: validation.map(|found| found.discrimination.concordance.estimate),
        report,
        findings: file,
    }
}

fn said(analysed: &Analysed) -> String {
    let Analysed { cases, events, concordance, report, findings } = analysed;
    let held_out = concordance.map_or("nothing could be held out".to_owned(), |c| format!("held-out C {c:.3}"));
    format!(
        "{cases} cases, {events} events, {held_out}\nreport    {}\nfindings  {}",
        report.display(),
        findings.display()
    )
}
