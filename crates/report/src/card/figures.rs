//! What the models are and what they are worth: coefficients, discrimination, calibration, hospitals, limits.

use super::markdown::Page;
use crate::content::{Estimate, HorizonEstimate, ModelValidation, NullResult, PairedDifference, Part, ReportContent};
use crate::format;

pub(super) fn write(card: &mut Page, content: &ReportContent) {
    specification(card, content);
    performance(card, content);
    match &content.validation {
        Part::Done(validation) => {
            card.heading(2, "Calibration and hospitals");
            card.text(&validation.scheme);
            let supported: Vec<String> = validation
                .horizons
                .iter()
                .filter(|horizon| !horizon.reliable)
                .map(|horizon| {
                    format!(
                        "{}: unreliable, {} events up to it and {} cases at risk beyond it",
                        format::years(horizon.horizon_days),
                        format::count(horizon.events),
                        format::count(horizon.at_risk)
                    )
                })
                .collect();
            card.list(supported);
            validation.models.iter().for_each(|model| calibration(card, model));
        }
        Part::Absent { reason } => card.text(reason),
    }
    nulls(card, content);
    card.heading(2, "Limitations");
    card.list(&content.limitations);
}

fn specification(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Coefficients");
    for model in content.models.iter().filter(|model| !model.coefficients.is_empty()) {
        card.heading(3, &model.name);
        let rows: Vec<[String; 3]> = model
            .coefficients
            .iter()
            .map(|row| {
                let ratio = format::estimate(row.log_hazard_ratio.map(f64::exp), 2);
                [row.predictor.clone(), ratio, format::maybe_p(row.p)]
            })
            .collect();
        card.table(["Predictor", "Hazard ratio (95 % interval)", "p"], &rows);
    }
}

fn performance(card: &mut Page, content: &ReportContent) {
    card.heading(2, "Performance on held-out cases");
    let own = content.models.iter().map(|model| (&model.name, model.cases, model.events, model.c_index, &model.auc));
    let theirs = content.baselines.iter();
    let theirs = theirs.map(|model| (&model.name, model.cases, model.events, model.c_index, &model.auc));
    let rows: Vec<[String; 5]> = own
        .chain(theirs)
        .map(|(name, cases, events, c, auc)| {
            [name.clone(), format::count(cases), format::count(events), format::maybe_estimate(c, 3), horizons(auc)]
        })
        .collect();
    card.table(["Model", "Cases", "Events", "C (95 % interval)", "AUC by horizon"], &rows);
    let differences: Vec<[String; 4]> = content
        .differences
        .iter()
        .chain(content.baselines.iter().flat_map(|baseline| &baseline.differences))
        .map(difference)
        .collect();
    card.table(["Measure", "Models", "Difference (95 % interval)", "p"], &differences);
}

fn horizons(auc: &[HorizonEstimate]) -> String {
    let one =
        |auc: &HorizonEstimate| format!("{}: {}", format::years(auc.horizon_days), format::estimate(auc.estimate, 3));
    auc.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn difference(found: &PairedDifference) -> [String; 4] {
    let percent = |relative: Estimate| format!(", {} %", format::estimate(relative.map(|share| 100.0 * share), 1));
    let relative = found.relative.map_or_else(String::new, percent);
    [
        found.measure.clone(),
        format!("{} − {}", found.model, found.reference),
        format!("{}{relative}", format::estimate(found.difference, 3)),
        format::maybe_p(found.p),
    ]
}

fn calibration(card: &mut Page, model: &ModelValidation) {
    card.heading(3, &model.name);
    let rows: Vec<[String; 4]> = model
        .calibration
        .iter()
        .map(|at| {
            let brier = at.brier.map(|(ours, null)| {
                format!("{} (without predictors {})", format::decimals(ours, 3), format::decimals(null, 3))
            });
            [
                format::years(at.horizon_days),
                format::maybe_estimate(at.ratio, 2),
                format::maybe_estimate(at.slope, 2),
                brier.unwrap_or_else(|| "–".to_owned()),
            ]
        })
        .collect();
    card.table(["Horizon", "Observed / expected", "Slope", "Brier score"], &rows);
    let hospitals: Vec<[String; 4]> = model
        .hospitals
        .iter()
        .map(|one| {
            [
                one.name.clone(),
                format::count(one.cases),
                format::count(one.events),
                format::maybe_estimate(one.c_index, 3),
            ]
        })
        .collect();
    card.table(["Hospital held out", "Cases", "Events", "C (95 % interval)"], &hospitals);
}

fn nulls(card: &mut Page, content: &ReportContent) {
    card.heading(2, "What the procedure finds where there is nothing");
    for (name, null) in [
        ("Outcomes shuffled", &content.nulls.label_permutation),
        ("Encoder with random weights", &content.nulls.random_encoder),
    ] {
        match null {
            Part::Done(null) => card.list([format!("{name}: {}", found(null))]),
            Part::Absent { reason } => card.list([format!("{name}: {reason}")]),
        }
    }
}

fn found(null: &NullResult) -> String {
    format!(
        "{} was {}, under the null {} on average over {} replicates; p {}",
        null.measure,
        format::decimals(null.observed, 3),
        format::decimals(null.null_mean, 3),
        format::count(null.replicates),
        format::maybe_p(null.p)
    )
}
