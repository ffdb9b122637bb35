//! Key features that are chosen again and again.

use renkei_stats::{
    Predictors, StatsError,
    cox::Ties,
    elastic_net::ElasticNetSettings,
    selection::{Ranked, StabilitySettings, relevance_order, stability_selection},
};

use crate::{
    Outcome, Relevance, Selection, Stability,
    design::Design,
    fit::{fit, variances},
};

/// Pairs of halves, as Shah and Samworth (2013) take.
const PAIRS: usize = 50;
/// Share of the halves that must choose a key feature.
const THRESHOLD: f64 = 0.75;
/// Key features expected at most to be called stable by chance; it sets how many a half may choose.
const FALSE_CALLS: f64 = 1.0;
/// Places of the order by relevance.
const PLACES: usize = 10;

/// Selects among the tile proportions of `design`, beside its records. With `hospitals` (one label a row), cases are compared
/// within their hospital only.
pub(crate) fn select(design: &Design, ties: Ties, hospitals: Option<&[usize]>, seed: u64) -> Selection {
    let in_words = |error: StatsError| design.explain(&error);
    let shares = Varying::new(design);
    Selection {
        stability: Outcome::from(stability(design, &shares, ties, hospitals, seed).map_err(in_words)),
        relevance: Outcome::from(relevance(design, &shares, hospitals).map_err(in_words)),
    }
}

/// The tile proportions that vary.
struct Varying {
    /// Columns of the design.
    columns: Vec<usize>,
    /// Row-major.
    values: Vec<f64>,
}

impl Varying {
    fn new(design: &Design) -> Self {
        let variances = variances(design);
        let columns: Vec<usize> =
            (design.shrunk_from..design.columns).filter(|column| variances[*column] > 0.0).collect();
        let row = |row: usize| columns.iter().map(move |column| design.row(row)[*column]);
        let values = (0..design.rows()).flat_map(row).collect();
        Self { columns, values }
    }
}

/// The records enter as one unpenalised predictor, their linear predictor on all cases: half of the cases may lack the events
/// that a rare level needs.
fn stability(
    design: &Design,
    shares: &Varying,
    ties: Ties,
    hospitals: Option<&[usize]>,
    seed: u64,
) -> Result<Stability, StatsError> {
    let records = design.columns(&(0..design.shrunk_from).collect::<Vec<_>>());
    let of_records = fit(&records, ties, 0.0)?.predict_all(&records);
    let candidates = shares.columns.len();
    let rows = of_records.iter().enumerate();
    let row = |row: usize| &shares.values[row * candidates..(row + 1) * candidates];
    let values: Vec<f64> =
        rows.flat_map(|(place, one)| std::iter::once(*one).chain(row(place).iter().copied())).collect();
    let factors = (0..=candidates).map(|column| if column == 0 { 0.0 } else { 1.0 }).collect();
    let most = most(candidates);
    let settings = StabilitySettings {
        elastic_net: ElasticNetSettings { penalty_factors: Some(factors), ..ElasticNetSettings::default() },
        most,
        threshold: THRESHOLD,
        pairs: PAIRS,
        seed,
    };
    let predictors = Predictors::new(&values, candidates + 1)?;
    let found = stability_selection(&design.outcomes()?, &predictors, hospitals, &settings)?;
    let mut share = vec![0.0; design.columns - design.shrunk_from];
    let key_feature = |column: usize| shares.columns[column] - design.shrunk_from;
    found.share[1..].iter().enumerate().for_each(|(column, value)| share[key_feature(column)] = *value);
    let chosen = found.chosen.iter().map(|column| key_feature(column - 1)).collect();
    Ok(Stability { pairs: PAIRS, most, threshold: THRESHOLD, share, chosen, expected_false: found.expected_false })
}

/// The largest q with q^2 / ((2 threshold - 1) candidates) at most `FALSE_CALLS`.
fn most(candidates: usize) -> usize {
    let bound = (FALSE_CALLS * (2.0 * THRESHOLD - 1.0) * candidates as f64).sqrt();
    (bound.floor() as usize).clamp(1, candidates.max(1))
}

fn relevance(design: &Design, shares: &Varying, hospitals: Option<&[usize]>) -> Result<Vec<Relevance>, StatsError> {
    let candidates = shares.columns.len();
    let predictors = Predictors::new(&shares.values, candidates)?;
    let order = relevance_order(&design.outcomes()?, &predictors, hospitals, PLACES.min(candidates))?;
    let place = |ranked: Ranked| Relevance {
        key_feature: shares.columns[ranked.column] - design.shrunk_from,
        relevance: ranked.relevance,
        redundancy: ranked.redundancy,
    };
    Ok(order.into_iter().map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_may_choose_so_many_that_one_false_call_is_expected_at_most() {
        assert_eq!([1, 2, 8, 50, 100].map(most), [1, 1, 2, 5, 7]);
    }
}
