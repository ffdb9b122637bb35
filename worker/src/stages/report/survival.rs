//! Kaplan-Meier curves, in the report's words.

use renkei_domain::spec::EndpointSpec;
use renkei_model::{Curve, Findings, RiskBand};
use renkei_report::{CurvePoint, LogRank, SurvivalCurve, SurvivalSection};

const DAYS_A_YEAR: f64 = 365.25;

pub(super) fn section(endpoint: &EndpointSpec, findings: &Findings) -> SurvivalSection {
    let years = findings.survival.at_risk_by_year.len();
    let groups = findings.risk_groups.done();
    let grouping = match groups {
        Some(groups) => format!("thirds of the held-out linear predictor, {}", groups.model),
        None => super::reason(&findings.risk_groups),
    };
    SurvivalSection {
        endpoint: format!("{} after {}", endpoint.name, endpoint.origin),
        grouping,
        overall: curve("all cases", &findings.survival, years),
        groups: groups.map_or_else(Vec::new, |groups| {
            groups.groups.iter().map(|group| curve(band(group.band), &group.curve, years)).collect()
        }),
        at_risk_days: (0..years).map(|year| year as f64 * DAYS_A_YEAR).collect(),
        log_rank: groups.map(|groups| LogRank {
            statistic: groups.log_rank.chi_square,
            df: groups.log_rank.degrees as u32,
            p: groups.log_rank.p,
        }),
        rests_on_images: groups.is_some_and(|groups| groups.model.contains("images")),
    }
}

fn band(band: RiskBand) -> &'static str {
    match band {
        RiskBand::Low => "lowest third",
        RiskBand::Middle => "middle third",
        RiskBand::High => "highest third",
    }
}

fn curve(label: &str, curve: &Curve, years: usize) -> SurvivalCurve {
    let point = |step: &renkei_model::CurveStep| CurvePoint {
        day: step.years * DAYS_A_YEAR,
        survival: step.survival,
        low: step.lower.unwrap_or(step.survival),
        high: step.upper.unwrap_or(step.survival),
    };
    let mut at_risk = curve.at_risk_by_year.clone();
    at_risk.resize(years, 0);
    SurvivalCurve {
        label: label.to_owned(),
        cases: curve.cases as u64,
        events: curve.events as u64,
        points: curve.steps.iter().map(point).collect(),
        at_risk,
    }
}
