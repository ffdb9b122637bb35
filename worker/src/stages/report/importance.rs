//! What matters at which horizon, in the report's words.

use renkei_model::{Findings, HorizonImportance, ImportanceByHorizon, Landmark};
use renkei_report::{ImportanceAt, ImportanceSection, LandmarkModel, Part, RankChange};

use super::models::of_record;

const DAYS_A_YEAR: f64 = 365.25;

pub(super) fn part(findings: &Findings) -> Part<ImportanceSection> {
    let Some(found) = &findings.importance else { return Part::absent("It was not part of this run.") };
    let horizons: Vec<ImportanceAt> = found.horizons.iter().filter_map(at).collect();
    if horizons.is_empty() {
        let reason = found.horizons.first().map_or_else(String::new, |one| super::reason(&one.importance));
        return Part::absent(reason);
    }
    Part::Done(ImportanceSection {
        model: found.model.clone(),
        rests_on_images: found.model.contains("images"),
        predictors: found.groups.clone(),
        horizons,
        rank_change: rank_change(found),
        landmarks: findings.landmarks.iter().map(landmark).collect(),
    })
}

fn at(found: &HorizonImportance) -> Option<ImportanceAt> {
    let importance = found.importance.done()?;
    Some(ImportanceAt {
        horizon_days: found.years * DAYS_A_YEAR,
        auc: importance.auc,
        shapley: importance.shapley.done().cloned(),
        permutation: importance.permutation.clone(),
    })
}

fn rank_change(found: &ImportanceByHorizon) -> Part<RankChange> {
    let Some(change) = found.rank_change.done() else { return Part::absent(super::reason(&found.rank_change)) };
    let [first, last] = change.between_years.map(|years| years * DAYS_A_YEAR);
    Part::Done(RankChange {
        between_days: (first, last),
        observed: change.observed,
        null_mean: change.permuted.iter().sum::<f64>() / change.permuted.len().max(1) as f64,
        replicates: change.permuted.len() as u64,
        p: change.p,
    })
}

fn landmark(found: &Landmark) -> LandmarkModel {
    LandmarkModel {
        from_days: found.from_years * DAYS_A_YEAR,
        to_days: found.to_years * DAYS_A_YEAR,
        cases: found.cases as u64,
        events: found.events as u64,
        coefficients: match found.coefficients.done() {
            Some(rows) => Part::Done(rows.iter().map(of_record).collect()),
            None => Part::absent(super::reason(&found.coefficients)),
        },
    }
}
