//! The same input gives the same bytes, and the order of the cases changes nothing.

use renkei_model::{Column, Images, Input, Records, analyse};

use super::cohort::{SETTINGS, Source, synthetic};

const HORIZONS: [f64; 2] = [2.0, 5.0];

fn reordered(input: &Input, order: &[usize]) -> Input {
    let (width, images) = (input.records.columns.len(), input.images.as_ref().unwrap());
    let rows = |values: &[f64]| order.iter().flat_map(|c| values[c * width..(c + 1) * width].to_vec()).collect();
    let key_features = images.key_features;
    let counts = order.iter().flat_map(|c| images.counts[c * key_features..(c + 1) * key_features].to_vec()).collect();
    Input {
        time_years: order.iter().map(|case| input.time_years[*case]).collect(),
        event: order.iter().map(|case| input.event[*case]).collect(),
        records: Records { values: rows(&input.records.values), columns: input.records.columns.clone() },
        images: Some(Images { counts, key_features }),
        hospitals: None,
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let input = synthetic(150, 12, 1.0, 21);
    let bytes = |seed| serde_json::to_vec(&analyse(&input, &SETTINGS, seed, &HORIZONS).unwrap()).unwrap();
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn findings_survive_json() {
    let findings = analyse(&synthetic(150, 12, 1.0, 21), &SETTINGS, 1, &HORIZONS).unwrap();
    let text = serde_json::to_string(&findings).unwrap();
    assert!(!text.contains("NaN"));
    assert_eq!(serde_json::from_str::<renkei_model::Findings>(&text).unwrap(), findings);
}

#[test]
fn the_order_of_the_cases_does_not_matter() {
    let input = synthetic(150, 12, 1.0, 21);
    let mut source = Source::new(4);
    let mut order: Vec<usize> = (0..150).collect();
    (1..150).for_each(|last| order.swap(last, (source.uniform() * (last + 1) as f64) as usize));
    let before = analyse(&input, &SETTINGS, 1, &HORIZONS).unwrap();
    let after = analyse(&reordered(&input, &order), &SETTINGS, 1, &HORIZONS).unwrap();
    let weights = |found: &renkei_model::Findings| {
        let joint = found.records_and_images.done().unwrap();
        let records = joint.records.iter().map(|one| one.coefficient).collect::<Vec<_>>();
        [records, joint.key_features.as_ref().unwrap().weights.clone()].concat()
    };
    assert!(weights(&before).iter().zip(weights(&after)).all(|(a, b)| (a - b).abs() <= 1e-9));
    let held_out = |found: &renkei_model::Findings| {
        found.records_and_images.done().unwrap().validation.done().unwrap().linear_predictor.clone()
    };
    let moved: Vec<_> = order.iter().map(|case| held_out(&before)[*case]).collect();
    assert_eq!(moved, held_out(&after));
    assert_eq!(before.joint_against_records, after.joint_against_records);
}

#[test]
fn the_unit_of_a_column_changes_no_prediction() {
    let input = synthetic(150, 12, 1.0, 21);
    let mut scaled = input.clone();
    scaled.records.values.chunks_mut(2).for_each(|row| row[0] = 1000.0 * row[0] + 5.0);
    scaled.records.columns[0] = Column { name: "psa in other units".into(), group: "psa".into() };
    let predicted = |input: &Input| {
        let found = analyse(input, &SETTINGS, 1, &HORIZONS).unwrap();
        let validation = found.records_and_images.done().unwrap().validation.done().unwrap().clone();
        validation.linear_predictor.into_iter().flatten().collect::<Vec<f64>>()
    };
    assert!(predicted(&input).iter().zip(predicted(&scaled)).all(|(a, b)| (a - b).abs() < 1e-9));
}
