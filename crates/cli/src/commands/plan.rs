//! `renkei plan`: what a run would do, before it does anything.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use renkei_coordinator::planner::Prepared;
use renkei_domain::plan::Stage;
use renkei_domain::spec::RunSpec;
use renkei_launch::Launch;
use renkei_runtime::SystemClock;
use serde::Serialize;

use crate::args::{Format, PlanArgs};
use crate::display;
use crate::session::{Ready, machine, stores};

#[derive(Debug, Serialize)]
struct Planned {
    run: String,
    cases: usize,
    attrition: Vec<(String, u64, u64)>,
    slides: usize,
    slides_set_aside: Vec<String>,
    slides_without_case: usize,
    cases_without_slide: usize,
    shards: usize,
    tiles_at_most: u64,
    feature_bytes_at_most: u64,
}

pub(crate) async fn plan(args: PlanArgs, format: Format) -> anyhow::Result<ExitCode> {
    if args.schema {
        println!("{}", serde_json::to_string_pretty(&schemars::schema_for!(RunSpec))?);
        return Ok(ExitCode::SUCCESS);
    }
    let file = args.spec.context("name a spec")?;
    let machine = machine(&args.machine, stores(&args.stores)?, Arc::new(SystemClock::new()))?;
    let ready = Ready::of(Launch::read(&file)?, &machine).await?;
    display::print(format, &planned(&ready.prepared), text)?;
    Ok(ExitCode::SUCCESS)
}

fn planned(prepared: &Prepared) -> Planned {
    let (plan, cells) = (&prepared.plan, prepared.plan.cells());
    let attrition = prepared.selection.cohort.attrition.iter();
    Planned {
        run: plan.run.to_string(),
        cases: prepared.selection.cohort.cases.num_rows(),
        attrition: attrition.map(|step| (step.reason.clone(), step.removed, step.remaining)).collect(),
        slides: prepared.selection.slides.len(),
        slides_set_aside: plan
            .unreadable
            .iter()
            .map(|fault| format!("slide {}: {}", fault.slide, fault.reason))
            .collect(),
        slides_without_case: prepared.selection.slides_without_case,
        cases_without_slide: prepared.selection.cases_without_slide,
        shards: plan.shards(Stage::Embed).len(),
        tiles_at_most: cells,
        feature_bytes_at_most: cells * prepared.inputs.encoder.card().output.width as u64 * 4,
    }
}

fn text(planned: &Planned) -> String {
    let mut lines =
        vec![format!("run {} would take {} cases and {} slides", planned.run, planned.cases, planned.slides)];
    lines.extend(
        planned
            .attrition
            .iter()
            .map(|(reason, removed, remaining)| format!("  {reason}: {removed} out, {remaining} left")),
    );
    lines.push(format!(
        "  slides without a selected case: {}, cases without a slide: {}",
        planned.slides_without_case, planned.cases_without_slide
    ));
    lines.extend(planned.slides_set_aside.iter().map(|fault| format!("  set aside: {fault}")));
    lines.push(format!(
        "  {} shards, at most {} tiles and {} bytes of features",
        planned.shards, planned.tiles_at_most, planned.feature_bytes_at_most
    ));
    lines.join("\n")
}
