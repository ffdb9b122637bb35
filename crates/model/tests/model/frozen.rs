//! Scores of new cases against R `survfit.coxph` (survival 3.5; `tests/golden/score_cleveland.R`), and who is refused.

use renkei_domain::spec::{ModelSpec, Ties, Transform};
use renkei_model::frozen::{
    Cell, Coding, FrozenModel, FrozenPredictor, NewCase, Part, Refusal, Score, ScoredBy, TrainingPredictor, freeze,
};
use renkei_model::{Findings, Input, ModelError, analyse};

use super::cohort::{SETTINGS, cleveland, synthetic};

const HORIZONS: [f64; 2] = [2.0, 5.0];

fn number(column: &str, transform: Transform, cells: Vec<Cell>) -> TrainingPredictor {
    let predictor = FrozenPredictor { column: column.into(), coding: Coding::Number { transform } };
    TrainingPredictor { predictor, cells }
}

fn category(column: &str, reference: &str, levels: &[&str], cells: Vec<Cell>) -> TrainingPredictor {
    let levels = levels.iter().map(ToString::to_string).collect();
    let predictor =
        FrozenPredictor { column: column.into(), coding: Coding::Category { reference: reference.into(), levels } };
    TrainingPredictor { predictor, cells }
}

fn column(input: &Input, at: usize) -> impl Iterator<Item = f64> {
    input.records.values.iter().skip(at).step_by(input.records.columns.len()).copied()
}

fn level(text: &str) -> Cell {
    Cell::Level(text.to_owned())
}

/// The predictors that the columns of [`cleveland`] were made of. PSA stays as its logarithm: what it was before cannot be
/// found again to the bit.
fn cleveland_predictors(input: &Input) -> Vec<TrainingPredictor> {
    let numbers = |at| column(input, at).map(Cell::Number).collect();
    let flags = |at| column(input, at).map(|flag| level(if flag == 1.0 { "1" } else { "0" })).collect();
    let stage = column(input, 2).map(|flag| level(if flag == 1.0 { "2" } else { "1" })).collect();
    let grade = column(input, 3).zip(column(input, 4));
    let grade = grade
        .map(|(two, three)| {
            level(if two == 1.0 {
                "2"
            } else if three == 1.0 {
                "3"
            } else {
                "1"
            })
        })
        .collect();
    vec![
        number("age", Transform::None, numbers(0)),
        number("psa", Transform::None, numbers(1)),
        category("stage", "1", &["2"], stage),
        category("grade", "1", &["2", "3"], grade),
        category("african american", "0", &["1"], flags(5)),
        category("family", "0", &["1"], flags(6)),
    ]
}

fn frozen_cleveland(ties: Ties) -> Option<FrozenModel> {
    let (input, settings) = (cleveland()?, ModelSpec { ties, ..SETTINGS });
    let findings = analyse(&input, &settings, 7, &HORIZONS).unwrap();
    Some(freeze(&input, cleveland_predictors(&input), &settings, &findings, &HORIZONS).unwrap())
}

/// The new cases of the script.
fn new_cases() -> [Vec<Cell>; 3] {
    let case = |age: f64, psa: f64, levels: [&str; 4]| {
        let mut cells = vec![Cell::Number(age), Cell::Number(psa.log2())];
        cells.extend(levels.map(level));
        cells
    };
    [
        case(61.0, 6.0, ["1", "2", "0", "0"]),
        case(55.5, 2.0, ["1", "1", "0", "1"]),
        case(68.25, 25.0, ["2", "3", "1", "0"]),
    ]
}

fn scored(model: &FrozenModel, cells: &[Cell]) -> Score {
    model.score(NewCase { records: cells, tiles: None }).unwrap()
}

#[track_caller]
fn near(ours: &[f64], reference: &[f64]) {
    assert_eq!(ours.len(), reference.len());
    for (a, b) in ours.iter().zip(reference) {
        assert!((a - b).abs() <= 1e-9, "{a} is not {b}");
    }
}

