//! Models, their comparison and their null, in the report's words.

use renkei_model::{Comparison, Difference, Discrimination, Findings, FusedPredictions, Model, Outcome};
use renkei_report::{
    Coefficient, Estimate, HorizonEstimate, ModelKind, ModelResult, NullResult, Nulls, PairedDifference, Part,
};

const DAYS_A_YEAR: f64 = 365.25;
/// Key features shown in a model's table, by size of their weight.
const SHOWN: usize = 10;

pub(super) fn results(findings: &Findings) -> Vec<ModelResult> {
    let models = [
        ("records", ModelKind::Records, &findings.records),
        ("images", ModelKind::Images, &findings.images),
        ("records and images", ModelKind::RecordsAndImages, &findings.records_and_images),
    ];
    let mut all: Vec<ModelResult> =
        models.into_iter().filter_map(|(name, kind, model)| Some(result(name, kind, model.done()?))).collect();
    all.extend(fused(findings));
    all
}

const ELASTIC_NET: &str = "records and images, elastic net";
const LATE: &str = "records and images, late fusion";

/// Records and images joined in other ways: what they reach, without coefficients of their own.
fn fused(findings: &Findings) -> Vec<ModelResult> {
    let Some(fusion) = &findings.fusion else { return Vec::new() };
    let one = |name: &str, method: String, held_out: &FusedPredictions| ModelResult {
        name: name.to_owned(),
        kind: ModelKind::RecordsAndImages,
        method,
        cases: findings.cohort.cases_with_tiles as u64,
        events: findings.cohort.events_with_tiles as u64,
        coefficients: Vec::new(),
        c_index: Some(estimate(held_out.discrimination.concordance)),
        auc: auc(&held_out.discrimination),
    };
    let early = fusion.elastic_net.done().map(|found| {
        let chosen = found.folds.iter().map(|fold| fold.key_features.len());
        let (least, most) = (chosen.clone().min().unwrap_or(0), chosen.max().unwrap_or(0));
        let method = format!(
            "Early fusion: elastic-net Cox, records not penalised; {least} to {most} key features chosen by fold"
        );
        one(ELASTIC_NET, method, &found.held_out)
    });
    let late = fusion.late.done().map(|found| {
        let weight = |place: usize| {
            let mut all: Vec<f64> = found.weights.iter().map(|weights| weights[place]).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(0.0)
        };
        let method = format!(
            "Late fusion: Cox of the two models' linear predictors; median weights {:.2} (records) and {:.2} (images)",
            weight(0),
            weight(1)
        );
        one(LATE, method, &found.held_out)
    });
    early.into_iter().chain(late).collect()
}

fn result(name: &str, kind: ModelKind, model: &Model) -> ModelResult {
    let method = match &model.penalty {
        None => "Cox, unpenalised".to_owned(),
        Some(penalty) => format!(
            "Cox with a ridge penalty of {} x events on key-feature proportions, chosen by cross-validated partial likelihood; \
             penalised coefficients have no p-values",
            penalty.multiple
        ),
    };
    let discrimination = model.validation.done().map(|validation| &validation.discrimination);
    let auc = discrimination.map_or_else(Vec::new, auc);
    ModelResult {
        name: name.to_owned(),
        kind,
        method,
        cases: model.cases as u64,
        events: model.events as u64,
        coefficients: coefficients(model),
        c_index: discrimination.map(|found| estimate(found.concordance)),
        auc,
    }
}

/// AUC at the horizons that follow-up supports.
pub(super) fn auc(found: &Discrimination) -> Vec<HorizonEstimate> {
    let each = found.auc.iter();
    each.filter_map(|one| {
        Some(HorizonEstimate { horizon_days: one.years * DAYS_A_YEAR, estimate: estimate(one.auc.done()?.estimate) })
    })
    .collect()
}

pub(super) fn estimate(found: renkei_model::Estimate) -> Estimate {
    Estimate::with_interval(found.estimate, found.lower, found.upper)
}

fn coefficients(model: &Model) -> Vec<Coefficient> {
    let mut all: Vec<Coefficient> = model.records.iter().map(of_record).collect();
    if let Some(key_features) = &model.key_features {
        let mut weights: Vec<(usize, f64)> =
            key_features.weights.iter().map(|weight| weight - key_features.centre).enumerate().collect();
        weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        all.extend(weights.into_iter().take(SHOWN).map(|(index, weight)| Coefficient {
            predictor: format!("key feature {index} (a case made of it alone, against the average case)"),
            log_hazard_ratio: Estimate::bare(weight),
            p: None,
        }));
    }
    all
}

pub(super) fn of_record(found: &renkei_model::Coefficient) -> Coefficient {
    let log_hazard_ratio = match &found.significance {
        Some(known) => Estimate::with_interval(found.coefficient, known.lower.ln(), known.upper.ln()),
        None => Estimate::bare(found.coefficient),
    };
    Coefficient { predictor: found.column.clone(), log_hazard_ratio, p: found.significance.map(|known| known.p) }
}

pub(super) fn differences(findings: &Findings) -> Vec<PairedDifference> {
    let mut all = compared(("records and images", "records"), &findings.joint_against_records);
    all.extend(compared(("images", "records"), &findings.images_against_records));
    let Some(fusion) = &findings.fusion else { return all };
    let joined = [
        (ELASTIC_NET, fusion.elastic_net.done().map(|found| &found.held_out)),
        (LATE, fusion.late.done().map(|found| &found.held_out)),
    ];
    for (name, held_out) in joined.into_iter().filter_map(|(name, held_out)| Some((name, held_out?))) {
        all.extend(compared((name, "records"), &held_out.against_records));
        all.extend(compared((name, "records and images"), &held_out.against_ridge));
    }
    all
}

/// A model less its reference, figure by figure.
pub(super) fn compared((model, reference): (&str, &str), comparison: &Outcome<Comparison>) -> Vec<PairedDifference> {
    let Some(comparison) = comparison.done() else { return Vec::new() };
    let mut all = vec![difference((model, reference), "C".to_owned(), &comparison.concordance)];
    for horizon in &comparison.auc {
        if let Some(found) = horizon.difference.done() {
            all.push(difference((model, reference), format!("AUC at {}", years(horizon.years)), found));
        }
    }
    all
}

/// A number of years in words: "1 year", "2.5 years".
pub(super) fn years(years: f64) -> String {
    if years == 1.0 { "1 year".to_owned() } else { format!("{years} years") }
}

fn difference((model, reference): (&str, &str), measure: String, found: &Difference) -> PairedDifference {
    PairedDifference {
        measure,
        model: model.to_owned(),
        reference: reference.to_owned(),
        difference: estimate(found.absolute),
        relative: Some(estimate(found.relative)),
        p: Some(found.p),
        rests_on_images: true,
    }
}

pub(super) fn nulls(findings: &Findings) -> Nulls {
    let label_permutation = match findings.permutation_null.done() {
        None => Part::absent(super::reason(&findings.permutation_null)),
        Some(null) => {
            let mut sorted = null.permuted.clone();
            sorted.sort_by(f64::total_cmp);
            let at =
                |share: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * share).round() as usize).copied();
            Part::Done(NullResult {
                measure: "held-out C of the image model".to_owned(),
                observed: null.observed,
                null_mean: sorted.iter().sum::<f64>() / sorted.len().max(1) as f64,
                null_range: at(0.025).zip(at(0.975)),
                p: Some(null.p),
                replicates: (null.permuted.len() + null.failed) as u64,
                rests_on_images: true,
            })
        }
    };
    Nulls { label_permutation, random_encoder: Part::absent("An encoder with random weights was not run.") }
}
