//! `renkei cohort describe`: the cohort in tables. It is for the site's own eyes: small counts are shown.

use std::collections::BTreeMap;
use std::process::ExitCode;

use renkei_cohort::{
    AtHorizon, AttritionStep, Cohort, FollowUp, Quartiles, Refusal, Summary, VariableDescription,
    describe as variables, follow_up,
};
use renkei_domain::spec::{ColumnNote, Known, RecordsSpec};
use serde::Serialize;

use super::Opened;
use crate::args::{DescribeArgs, Format};
use crate::display::{self, columns};

#[derive(Debug, Serialize)]
struct Described {
    name: String,
    endpoint: Endpoint,
    outcomes: FollowUp,
    attrition: Vec<AttritionStep>,
    quality: Vec<Quality>,
    predictors: Vec<VariableDescription>,
    dictionary: BTreeMap<String, ColumnNote>,
    barred: Vec<Refusal>,
    /// SHA-256 of each table.
    tables: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Endpoint {
    name: String,
    origin: String,
}

#[derive(Debug, Serialize)]
struct Quality {
    column: String,
    rule: String,
    count: u64,
    rows: u64,
}

pub(super) async fn describe(args: DescribeArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = Opened::of(&args.spec, &args.site)?;
    let described = described(&opened.half.spec, opened.select().await?)?;
    display::print(format, &described, text)?;
    Ok(ExitCode::SUCCESS)
}

fn described(spec: &RecordsSpec, cohort: Cohort) -> anyhow::Result<Described> {
    let quality = cohort.quality.iter().map(|found| Quality {
        column: found.column.clone(),
        rule: found.rule.to_string(),
        count: found.count,
        rows: found.rows,
    });
    Ok(Described {
        name: spec.name.clone(),
        endpoint: Endpoint { name: spec.endpoint.name.clone(), origin: spec.endpoint.origin.clone() },
        outcomes: follow_up(&cohort.cases, &spec.endpoint.horizons_years)?,
        quality: quality.collect(),
        predictors: variables(&cohort.cases, &spec.cohort.predictors)?,
        attrition: cohort.attrition,
        dictionary: cohort.dictionary,
        barred: cohort.barred,
        tables: cohort.source_digests.into_iter().map(|(table, digest)| (table, digest.to_string())).collect(),
    })
}

fn text(described: &Described) -> String {
    let Described { name, endpoint, outcomes, .. } = described;
    let follow_up = outcomes.median_years.map_or("not reached".to_owned(), |years| format!("{years:.2} years"));
    let mut lines = vec![
        format!("{name}: {} since {}", endpoint.name, endpoint.origin),
        format!("{} cases, {} events, {} censored", outcomes.cases, outcomes.events, outcomes.censored),
        format!("median follow-up {follow_up} (reverse Kaplan-Meier), longest {:.2} years", outcomes.longest_years),
    ];
    let mut part = |title: &str, rows: Vec<Vec<String>>| {
        lines.push(format!("\n{title}"));
        if rows.is_empty() {
            lines.push("  none".to_owned());
        }
        lines.extend(columns(&rows));
    };
    part("events by horizon", horizons(&outcomes.horizons));
    part("who left", attrition(&described.attrition));
    part("predictors: median [quartiles], or cases of a level", predictors(described));
    part("data quality, in all selected rows", quality(&described.quality));
    part("data dictionary", dictionary(&described.dictionary));
    part("may not predict", barred(&described.barred));
    part(
        "tables, SHA-256",
        described.tables.iter().map(|(table, digest)| vec![table.clone(), digest.clone()]).collect(),
    );
    lines.join("\n")
}

fn horizons(horizons: &[AtHorizon]) -> Vec<Vec<String>> {
    let interval = |of: &AtHorizon| match of.interval {
        Some(interval) => format!("{:.1} to {:.1} %", 100.0 * interval.lower, 100.0 * interval.upper),
        None => "no interval".to_owned(),
    };
    let row = |of: &AtHorizon| {
        vec![
            format!("year {}", of.years),
            format!("{:.1} %", 100.0 * of.rate),
            interval(of),
            format!("{} events", of.events),
            format!("{} at risk", of.at_risk),
        ]
    };
    horizons.iter().map(row).collect()
}

fn attrition(steps: &[AttritionStep]) -> Vec<Vec<String>> {
    let row = |step: &AttritionStep| {
        vec![step.reason.clone(), format!("{} out", step.removed), format!("{} left", step.remaining)]
    };
    steps.iter().map(row).collect()
}

fn predictors(described: &Described) -> Vec<Vec<String>> {
    let mut rows = vec![["", "all", "events", "censored"].map(str::to_owned).to_vec()];
    for variable in &described.predictors {
        let note = described.dictionary.get(&variable.column);
        let unit = note.and_then(|note| note.unit.as_ref()).map_or(String::new(), |unit| format!(", {unit}"));
        match &variable.summary {
            Summary::Number(number) => {
                let cells = [number.all, number.events, number.non_events].map(quartiles);
                rows.push([vec![format!("{}{unit}", variable.column)], cells.to_vec()].concat());
            }
            Summary::Category(category) => rows.extend(category.levels.iter().map(|level| {
                let counts = [level.all, level.events, level.non_events].map(|count| count.to_string());
                [vec![format!("{} = {}", variable.column, level.level)], counts.to_vec()].concat()
            })),
        }
    }
    rows
}

fn quartiles(of: Option<Quartiles>) -> String {
    let short = |value: f64| (value * 1000.0).round() / 1000.0;
    of.map_or("none".to_owned(), |of| format!("{} [{}, {}]", short(of.median), short(of.lower), short(of.upper)))
}

fn quality(found: &[Quality]) -> Vec<Vec<String>> {
    let row = |found: &Quality| {
        vec![found.column.clone(), found.rule.clone(), format!("in {} of {} rows", found.count, found.rows)]
    };
    found.iter().map(row).collect()
}

fn dictionary(notes: &BTreeMap<String, ColumnNote>) -> Vec<Vec<String>> {
    let row = |(column, note): (&String, &ColumnNote)| {
        vec![
            column.clone(),
            known(&note.known),
            note.unit.clone().unwrap_or_default(),
            note.plausible.map_or(String::new(), |(lowest, highest)| format!("{lowest} to {highest}")),
            note.label.clone().unwrap_or_default(),
        ]
    };
    notes.iter().map(row).collect()
}

fn known(known: &Known) -> String {
    match known {
        Known::BeforeIndex => "known before".to_owned(),
        Known::AfterIndex => "known after".to_owned(),
        Known::DayColumn(column) => format!("known on day `{column}`"),
    }
}

fn barred(refused: &[Refusal]) -> Vec<Vec<String>> {
    refused.iter().map(|refusal| vec![refusal.predictor.clone(), refusal.reason.clone()]).collect()
}