#[test]
fn risks_and_intervals_equal_r() {
    let Some(model) = frozen_cleveland(Ties::Efron) else { return };
    let scores = new_cases().map(|cells| scored(&model, &cells));
    let predictors = [0.35209567302934414, -2.0850880848487883, 3.6882834338835426];
    near(&scores.each_ref().map(|score| score.linear_predictor), &predictors);
    let told = |horizon: usize| {
        let risks = scores.each_ref().map(|score| score.risks[horizon]);
        risks.map(|risk| [risk.risk.unwrap(), risk.interval.unwrap().lower, risk.interval.unwrap().upper])
    };
    let two_years = [
        [0.12445154855098328, 0.048388650267458755, 0.19443469116858825],
        [0.01154954994120827, 0.0, 0.025795460410425797],
        [0.9761551403366437, 0.11240112761187271, 0.9993594208487045],
    ];
    let five_years = [
        [0.2547456163186024, 0.11529827292741568, 0.37221316586084574],
        [0.025372714083076064, 0.0, 0.055299987170190246],
        [0.9997428084517915, 0.0, 0.9999999472735333],
    ];
    near(told(0).as_flattened(), two_years.as_flattened());
    near(told(1).as_flattened(), five_years.as_flattened());
}

#[test]
fn breslow_equals_r() {
    let Some(model) = frozen_cleveland(Ties::Breslow) else { return };
    let first = scored(&model, &new_cases()[0]);
    let [two, five] = [0, 1].map(|horizon| first.risks[horizon]);
    near(&[two.risk.unwrap(), five.risk.unwrap()], &[0.12454278831436782, 0.2549163260058215]);
    let ends = [two, five].map(|risk| risk.interval.map(|interval| [interval.lower, interval.upper]).unwrap());
    let reference = [0.0484449030799976, 0.19455496379226955, 0.11542759155208848, 0.3724090012860112];
    near(ends.as_flattened(), &reference);
}

/// A cohort with tiles, its findings and its frozen model; the stage is a category.
fn joint() -> (Input, Findings, FrozenModel) {
    let input = synthetic(400, 6, 1.0, 11);
    let findings = analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap();
    let model = freeze(&input, joint_predictors(&input), &SETTINGS, &findings, &HORIZONS).unwrap();
    (input, findings, model)
}

fn joint_predictors(input: &Input) -> Vec<TrainingPredictor> {
    let stage = column(input, 1).map(|flag| level(if flag == 1.0 { "T3" } else { "T2" })).collect();
    let psa = number("psa", Transform::None, column(input, 0).map(Cell::Number).collect());
    vec![psa, category("stage", "T2", &["T3"], stage)]
}

fn cells_of(input: &Input, case: usize) -> Vec<Cell> {
    joint_predictors(input).into_iter().map(|one| one.cells[case].clone()).collect()
}

#[test]
fn a_training_case_gets_the_linear_predictor_of_the_fit_and_its_parts_add_up() {
    let (input, findings, model) = joint();
    let images = input.images.as_ref().unwrap();
    for case in 0..input.time_years.len() {
        let (cells, tiles) = (cells_of(&input, case), &images.counts[case * 6..(case + 1) * 6]);
        for (by, tiles, fitted) in [
            (ScoredBy::Records, None, &findings.records),
            (ScoredBy::RecordsAndImages, Some(tiles), &findings.records_and_images),
        ] {
            let score = model.score(NewCase { records: &cells, tiles }).unwrap();
            assert_eq!(score.by, by);
            let parts: f64 = score.contributions.iter().map(|part| part.value).sum();
            assert!((parts - score.linear_predictor).abs() < 1e-12, "{parts} {}", score.linear_predictor);
            // The findings' own figures: coefficients times distances from the means of the cases.
            let fitted = fitted.done().unwrap();
            let rows = input.time_years.len() as f64;
            let expected: f64 = (0..2)
                .map(|at| {
                    let mean = column(&input, at).sum::<f64>() / rows;
                    fitted.records[at].coefficient * (column(&input, at).nth(case).unwrap() - mean)
                })
                .sum::<f64>()
                + tiles.map_or(0.0, |tiles| fitted.key_features.as_ref().unwrap().case(tiles).unwrap());
            assert!((score.linear_predictor - expected).abs() < 1e-9);
            let risk = 1.0 - (-fitted.baseline.at(5.0) * expected.exp()).exp();
            assert!((score.risks[1].risk.unwrap() - risk).abs() < 1e-9);
            assert_eq!(score.risks[1].interval.is_some(), by == ScoredBy::Records, "no interval for shrunk weights");
        }
    }
}

