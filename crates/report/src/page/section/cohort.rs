//! Who was selected, what the records were like, and who the cases are.

use maud::{Markup, html};

use crate::content::{
    AttritionStep, CohortTable, CohortVariable, GroupCounts, LeakageRefusal, LevelCounts, QualityFinding, Quartiles,
    ReportContent, VariableSummary,
};
use crate::format;
use crate::page::parts::{Section, Term, scroll};

/// Attrition, refusals and data quality.
pub(in crate::page) fn selection(content: &ReportContent) -> Section {
    let body = html! {
        h3 { (Term::Attrition.link("Attrition")) }
        (flow(&content.attrition))
        h3 { "Predictors refused by the leakage guard" }
        (refusals(&content.refusals))
        h3 { "Data quality" }
        (quality(&content.quality))
    };
    Section { id: "selection", title: "Selection and data quality", body }
}

fn flow(steps: &[AttritionStep]) -> Markup {
    html! {
        @if steps.is_empty() {
            p.absent { "No step of the selection was recorded." }
        }
        ol.flow {
            @for (index, step) in steps.iter().enumerate() {
                li {
                    @if index > 0 {
                        div.dropped {
                            p {
                                b { (format::count(step.excluded)) " excluded" }
                                @if !step.reason.is_empty() { ": " (step.reason) }
                            }
                        }
                    }
                    div.kept { b { (format::count(step.remaining)) } (step.step) }
                }
            }
        }
    }
}

fn refusals(refusals: &[LeakageRefusal]) -> Markup {
    html! {
        @if refusals.is_empty() {
            p { "None was refused." }
        } @else {
            (scroll("Predictors refused", html! {
                table {
                    thead { tr { th scope="col" { "Predictor" } th scope="col" { "Why" } } }
                    tbody {
                        @for refusal in refusals { tr { th scope="row" { (refusal.predictor) } td { (refusal.why) } } }
                    }
                }
            }))
        }
    }
}

fn quality(findings: &[QualityFinding]) -> Markup {
    html! {
        @if findings.is_empty() {
            p { "No fault was found in the records." }
        } @else {
            (scroll("Data quality", html! {
                table {
                    caption { "Faults found " span.soft { "(counted; nothing was repaired)" } }
                    thead { tr {
                        th scope="col" { "Source" } th scope="col" { "Column" } th scope="col" { "Rule" }
                        th.n scope="col" { "Rows" }
                    } }
                    tbody {
                        @for finding in findings {
                            tr {
                                th scope="row" { (finding.source) } td { (finding.column) } td { (finding.rule) }
                                td.n { (format::count(finding.count)) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// The cohort at the index date.
pub(in crate::page) fn description(content: &ReportContent) -> Section {
    let cohort = &content.cohort;
    let body = html! {
        p {
            (format::count(cohort.cases.overall)) " cases, " (format::count(cohort.cases.with_event)) " with the event."
            @if let Some(days) = cohort.follow_up_median_days {
                " Median follow-up " (format::years(days)) " (reverse Kaplan-Meier)."
            }
        }
        (scroll("Cohort", table(cohort)))
    };
    Section { id: "cohort", title: "Cohort", body }
}

fn table(cohort: &CohortTable) -> Markup {
    let cases = &cohort.cases;
    html! {
        table {
            caption { "Cases at the index date " span.soft { "(median [first to third quartile], or number and share of those known)" } }
            thead { tr {
                th scope="col" { "Variable" }
                th.n scope="col" { "Missing" }
                th.n scope="col" { "All, n = " (format::count(cases.overall)) }
                th.n scope="col" { "Event, n = " (format::count(cases.with_event)) }
                th.n scope="col" { "No event, n = " (format::count(cases.without_event)) }
            } }
            tbody { @for variable in &cohort.variables { (rows(variable, cases.overall)) } }
        }
    }
}

fn rows(variable: &CohortVariable, cases: u64) -> Markup {
    let name = html! { (variable.name) @if let Some(unit) = &variable.unit { span.soft { ", " (unit) } } };
    let missing = format::share(variable.missing, cases);
    match &variable.summary {
        VariableSummary::Continuous { overall, with_event, without_event } => html! {
            tr {
                th scope="row" { (name) }
                td.n { (missing) }
                @for group in [overall, with_event, without_event] { td.n { (quartiles(group)) } }
            }
        },
        VariableSummary::Categorical { levels } => html! {
            tr.group { th scope="row" { (name) } td.n { (missing) } td {} td {} td {} }
            @for level in levels { (level_row(level, levels)) }
        },
    }
}

fn level_row(level: &LevelCounts, levels: &[LevelCounts]) -> Markup {
    let parts: [fn(&GroupCounts) -> u64; 3] =
        [|counts| counts.overall, |counts| counts.with_event, |counts| counts.without_event];
    let cell = |part: fn(&GroupCounts) -> u64| {
        format::share(part(&level.counts), levels.iter().map(|other| part(&other.counts)).sum())
    };
    html! {
        tr.level { th scope="row" { (level.level) } td {} @for part in parts { td.n { (cell(part)) } } }
    }
}

fn quartiles(quartiles: &Quartiles) -> String {
    format!(
        "{} [{} to {}]",
        format::number(quartiles.median),
        format::number(quartiles.q1),
        format::number(quartiles.q3)
    )
}
