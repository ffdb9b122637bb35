//! The whole way from tiles to findings on a few cohorts of fixed seeds: a strong plant is found, an absent one is not.

use renkei_domain::spec::ModelSpec;
use renkei_planted::study::{Found, Recovered, Settings, figures, key_features, recover, table};
use renkei_planted::{Cohort, NOTICE, Truth};

use super::library;

const KINDS: usize = 5;
const SEEDS: u64 = 3;

fn settings() -> Settings {
    let model = ModelSpec { bootstrap: 99, permutations: 0, ..ModelSpec::default() };
    Settings { model, horizons_years: vec![2.0, 5.0] }
}

/// Effects that no analysis may miss.
fn strong() -> Truth {
    let mut truth = Truth::strong(KINDS);
    truth.records[0].effects = vec![1.8, 1.3, 0.6, 0.0, -0.4, -0.4, -0.4, -0.4];
    truth
}

fn runs(truth: &Truth) -> Vec<Recovered> {
    let one = |seed| {
        let cohort = Cohort::draw(truth, &library(KINDS), seed).unwrap();
        let features = key_features(&cohort, 12, seed).unwrap();
        recover(truth, &cohort, &features, &settings(), seed).unwrap()
    };
    (0..SEEDS).map(one).collect()
}

fn found(runs: &[Recovered]) -> Vec<&Found> {
    runs.iter().map(|run| run.found.as_ref().unwrap()).collect()
}

#[test]
fn a_strong_plant_is_found_in_every_cohort() {
    let runs = runs(&strong());
    assert!(runs.iter().all(|run| run.purity > 0.95 && run.events > 60 && run.cases == 300));
    for one in found(&runs) {
        assert!(one.gain.unwrap().lower > 0.0, "{:?}", one.gain);
        assert!(one.years.p.unwrap() <= 0.05 && one.years.p_tissue.unwrap() <= 0.05, "{:?}", one.years);
        let watched = one.impacts.iter().filter(|impact| impact.watched);
        assert!(
            watched.clone().count() > 0 && watched.clone().all(|one| one.coefficient > 0.0 && one.p_adjusted < 0.01)
        );
        let fades: Vec<f64> =
            one.years.picture.iter().filter(|cell| cell.column == "fades").map(|cell| cell.effect).collect();
        assert!(fades[0] > fades[fades.len() - 1] + 0.5, "{fades:?}");
    }
    let text = table(&[("strong".to_owned(), figures(&runs))]);
    assert!(text.contains("| **interval of the gain in C above 0** | 3/3 = 100.0 % (29.2 to 100.0) |"), "{text}");
    assert!(text.contains("| shrunk effect moves the planted way: tissue | 3/3"), "{text}");
}

#[test]
fn what_was_not_planted_is_not_found() {
    let runs = runs(&Truth::null(KINDS));
    let found = found(&runs);
    // Of three tests at the 5 % level one in seven seeds gives one finding; two would be one in a hundred and forty.
    let count = |of: &dyn Fn(&Found) -> bool| found.iter().filter(|one| of(one)).count();
    assert!(count(&|one| one.gain.unwrap().lower > 0.0) <= 1);
    assert!(count(&|one| one.impacts.iter().any(|impact| impact.p_adjusted < 0.05)) <= 1);
    assert!(count(&|one| one.years.p.unwrap() <= 0.05) <= 1);
    assert!(count(&|one| one.years.p_tissue.unwrap() <= 0.05) <= 1);
    let text = table(&[("null".to_owned(), figures(&runs))]);
    assert!(text.starts_with(NOTICE) && text.contains("| held-out C, records |"), "{text}");
    assert!(!text.contains("moves the planted way"));
}

#[test]
fn a_run_repeats_and_survives_json() {
    let one = &runs(&Truth { cases: 120, ..strong() })[0];
    assert_eq!(&runs(&Truth { cases: 120, ..strong() })[0], one);
    assert_eq!(&serde_json::from_str::<Recovered>(&serde_json::to_string(one).unwrap()).unwrap(), one);
}

#[test]
fn an_analysis_that_is_refused_is_counted_as_none() {
    let truth = Truth { cases: 8, ..Truth::null(KINDS) };
    let runs = runs(&truth);
    assert!(runs.iter().any(|run| run.found.is_err()));
    assert!(table(&[("few".to_owned(), figures(&runs))]).contains("| seeds with an analysis |"));
}
