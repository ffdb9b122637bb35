//! A planted truth is found, and nothing is found where nothing was planted.

use renkei_model::{Findings, Model, analyse};

use super::cohort::{SETTINGS, plant, synthetic};

const HORIZONS: [f64; 2] = [2.0, 5.0];

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a_mean, b_mean) = (mean(a), mean(b));
    let product = |x: &[f64], x_mean: f64, y: &[f64], y_mean: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum()
    };
    product(a, a_mean, b, b_mean) / (product(a, a_mean, a, a_mean) * product(b, b_mean, b, b_mean)).sqrt()
}

fn concordance(model: &Model) -> f64 {
    model.validation.done().unwrap().discrimination.concordance.estimate
}

fn found(strength: f64) -> Findings {
    analyse(&synthetic(300, 20, strength, 11), &SETTINGS, 3, &HORIZONS).unwrap()
}

#[test]
fn a_planted_link_is_recovered() {
    let findings = found(1.0);
    let (records, images) = (findings.records.done().unwrap(), findings.images.done().unwrap());
    let joint = findings.records_and_images.done().unwrap();
    let weights = &images.key_features.as_ref().unwrap().weights;
    assert!(correlation(weights, &plant(20)) > 0.85, "{weights:?}");
    assert!(concordance(images) > 0.65, "{}", concordance(images));
    assert!(concordance(joint) > concordance(records) + 0.05 && concordance(joint) > concordance(images));
    let gain = findings.joint_against_records.done().unwrap().concordance;
    assert!(gain.absolute.lower > 0.0 && gain.p < 0.05 && gain.relative.estimate > 0.05, "{gain:?}");
    assert_eq!(gain.absolute.estimate, concordance(joint) - concordance(records));
    let null = findings.permutation_null.done().unwrap();
    assert_eq!((null.p, null.permuted.len(), null.failed), (1.0 / 20.0, 19, 0));
    assert!(null.permuted.iter().sum::<f64>() / 19.0 < 0.56, "{:?}", null.permuted);
    let impacts = findings.impacts.done().unwrap();
    for (key_feature, risky) in [(0, true), (1, false), (2, true)] {
        let impact = impacts.tested[key_feature];
        assert!(impact.p_adjusted < 0.01 && (impact.coefficient > 0.0) == risky, "{impact:?}");
    }
    assert!(impacts.tested.iter().all(|one| one.p_adjusted >= one.p));
    assert!(impacts.tested.iter().any(|one| one.p_adjusted > 2.0 * one.p));
    assert_eq!(findings.risk_groups.done().unwrap().model, "records and images");
}

#[test]
fn without_a_plant_images_add_nothing() {
    let findings = found(0.0);
    let images = findings.images.done().unwrap();
    assert!((concordance(images) - 0.5).abs() < 0.1, "{}", concordance(images));
    assert!(findings.permutation_null.done().unwrap().p > 0.1, "{:?}", findings.permutation_null);
    assert!(images.penalty.as_ref().unwrap().multiple >= 3.0, "{:?}", images.penalty);
    let gain = findings.joint_against_records.done().unwrap().concordance;
    assert!(gain.absolute.lower < 0.0 || gain.p > 0.05, "{gain:?}");
    // Whatever is planted in the images, the records keep their effect.
    let psa = &findings.records.done().unwrap().records[0];
    assert!((psa.coefficient - 0.7).abs() < 3.0 * psa.significance.unwrap().std_error);
}

#[test]
fn contributions_of_tiles_add_up() {
    let input = synthetic(300, 20, 1.0, 11);
    let findings = analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap();
    let counts = &input.images.as_ref().unwrap().counts;
    for model in [&findings.images, &findings.records_and_images] {
        let weights = model.done().unwrap().key_features.as_ref().unwrap();
        let parts: Vec<f64> = counts.chunks(20).map(|row| weights.case(row).unwrap()).collect();
        for (row, part) in counts.chunks(20).zip(&parts) {
            let tiles = row.iter().sum::<u64>() as f64;
            let of_tiles: f64 = row.iter().enumerate().map(|(k, n)| *n as f64 * weights.tile(k)).sum();
            assert!((of_tiles / tiles - part).abs() < 1e-12);
        }
        // Centred on the cohort.
        assert!(parts.iter().sum::<f64>().abs() / 300.0 < 1e-12);
        assert_eq!(weights.case(&[0; 20]), None);
    }
}

#[test]
fn penalised_coefficients_have_no_p_values() {
    let findings = found(1.0);
    let joint = findings.records_and_images.done().unwrap();
    assert!(joint.records.iter().all(|one| one.significance.is_none()) && joint.records.len() == 2);
    assert!(joint.tests.is_none() && joint.groups.is_empty());
    let penalty = joint.penalty.as_ref().unwrap();
    assert_eq!(penalty.weight, penalty.multiple * joint.events as f64);
    let best = penalty.cross_validated.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let place = renkei_model::PENALTY_GRID.iter().position(|m| *m == penalty.multiple).unwrap();
    assert_eq!(penalty.cross_validated[place], best);
}

#[test]
fn cases_without_tiles_stay_out_of_the_image_models_only() {
    let mut input = synthetic(300, 20, 1.0, 11);
    for case in [3, 77, 200] {
        input.images.as_mut().unwrap().counts[case * 20..(case + 1) * 20].fill(0);
    }
    let findings = analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap();
    assert_eq!((findings.cohort.cases_with_tiles, findings.cohort.cases_without_tiles), (297, 3));
    let cases = |model: &renkei_model::Outcome<Model>| model.done().unwrap().cases;
    assert_eq!(
        (cases(&findings.records), cases(&findings.images), cases(&findings.records_and_images)),
        (300, 297, 297)
    );
    let compared = findings.joint_against_records.done().unwrap();
    assert_eq!(compared.cases, 297);
    // The reference is held out on these cases only.
    let all = concordance(findings.records.done().unwrap());
    assert!(compared.concordance.reference != all && (compared.concordance.reference - all).abs() < 0.05);
    let predicted = &findings.images.done().unwrap().validation.done().unwrap().linear_predictor;
    let missing: Vec<usize> = (0..300).filter(|case| predicted[*case].is_none()).collect();
    assert_eq!(missing, vec![3, 77, 200]);
    assert_eq!(findings.risk_groups.done().unwrap().group[77], None);
}

#[test]
fn key_features_that_nobody_has_are_listed() {
    let mut input = synthetic(200, 20, 1.0, 5);
    input.images.as_mut().unwrap().counts.chunks_mut(20).for_each(|row| row[7] = 0);
    let findings = analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap();
    let impacts = findings.impacts.done().unwrap();
    assert_eq!((impacts.tested.len(), impacts.untestable[0].key_feature), (19, 7));
    let weights = findings.images.done().unwrap().key_features.as_ref().unwrap();
    assert_eq!((weights.weights[7], weights.unused.clone()), (0.0, vec![7]));
}