#[test]
fn the_image_part_is_the_mean_of_the_tiles() {
    let (input, _, model) = joint();
    let tiles = [3, 0, 5, 0, 1, 1];
    let score = model.score(NewCase { records: &cells_of(&input, 0), tiles: Some(&tiles) }).unwrap();
    let weights = model.records_and_images.done().unwrap().key_features.as_ref().unwrap();
    let sum: f64 = (0..).zip(&tiles).map(|(feature, count)| *count as f64 * weights.tile(feature)).sum();
    let images = score.contributions.last().unwrap();
    assert_eq!(images.part, Part::Images);
    assert!((images.value - sum / 10.0).abs() < 1e-12);
}

#[test]
fn a_case_outside_the_population_is_refused_with_every_reason() {
    let (input, _, model) = joint();
    let refusals = |cells: &[Cell], tiles: Option<&[u64]>| {
        model.score(NewCase { records: cells, tiles }).map(|_| ()).err().unwrap_or_default()
    };
    let (psa, stage) = (|| "psa".to_owned(), || "stage".to_owned());
    let highest = column(&input, 0).fold(f64::NEG_INFINITY, f64::max);
    assert!(refusals(&[Cell::Number(highest), level("T3")], None).is_empty(), "the largest is of the population");
    let beyond = [Cell::Number(highest + 1e-9), level("T4")];
    let outside = Refusal::OutsideRange { column: psa() };
    assert_eq!(refusals(&beyond, None), [outside.clone(), Refusal::UnknownLevel { column: stage() }]);
    assert!(!outside.to_string().contains(char::is_numeric), "no value is told: {outside}");
    let none = [Cell::Missing, Cell::Missing];
    assert_eq!(refusals(&none, None), [Refusal::Missing { column: psa() }, Refusal::Missing { column: stage() }]);
    assert_eq!(refusals(&none[..1], None).len(), 2, "a short row is a row with gaps");
    assert_eq!(refusals(&[level("7"), level("T2")], None), [Refusal::NotANumber { column: psa() }]);
    assert_eq!(refusals(&[Cell::Number(f64::NAN), level("T2")], None), [Refusal::NotANumber { column: psa() }]);
    let good = [Cell::Number(0.0), level("T2")];
    assert_eq!(refusals(&good, Some(&[0; 6])), [Refusal::NoTissue]);
    assert!(matches!(refusals(&good, Some(&[1; 7]))[..], [Refusal::NoModel { .. }]));
}

#[test]
fn what_is_not_coded_as_it_was_fitted_cannot_be_frozen() {
    let (input, findings, _) = joint();
    let mut predictors = joint_predictors(&input);
    predictors[1].predictor.coding = Coding::Category { reference: "T3".into(), levels: vec!["T2".into()] };
    let error = freeze(&input, predictors, &SETTINGS, &findings, &HORIZONS).unwrap_err();
    assert_eq!(error, ModelError::Coding { column: "stage".into() });
}

#[test]
fn a_frozen_model_is_read_as_it_was_written() {
    let (.., model) = joint();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<FrozenModel>(&text).unwrap(), model);
}

#[test]
fn a_logarithm_is_taken_of_what_has_one() {
    let predictor = number("psa", Transform::Log2, vec![]).predictor;
    let mut row = Vec::new();
    predictor.code(&Cell::Number(8.0), &mut row).unwrap();
    assert_eq!(row, [3.0]);
    let refused = predictor.code(&Cell::Number(0.0), &mut row).unwrap_err();
    assert_eq!(refused.to_string(), "`psa` is zero or negative");
}

/// The year 20 lies beyond everybody's follow-up.
#[test]
fn a_horizon_beyond_follow_up_has_no_risk() {
    let input = synthetic(300, 6, 1.0, 5);
    let horizons = [2.0, 20.0];
    let findings = analyse(&input, &SETTINGS, 3, &horizons).unwrap();
    let model = freeze(&input, joint_predictors(&input), &SETTINGS, &findings, &horizons).unwrap();
    let score = scored(&model, &cells_of(&input, 0));
    assert!(score.risks[0].risk.is_some());
    assert_eq!((score.risks[1].risk, score.risks[1].interval), (None, None));
}
