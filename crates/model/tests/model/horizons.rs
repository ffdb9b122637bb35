//! What matters at which horizon, where the truth is known and on the real cohort.

use renkei_model::{Column, Findings, Importance, Input, Records, analyse};

use super::cohort::{SETTINGS, Source, cleveland, synthetic};

const HORIZONS: [f64; 2] = [1.0, 6.0];
/// `tests/golden/model_cleveland.R`: landmark models of the first two years and of the next three.
const FIRST: [f64; 7] = [
    -0.015109577943103471,
    0.5575538370856308,
    0.300971907330154,
    0.7337039226440669,
    2.193203890087313,
    0.6935731197282967,
    -0.6651317935939162,
];
const SECOND: [f64; 7] = [
    0.05133038128089986,
    0.46214874925623595,
    0.56276882048529,
    1.6945939113296569,
    2.2783697820639865,
    0.33050536585704765,
    -0.26838772944285194,
];

/// One predictor works in the first year only, one afterwards only, one never.
fn early_and_late(cases: usize) -> Input {
    let mut source = Source::new(8);
    let (mut values, mut time_years, mut event) = (vec![], vec![], vec![]);
    for _ in 0..cases {
        let [early, late, noise] = [source.normal(), source.normal(), source.normal()];
        let wait = |rate: f64, uniform: f64| -(1.0 - uniform).ln() / rate;
        let first = wait(0.12 * f64::exp(early), source.uniform());
        let then = 1.0 + wait(0.12 * f64::exp(1.2 * late), source.uniform());
        let (event_at, lost_at) = (if first < 1.0 { first } else { then }, 2.0 + 9.0 * source.uniform());
        values.extend([early, late, noise]);
        time_years.push(event_at.min(lost_at));
        event.push(event_at <= lost_at);
    }
    let columns = ["early", "late", "noise"].map(|name| Column { name: name.into(), group: name.into() }).to_vec();
    Input { time_years, event, records: Records { values, columns }, images: None, hospitals: None }
}

fn found(input: &Input) -> Findings {
    analyse(input, &SETTINGS, 3, &HORIZONS).unwrap()
}

fn importances(findings: &Findings) -> Vec<&Importance> {
    let importance = findings.importance.as_ref().unwrap();
    importance.horizons.iter().map(|one| one.importance.done().unwrap()).collect()
}

#[test]
fn the_order_of_predictors_follows_the_truth_at_each_horizon() {
    let findings = found(&early_and_late(800));
    let importance = findings.importance.as_ref().unwrap();
    assert_eq!((importance.model.as_str(), importance.groups.join(" ")), ("records", "early late noise".to_owned()));
    let [first, last] = importances(&findings)[..] else { panic!("two horizons") };
    for (one, of) in [(first, "first"), (last, "last")] {
        let shapley = one.shapley.done().unwrap();
        assert!((shapley.iter().sum::<f64>() - (one.auc - 0.5)).abs() < 1e-12, "{of}: {one:?}");
        assert!(shapley[2].abs() < 0.02 && one.permutation[2].abs() < 0.02, "{of}: {one:?}");
    }
    let shapley = |one: &Importance| one.shapley.done().unwrap().clone();
    assert!(shapley(first)[0] > 0.15 && shapley(first)[1].abs() < 0.03, "{first:?}");
    assert!(shapley(last)[1] > 0.1 && shapley(last)[1] > 2.0 * shapley(last)[0], "{last:?}");
    assert!(first.permutation[0] > 10.0 * first.permutation[1].abs() && last.permutation[1] > last.permutation[0]);
    let change = importance.rank_change.done().unwrap();
    assert_eq!((change.between_years, change.permuted.len()), ([1.0, 6.0], 19));
    assert!(change.observed >= 2.0 && (0.05..=1.0).contains(&change.p), "{change:?}");
    // The landmark models say the same with intervals.
    let effect = |landmark: usize, column: usize| {
        findings.landmarks[landmark].coefficients.done().unwrap()[column].significance.unwrap()
    };
    assert!(effect(0, 0).lower > 1.0 && effect(1, 0).lower < 1.0 && effect(1, 1).lower > 1.0);
}

#[test]
fn images_are_one_player_beside_the_records() {
    let findings = found(&synthetic(300, 20, 1.0, 11));
    let importance = findings.importance.as_ref().unwrap();
    assert_eq!(
        (importance.model.as_str(), importance.groups.join(" ")),
        ("records and images", "psa stage images".into())
    );
    let last = importances(&findings)[1];
    let shapley = last.shapley.done().unwrap();
    assert!((shapley.iter().sum::<f64>() - (last.auc - 0.5)).abs() < 1e-12);
    assert!(shapley[2] > 0.05 && last.permutation[2] > 0.05, "{last:?}");
}

#[test]
fn too_many_predictors_have_no_shapley_values_but_the_rest() {
    let mut input = early_and_late(400);
    let mut source = Source::new(4);
    input.records.values = (0..400 * 9).map(|_| source.normal()).collect();
    input.records.columns = (0..9).map(|i| Column { name: format!("x{i}"), group: format!("x{i}") }).collect();
    let findings = found(&input);
    let last = importances(&findings)[1];
    assert!(last.shapley.reason().unwrap().starts_with("9 predictors"), "{last:?}");
    assert_eq!(last.permutation.len(), 9);
}

#[test]
fn landmark_models_equal_r_and_few_events_give_a_reason() {
    let Some(input) = cleveland() else { return };
    let findings = analyse(&input, &SETTINGS, 7, &[2.0, 5.0, 20.0]).unwrap();
    let [first, second, third] = &findings.landmarks[..] else { panic!("three landmarks") };
    assert_eq!((first.cases, first.events, second.cases, second.events), (300, 34, 158, 14));
    for (landmark, reference) in [(first, FIRST), (second, SECOND)] {
        let ours: Vec<f64> = landmark.coefficients.done().unwrap().iter().map(|one| one.coefficient).collect();
        for (ours, reference) in ours.iter().zip(reference) {
            assert!((ours - reference).abs() < 1e-7 * reference.abs().max(1e-3), "{ours} is not {reference}");
        }
    }
    assert!(third.coefficients.reason().unwrap().contains("a model needs 10"), "{third:?}");
}
