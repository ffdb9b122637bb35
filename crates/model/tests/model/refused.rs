//! Input that allows no analysis is refused by name; input that allows a part of it gives that part.

use renkei_domain::{ErrorKind, spec::ModelSpec};
use renkei_model::{Input, ModelError, analyse};

use super::cohort::{SETTINGS, synthetic};

fn error(change: impl Fn(&mut Input)) -> ModelError {
    let mut input = synthetic(100, 8, 1.0, 31);
    change(&mut input);
    analyse(&input, &SETTINGS, 1, &[2.0]).unwrap_err()
}

fn add_column(input: &mut Input, name: &str, value: impl Fn(&[f64]) -> f64) {
    input.records.values = input.records.values.chunks(2).flat_map(|row| [row[0], row[1], value(row)]).collect();
    input.records.columns.push(renkei_model::Column { name: name.into(), group: name.into() });
}

#[test]
fn unusable_input_is_refused_with_its_place() {
    let refused = error(|input| input.records.values[7] = f64::NAN);
    assert_eq!(refused, ModelError::NotFinite { column: "stage".into(), row: 3 });
    assert_eq!(refused.kind(), ErrorKind::Data);
    assert_eq!(error(|input| input.time_years[4] = 0.0), ModelError::Time { row: 4 });
    assert_eq!(error(|input| input.event.fill(false)), ModelError::TooFewEvents { events: 0, folds: 5 });
    assert!(matches!(error(|input| input.event.truncate(9)), ModelError::Length { what: "event", .. }));
    assert!(matches!(error(|input| input.images.as_mut().unwrap().key_features = 7), ModelError::Length { .. }));
    let input = synthetic(100, 8, 1.0, 31);
    assert_eq!(analyse(&input, &SETTINGS, 1, &[2.0, f64::NAN]).unwrap_err(), ModelError::Horizon { place: 1 });
}

#[test]
fn constant_and_collinear_columns_are_named() {
    let constant = error(|input| add_column(input, "site", |_| 0.1));
    assert_eq!(constant, ModelError::Constant { column: "site".into() });
    let collinear = error(|input| add_column(input, "twice", |row| 2.0 * row[0] - row[1]));
    assert_eq!(collinear, ModelError::Collinear { column: "twice".into() });
    assert!(collinear.to_string().contains("`twice`"));
    assert_eq!(collinear.kind(), ErrorKind::Invalid);
}

#[test]
fn fewer_events_than_folds_are_refused() {
    let mut input = synthetic(100, 8, 1.0, 31);
    let mut left = 4;
    for event in input.event.iter_mut().filter(|event| **event) {
        *event = left > 0;
        left = usize::saturating_sub(left, 1);
    }
    let refused = analyse(&input, &SETTINGS, 1, &[2.0]).unwrap_err();
    assert_eq!(refused, ModelError::TooFewEvents { events: 4, folds: 5 });
    let two = ModelSpec { folds: 2, ..SETTINGS };
    let findings = analyse(&input, &two, 1, &[2.0]).unwrap();
    assert!(findings.year_effects.test.reason().unwrap().contains("events"), "{:?}", findings.year_effects.test);
}

#[test]
fn separation_names_its_column_and_leaves_the_rest() {
    let mut input = synthetic(100, 8, 1.0, 31);
    let event = input.event.clone();
    let mut case = 0;
    input.records.values.chunks_mut(2).for_each(|row| {
        row[1] = f64::from(u8::from(!event[case] && case % 2 == 0));
        case += 1;
    });
    let findings = analyse(&input, &SETTINGS, 1, &[2.0]).unwrap();
    assert!(findings.records.reason().unwrap().contains("`stage`"), "{:?}", findings.records);
    assert!(findings.joint_against_records.reason().is_some());
    assert!(findings.images.done().is_some());
}

#[test]
fn images_without_tiles_or_events_leave_the_records() {
    let mut input = synthetic(100, 8, 1.0, 31);
    input.images.as_mut().unwrap().counts.fill(0);
    let findings = analyse(&input, &SETTINGS, 1, &[2.0]).unwrap();
    assert_eq!(findings.images.reason(), Some("no case has a tile"));
    assert!(findings.records.done().is_some() && findings.risk_groups.done().is_some());
    let mut input = synthetic(100, 8, 1.0, 31);
    for case in (0..100).filter(|case| input.event[*case]) {
        input.images.as_mut().unwrap().counts[case * 8..(case + 1) * 8].fill(0);
    }
    let findings = analyse(&input, &SETTINGS, 1, &[2.0]).unwrap();
    assert!(findings.images.reason().unwrap().starts_with("0 events"), "{:?}", findings.images.reason());
}
