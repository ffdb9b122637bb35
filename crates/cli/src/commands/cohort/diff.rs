//! `renkei cohort diff`: what differs between two cohorts of one site.

use std::process::ExitCode;

use renkei_cohort::{AttritionLine, AttritionStep, Change, CohortDiff, Side, diff as compare};
use serde::Serialize;

use super::Opened;
use crate::args::{DiffArgs, Format};
use crate::display::{self, columns};

/// Longer values than a digest are cut in the text, not in the JSON.
const SHOWN: usize = 64;

#[derive(Debug, Serialize)]
struct Compared {
    a: String,
    b: String,
    #[serde(flatten)]
    diff: CohortDiff,
}

pub(super) async fn diff(args: DiffArgs, format: Format) -> anyhow::Result<ExitCode> {
    let (a, b) = (Opened::of(&args.a, &args.site)?, Opened::of(&args.b, &args.site)?);
    let (of_a, of_b) = (a.select().await?, b.select().await?);
    let (a, b) = (&a.half.spec, &b.half.spec);
    let diff = compare(Side { spec: a, cohort: &of_a }, Side { spec: b, cohort: &of_b })?;
    display::print(format, &Compared { a: a.name.clone(), b: b.name.clone(), diff }, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(compared: &Compared) -> String {
    let Compared { a, b, diff } = compared;
    let cases = &diff.cases;
    let mut lines = vec![
        format!("A is {a}\nB is {b}"),
        diff.endpoint_mismatch.clone().unwrap_or_else(|| "A and B predict the same".to_owned()),
        format!(
            "{} cases in both ({} with another outcome), {} in A only, {} in B only",
            cases.both, cases.other_outcome, cases.only_a, cases.only_b
        ),
    ];
    let mut part = |title: &str, rows: Vec<Vec<String>>| {
        lines.push(format!("\n{title}"));
        lines.extend(columns(&rows));
    };
    part("who left", header().into_iter().chain(diff.attrition.iter().map(attrition)).collect());
    part("tables, SHA-256", changes(&diff.tables));
    part("definitions", changes(&diff.definitions));
    lines.join("\n")
}

fn header() -> Option<Vec<String>> {
    Some(["", "A", "B"].map(str::to_owned).to_vec())
}

fn attrition(line: &AttritionLine) -> Vec<String> {
    let said = |step: &Option<AttritionStep>| {
        let said = |step: &AttritionStep| format!("{} out, {} left", step.removed, step.remaining);
        step.as_ref().map_or("-".to_owned(), said)
    };
    vec![line.reason.clone(), said(&line.a), said(&line.b)]
}

fn changes(changes: &[Change]) -> Vec<Vec<String>> {
    if changes.is_empty() {
        return vec![vec!["the same".to_owned()]];
    }
    let row = |change: &Change| vec![change.what.clone(), shown(change.a.as_deref()), shown(change.b.as_deref())];
    header().into_iter().chain(changes.iter().map(row)).collect()
}

/// One line, cut where it is long.
fn shown(value: Option<&str>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
