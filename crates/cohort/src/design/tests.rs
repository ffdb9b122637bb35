use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};

use super::*;

fn cases() -> RecordBatch {
    let psa: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 8.0, 4.0, 2.0]));
    let flat: ArrayRef = Arc::new(Float64Array::from(vec![5.0; 4]));
    let stage: ArrayRef = Arc::new(StringArray::from(vec!["T3", "T2", "T1", "T2"]));
    let tie: ArrayRef = Arc::new(StringArray::from(vec!["b", "a", "b", "a"]));
    let one: ArrayRef = Arc::new(StringArray::from(vec!["x"; 4]));
    RecordBatch::try_from_iter([("psa", psa), ("flat", flat), ("stage", stage), ("tie", tie), ("one", one)]).unwrap()
}

fn predictor(column: &str, kind: PredictorKind, transform: Transform) -> Predictor {
    Predictor { column: column.to_owned(), kind, transform }
}

#[test]
fn columns_follow_the_predictors_and_levels_the_most_frequent_one() {
    let predictors = [
        predictor("psa", PredictorKind::Number, Transform::Log2),
        predictor("stage", PredictorKind::Category, Transform::None),
        predictor("tie", PredictorKind::Category, Transform::None),
    ];
    let design = Design::of(&cases(), &predictors).unwrap();
    assert_eq!(design.names, ["log2(psa)", "stage=T1", "stage=T3", "tie=b"]);
    assert_eq!(design.groups, [0, 1, 1, 2]);
    assert_eq!(design.references, [None, Some("T2".to_owned()), Some("a".to_owned())]);
    assert_eq!((design.rows, design.columns), (4, 4));
    #[rustfmt::skip]
    let expected = [
        0.0, 0.0, 1.0, 1.0,
        3.0, 0.0, 0.0, 0.0,
        2.0, 1.0, 0.0, 1.0,
        1.0, 0.0, 0.0, 0.0,
    ];
    assert_eq!(design.values, expected);
}

#[test]
fn a_constant_predictor_is_named() {
    for (column, kind) in [("flat", PredictorKind::Number), ("one", PredictorKind::Category)] {
        let error = Design::of(&cases(), &[predictor(column, kind, Transform::None)]).unwrap_err();
        assert!(matches!(&error, CohortError::ConstantPredictor { column: named } if named == column), "{error}");
    }
}

#[test]
fn an_unknown_predictor_is_named_with_the_nearest_columns() {
    let error = Design::of(&cases(), &[predictor("PSAs", PredictorKind::Number, Transform::None)]).unwrap_err();
    let CohortError::NoColumn { column, near, .. } = &error else { panic!("{error}") };
    assert_eq!((column.as_str(), near[0].as_str()), ("PSAs", "psa"));
}

#[test]
fn log2_of_zero_is_refused_with_its_row() {
    let zero: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(0.0)]));
    let cases = RecordBatch::try_from_iter([("zero", zero)]).unwrap();
    let error = Design::of(&cases, &[predictor("zero", PredictorKind::Number, Transform::Log2)]).unwrap_err();
    assert!(matches!(error, CohortError::UnusableCell { row: 2, .. }), "{error}");
}

#[test]
fn a_missing_predictor_is_missing_in_all_of_its_columns() {
    let number: ArrayRef = Arc::new(Float64Array::from(vec![None, Some(1.0), Some(4.0), Some(4.0)]));
    let level: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("b"), Some("c")]));
    let cases = RecordBatch::try_from_iter([("number", number), ("level", level)]).unwrap();
    let of = [
        predictor("number", PredictorKind::Number, Transform::Log2),
        predictor("level", PredictorKind::Category, Transform::None),
    ];
    let design = Design::of(&cases, &of).unwrap();
    assert_eq!(design.names, ["log2(number)", "level=b", "level=c"]);
    let row = |row: usize| design.values[3 * row..3 * row + 3].to_vec();
    assert!(row(0)[0].is_nan() && row(0)[1..] == [0.0, 0.0]);
    assert!(row(1)[0] == 0.0 && row(1)[1].is_nan() && row(1)[2].is_nan());
    assert_eq!((row(2), row(3)), (vec![2.0, 1.0, 0.0], vec![2.0, 0.0, 1.0]));
    // What is known must vary.
    let same: ArrayRef = Arc::new(Float64Array::from(vec![None, Some(1.0), Some(1.0)]));
    let cases = RecordBatch::try_from_iter([("same", same)]).unwrap();
    let error = Design::of(&cases, &[predictor("same", PredictorKind::Number, Transform::None)]).unwrap_err();
    assert!(matches!(error, CohortError::ConstantPredictor { .. }), "{error}");
}
