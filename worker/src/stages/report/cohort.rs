//! Who was analysed, in the report's words.

use renkei_cohort::Summary;
use renkei_domain::spec::CohortSpec;
use renkei_model::Findings;
use renkei_report::{
    AttritionStep, CohortTable, CohortVariable, GroupCounts, LeakageRefusal, LevelCounts, QualityFinding, Quartiles,
    VariableSummary,
};

use crate::stages::cohort::CohortSummary;

const DAYS_A_YEAR: f64 = 365.25;

pub(super) fn attrition(summary: &CohortSummary) -> Vec<AttritionStep> {
    let last = summary.attrition.len().saturating_sub(1);
    let step = |(place, step): (usize, &renkei_cohort::AttritionStep)| AttritionStep {
        step: match place {
            0 => step.reason.clone(),
            _ if place == last => "analysed".to_owned(),
            _ => "left".to_owned(),
        },
        remaining: step.remaining,
        excluded: step.removed,
        reason: if place == 0 { String::new() } else { step.reason.clone() },
    };
    summary.attrition.iter().enumerate().map(step).collect()
}

pub(super) fn refusals(summary: &CohortSummary) -> Vec<LeakageRefusal> {
    summary
        .barred
        .iter()
        .map(|barred| LeakageRefusal { predictor: barred.predictor.clone(), why: barred.reason.clone() })
        .collect()
}

pub(super) fn quality(summary: &CohortSummary) -> Vec<QualityFinding> {
    let finding = |finding: &renkei_cohort::QualityFinding| QualityFinding {
        source: "selected rows".to_owned(),
        column: finding.column.clone(),
        rule: finding.rule.to_string(),
        count: finding.count,
    };
    summary.quality.iter().filter(|finding| finding.count > 0).map(finding).collect()
}

pub(super) fn table(spec: &CohortSpec, findings: &Findings, summary: &CohortSummary) -> CohortTable {
    let (cases, events) = (findings.cohort.cases as u64, findings.cohort.events as u64);
    CohortTable {
        cases: GroupCounts { overall: cases, with_event: events, without_event: cases - events },
        follow_up_median_days: findings.cohort.median_follow_up_years.map(|years| years * DAYS_A_YEAR),
        variables: summary.variables.iter().map(|variable| one(spec, variable)).collect(),
    }
}

fn one(spec: &CohortSpec, variable: &renkei_cohort::VariableDescription) -> CohortVariable {
    let note = spec.columns.get(&variable.column);
    CohortVariable {
        name: note.and_then(|note| note.label.clone()).unwrap_or_else(|| variable.column.clone()),
        unit: note.and_then(|note| note.unit.clone()),
        missing: variable.missing,
        summary: distribution(&variable.summary),
    }
}

fn distribution(summary: &Summary) -> VariableSummary {
    match summary {
        Summary::Number(number) => {
            let none = renkei_cohort::Quartiles { lower: f64::NAN, median: f64::NAN, upper: f64::NAN };
            let quartiles = |of: &Option<renkei_cohort::Quartiles>| {
                let found = of.as_ref().unwrap_or(&none);
                Quartiles { q1: found.lower, median: found.median, q3: found.upper }
            };
            VariableSummary::Continuous {
                overall: quartiles(&number.all),
                with_event: quartiles(&number.events),
                without_event: quartiles(&number.non_events),
            }
        }
        Summary::Category(category) => VariableSummary::Categorical {
            levels: category
                .levels
                .iter()
                .map(|level| LevelCounts {
                    level: level.level.clone(),
                    counts: GroupCounts {
                        overall: level.all,
                        with_event: level.events,
                        without_event: level.non_events,
                    },
                })
                .collect(),
        },
    }
}
