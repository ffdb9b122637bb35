//! What was studied: the models in brief, data, participants, outcome, predictors, methods.

use super::markdown::Page;
use crate::content::{DataNature, ModelKind, Part, ReportContent, VariableSummary};
use crate::format;

pub(super) fn write(card: &mut Page, content: &ReportContent) {
    models(card, content);
    data(card, content);
    participants(card, content);
    outcome(card, content);
    predictors(card, content);
    card.heading(2, "Methods");
    card.text(&methods(content));
}

/// One paragraph that a paper can take over.
fn methods(content: &ReportContent) -> String {
    let cases = &content.cohort.cases;
    let mut sentences = vec![format!(
        "We analysed {} with {} events.",
        counted(cases.overall, "case"),
        format::count(cases.with_event)
    )];
    sentences.extend(content.sources.iter().map(|source| format!("{}: {}", source.name, source.statement)));
    sentences.extend(content.provenance.notes.iter().cloned());
    sentences.push(format!("All analyses were made with Renkei {}.", content.identity.software_version));
    sentences.join(" ")
}

fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", format::count(count), if count == 1 { "" } else { "s" })
}

fn models(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Models");
    let looks = |kind| match kind {
        ModelKind::Records => "hospital records",
        ModelKind::Images => "slides",
        ModelKind::RecordsAndImages => "hospital records and slides",
    };
    let rows: Vec<[String; 3]> = content
        .models
        .iter()
        .map(|model| [model.name.clone(), looks(model.kind).to_owned(), model.method.clone()])
        .collect();
    card.table(["Model", "Looks at", "Method"], &rows);
    let identity = &content.identity;
    let mut lines = vec![
        format!("Run {}, spec {}", identity.run_id, identity.spec_digest),
        format!("Renkei {}, {}", identity.software_version, identity.execution_class),
    ];
    if let Some(encoder) = &identity.encoder {
        lines.push(format!("Encoder {} ({}), licence {}", encoder.name, encoder.digest, encoder.licence));
    }
    card.list(lines);
}

fn data(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Data");
    let nature = |nature| match nature {
        DataNature::Real => "real",
        DataNature::Synthetic => "SYNTHETIC",
        DataNature::Planted => "PLANTED: a known link was added",
    };
    let rows: Vec<[String; 3]> = content
        .sources
        .iter()
        .map(|source| [source.name.clone(), nature(source.nature).to_owned(), source.statement.clone()])
        .collect();
    card.table(["Data", "Real?", "Where from"], &rows);
    let faults: Vec<[String; 4]> = content
        .quality
        .iter()
        .map(|found| [found.source.clone(), found.column.clone(), found.rule.clone(), format::count(found.count)])
        .collect();
    card.table(["Source", "Column", "Fault (counted, not repaired)", "Rows"], &faults);
}

fn participants(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Participants");
    let steps: Vec<[String; 4]> = content
        .attrition
        .iter()
        .map(|step| {
            [step.step.clone(), format::count(step.excluded), format::count(step.remaining), step.reason.clone()]
        })
        .collect();
    card.table(["Step", "Left out", "Remain", "Why"], &steps);
    let cases = &content.cohort.cases;
    card.list([
        format!("{}, {} of them with the event", counted(cases.overall, "case"), format::count(cases.with_event)),
        content.cohort.follow_up_median_days.map_or_else(
            || "median follow-up is not estimable".to_owned(),
            |days| format!("median follow-up {}", format::years(days)),
        ),
    ]);
}

fn outcome(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Outcome");
    match &content.survival {
        Part::Done(survival) => card.text(&format!("{}.", survival.endpoint)),
        Part::Absent { reason } => card.text(reason),
    }
}

fn predictors(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Predictors");
    let all = content.cohort.cases.overall;
    let rows: Vec<[String; 3]> = content
        .cohort
        .variables
        .iter()
        .map(|variable| {
            let unit = variable.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
            let summary = match &variable.summary {
                VariableSummary::Continuous { overall, .. } => format!(
                    "median {}{unit}, quartiles {} to {}",
                    format::number(overall.median),
                    format::number(overall.q1),
                    format::number(overall.q3)
                ),
                VariableSummary::Categorical { levels } => {
                    let level = |level: &crate::content::LevelCounts| {
                        format!("{}: {}", level.level, format::share(level.counts.overall, all))
                    };
                    levels.iter().map(level).collect::<Vec<_>>().join("; ")
                }
            };
            [variable.name.clone(), summary, format::count(variable.missing)]
        })
        .collect();
    card.table(["Variable", "In the cohort", "Missing"], &rows);
    let refused = content.refusals.iter().map(|refusal| format!("refused: {} ({})", refusal.predictor, refusal.why));
    card.list(refused);
}
