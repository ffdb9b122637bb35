//! What matters at which horizon: permutation importance, exact Shapley values, and whether the order of predictors changes.

mod coalition;
mod landmark;
mod shuffle;

pub(crate) use landmark::landmarks;

use renkei_stats::cox::Ties;

use crate::{
    Column, HorizonImportance, Importance, ImportanceByHorizon, Outcome, RankChange, design::Design, scheme::Scheme,
};
use coalition::Coalitions;
use shuffle::Shuffled;

/// What all parts share: the model looked at and how it is held out.
pub(crate) struct Setting<'a> {
    pub(crate) design: &'a Design,
    pub(crate) scheme: &'a Scheme,
    pub(crate) ties: Ties,
    /// Penalty of the key features as a multiple of the events, held fixed.
    pub(crate) multiple: f64,
    pub(crate) horizons_years: &'a [f64],
    pub(crate) seed: u64,
}

/// The columns of one predictor, or of all key features.
pub(crate) struct Group {
    name: String,
    columns: Vec<usize>,
}

/// The predictors in the order of their first columns, then the key features.
pub(crate) fn groups(design: &Design, records: &[Column]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (place, column) in records.iter().enumerate().take(design.shrunk_from) {
        match groups.iter_mut().find(|group| group.name == column.group) {
            Some(group) => group.columns.push(place),
            None => groups.push(Group { name: column.group.clone(), columns: vec![place] }),
        }
    }
    if design.shrunk_from < design.columns {
        groups.push(Group { name: "images".to_owned(), columns: (design.shrunk_from..design.columns).collect() });
    }
    groups
}

/// Importances at every horizon, with `permutations` shuffles of the outcomes behind the change of ranks.
pub(crate) fn importance_by_horizon(
    setting: &Setting<'_>,
    groups: &[Group],
    model: &str,
    permutations: usize,
) -> ImportanceByHorizon {
    let at = |years: &f64| HorizonImportance {
        years: *years,
        importance: Outcome::from(at_horizon(setting, groups, *years)),
    };
    let horizons: Vec<HorizonImportance> = setting.horizons_years.iter().map(at).collect();
    ImportanceByHorizon {
        model: model.to_owned(),
        groups: groups.iter().map(|group| group.name.clone()).collect(),
        rank_change: Outcome::from(rank_change(setting, groups, &horizons, permutations)),
        horizons,
    }
}

fn at_horizon(setting: &Setting<'_>, groups: &[Group], years: f64) -> Result<Importance, String> {
    let all = Shuffled::new(setting, setting.design, years)?;
    Ok(Importance {
        auc: all.auc(),
        permutation: all.losses(groups, setting.seed)?,
        shapley: Outcome::from(Coalitions { setting, groups, years }.shapley()),
    })
}

/// Between the first and the last horizon that have importances.
fn rank_change(
    setting: &Setting<'_>,
    groups: &[Group],
    horizons: &[HorizonImportance],
    permutations: usize,
) -> Result<RankChange, String> {
    if permutations == 0 {
        return Err("the spec asks for no permutations".to_owned());
    }
    let known: Vec<(f64, &Importance)> =
        horizons.iter().filter_map(|one| Some((one.years, one.importance.done()?))).collect();
    let (Some((first, early)), Some((last, late))) = (known.first(), known.last()) else {
        return Err("no horizon has importances".to_owned());
    };
    if first == last || groups.len() < 2 {
        return Err("it takes two horizons and two predictors for an order to change".to_owned());
    }
    let observed = footrule(&early.permutation, &late.permutation);
    let moved = |replicate: u64| {
        let design = setting.design.shuffled(&shuffle::of_outcomes(setting, replicate));
        let losses = |years| Shuffled::new(setting, &design, years)?.losses(groups, setting.seed);
        Ok::<f64, String>(footrule(&losses(*first)?, &losses(*last)?))
    };
    let permuted: Vec<f64> = (0..permutations as u64).filter_map(|replicate| moved(replicate).ok()).collect();
    // A shuffle without a fit counts as one that moves as far.
    let reaching = permuted.iter().filter(|moved| **moved >= observed).count() + permutations - permuted.len();
    let p = (1 + reaching) as f64 / (1 + permutations) as f64;
    Ok(RankChange { between_years: [*first, *last], observed, permuted, p })
}

/// Spearman's footrule of two lists, equal values at the mean of their ranks.
fn footrule(a: &[f64], b: &[f64]) -> f64 {
    let rank = |values: &[f64], own: f64| {
        let above = values.iter().filter(|value| **value > own).count() as f64;
        above + (values.iter().filter(|value| **value == own).count() as f64 - 1.0) / 2.0
    };
    a.iter().zip(b).map(|(x, y)| (rank(a, *x) - rank(b, *y)).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::footrule;

    #[test]
    fn the_footrule_counts_places_moved() {
        assert_eq!(footrule(&[3.0, 2.0, 1.0], &[30.0, 20.0, 10.0]), 0.0);
        assert_eq!(footrule(&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0]), 4.0);
        // Two at one rank stand half a place from either.
        assert_eq!(footrule(&[2.0, 1.0], &[1.0, 1.0]), 1.0);
    }
}
