//! Records and images joined early and late, and what is chosen how often.

use renkei_model::{Findings, FusedPredictions, Fusion, Hospitals, Selection, analyse};

use super::cohort::{SETTINGS, synthetic};

const HORIZONS: [f64; 2] = [2.0, 5.0];

fn found(strength: f64, seed: u64) -> Findings {
    analyse(&synthetic(400, 12, strength, seed), &SETTINGS, 5, &HORIZONS).unwrap()
}

fn c(predictions: &FusedPredictions) -> f64 {
    predictions.discrimination.concordance.estimate
}

fn selection(findings: &Findings) -> &Selection {
    findings.selection.as_ref().unwrap()
}

#[test]
fn both_ways_find_what_is_planted_and_weigh_it() {
    let findings = found(1.0, 3);
    let fusion = findings.fusion.as_ref().unwrap();
    let (early, late) = (fusion.elastic_net.done().unwrap(), fusion.late.done().unwrap());
    let ridge = findings.records_and_images.done().unwrap().validation.done().unwrap();
    for predictions in [&early.held_out, &late.held_out] {
        assert!((c(predictions) - ridge.discrimination.concordance.estimate).abs() < 0.03, "{}", c(predictions));
        let gain = predictions.against_records.done().unwrap().concordance;
        assert!(gain.absolute.lower > 0.0, "{gain:?}");
        assert_eq!(gain.model, c(predictions));
        assert_eq!(predictions.linear_predictor.iter().flatten().count(), 400);
        assert!(predictions.against_ridge.done().is_some());
    }
    assert_eq!(early.folds.len(), 5);
    for fold in &early.folds {
        assert!([0, 1, 2].iter().all(|planted| fold.key_features.contains(planted)), "{fold:?}");
    }
    assert!(late.weights.iter().flatten().all(|weight| *weight > 0.5 && *weight < 3.0), "{:?}", late.weights);
}

#[test]
fn nothing_is_gained_and_nothing_is_stable_where_nothing_is_planted() {
    let findings = found(0.0, 4);
    let late = findings.fusion.as_ref().unwrap().late.done().unwrap();
    let gain = late.held_out.against_records.done().unwrap().concordance.absolute;
    assert!(gain.lower < 0.0 && gain.estimate < 0.02, "{gain:?}");
    assert_eq!(selection(&findings).stability.done().unwrap().chosen, Vec::<usize>::new());
}

#[test]
fn what_is_planted_is_stable_and_first_in_the_order() {
    let findings = found(1.0, 3);
    let stability = selection(&findings).stability.done().unwrap();
    assert_eq!((stability.pairs, stability.most, stability.share.len()), (50, 2, 12));
    assert!(stability.chosen.contains(&0) && stability.chosen.iter().all(|chosen| *chosen < 3), "{stability:?}");
    assert!(stability.share[3..].iter().all(|share| *share < 0.2), "{stability:?}");
    assert!(stability.expected_false <= 1.0);
    let order = selection(&findings).relevance.done().unwrap();
    assert!(order[..2].iter().all(|place| place.key_feature < 3), "{order:?}");
    assert_eq!(order.len(), 10);
}

#[test]
fn outcomes_of_a_fold_do_not_touch_its_own_predictions() {
    let mut input = synthetic(300, 6, 0.7, 8);
    input.hospitals = Some(Hospitals::new((0..300).map(|case| ["a", "b", "c"][case % 3])));
    let of = input.hospitals.as_ref().unwrap().of_case.clone();
    let mut changed = input.clone();
    for case in (0..300).filter(|case| of[*case] == 1) {
        (changed.time_years[case], changed.event[case]) = (9.5 - input.time_years[case], !input.event[case]);
    }
    let settings = renkei_domain::spec::ModelSpec { permutations: 0, ..SETTINGS };
    let [before, after] =
        [&input, &changed].map(|input| analyse(input, &settings, 5, &HORIZONS).unwrap().fusion.unwrap());
    let early = |fusion: &Fusion| fusion.elastic_net.done().unwrap().held_out.linear_predictor.clone();
    let late = |fusion: &Fusion| fusion.late.done().unwrap().held_out.linear_predictor.clone();
    for predict in [&early as &dyn Fn(&Fusion) -> Vec<Option<f64>>, &late] {
        let (before, after) = (predict(&before), predict(&after));
        for case in 0..300 {
            assert_eq!(before[case] == after[case], of[case] == 1, "case {case} of hospital {}", of[case]);
        }
    }
}

#[test]
fn too_few_events_are_a_reason_not_a_number() {
    let mut input = synthetic(60, 4, 0.0, 2);
    let mut events = 0;
    for event in &mut input.event {
        events += usize::from(*event);
        *event &= events <= 6;
    }
    let findings = analyse(&input, &SETTINGS, 5, &HORIZONS).unwrap();
    let fusion = findings.fusion.unwrap();
    let reason = fusion.elastic_net.reason().unwrap();
    assert!(reason.starts_with("without fold 1: the coefficient of `stage` runs to infinity"), "{reason}");
    assert_eq!(fusion.late.reason(), Some("without fold 1: too few events to weigh the two models by"));
    // Selection fits fewer coefficients.
    assert!(findings.selection.unwrap().stability.done().is_some());
}
