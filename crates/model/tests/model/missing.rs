//! Predictors without a value: what each way does, what it may not touch, and when it has to refuse.

use renkei_domain::spec::{Missing, ModelSpec};
use renkei_model::{
    Column, Findings, Hospitals, Input, ModelError, Outcome, Records, analyse,
    frozen::{ScoredBy, freeze},
};

use super::cohort::{SETTINGS, Source, synthetic};

const HORIZONS: [f64; 2] = [2.0, 4.0];
const GAP: f64 = f64::NAN;
const WAYS: [Missing; 3] = [Missing::Median, Missing::Indicator, Missing::MultipleImputation];

fn settings(missing: Missing) -> ModelSpec {
    ModelSpec { missing, imputations: 5, bootstrap: 20, permutations: 0, folds: 3, ..SETTINGS }
}

fn found(input: &Input, missing: Missing) -> Findings {
    analyse(input, &settings(missing), 1, &HORIZONS).unwrap()
}

/// `psa` (log hazard ratio 0.8), a `grade` of three levels (0.6 a level) and a `companion` of both that does nothing itself;
/// psa is missing in most of those who fell ill early and have a low companion, grade in some.
fn planted(cases: usize, seed: u64) -> Input {
    let mut source = Source::new(seed);
    let (mut time_years, mut event, mut values) = (vec![], vec![], vec![]);
    for _ in 0..cases {
        let companion = source.normal();
        let psa = 0.6 * companion + 0.8 * source.normal();
        let grade = (0.9 + 0.5 * companion + source.normal()).round().clamp(0.0, 2.0);
        let ill = -(1.0 - source.uniform()).ln() / (0.15 * (0.8 * psa + 0.6 * grade).exp());
        let lost = 1.0 + 6.0 * source.uniform();
        let early = ill <= lost && ill < 2.0;
        time_years.push(ill.min(lost).max(1e-4));
        event.push(ill <= lost);
        let no_psa = source.uniform() < if early { 0.75 - 0.6 * f64::from(u8::from(companion > 0.0)) } else { 0.2 };
        let no_grade = source.uniform() < 0.1;
        let level = |of: f64| if no_grade { GAP } else { f64::from(u8::from(grade == of)) };
        values.extend([if no_psa { GAP } else { psa }, level(1.0), level(2.0), companion]);
    }
    let column = |(name, group): (&str, &str)| Column { name: name.into(), group: group.into() };
    let names = [("psa", "psa"), ("grade=2", "grade"), ("grade=3", "grade"), ("companion", "companion")];
    let records = Records { values, columns: names.map(column).to_vec() };
    Input { time_years, event, records, images: None, hospitals: None }
}

fn complete(input: &Input) -> Input {
    let whole: Vec<usize> = (0..input.event.len())
        .filter(|case| !input.records.values[case * 4..case * 4 + 4].iter().any(|value| value.is_nan()))
        .collect();
    let row = |case: &usize| input.records.values[case * 4..case * 4 + 4].to_vec();
    Input {
        time_years: whole.iter().map(|case| input.time_years[*case]).collect(),
        event: whole.iter().map(|case| input.event[*case]).collect(),
        records: Records { values: whole.iter().flat_map(row).collect(), ..input.records.clone() },
        images: None,
        hospitals: None,
    }
}

fn predictions(found: &Findings) -> Vec<f64> {
    let validation = found.records.done().unwrap().validation.done().unwrap();
    validation.linear_predictor.iter().map(|one| one.unwrap()).collect()
}

#[test]
fn gaps_are_refused_unless_the_settings_say_what_to_do() {
    let input = planted(150, 1);
    let refused = analyse(&input, &settings(Missing::CompleteCases), 1, &HORIZONS).unwrap_err();
    assert!(matches!(refused, ModelError::NotFinite { .. }), "{refused}");
    assert!(refused.to_string().contains("`model.missing`"));
    let mut infinite = input.clone();
    infinite.records.values[7] = f64::INFINITY;
    let mut partly = input.clone();
    let row = partly.records.values.chunks(4).position(|row| !row[1].is_nan()).unwrap();
    partly.records.values[row * 4 + 2] = GAP;
    let mut nothing = input;
    nothing.records.values.chunks_mut(4).for_each(|row| row[3] = GAP);
    for way in WAYS {
        let refused = |input: &Input| analyse(input, &settings(way), 1, &HORIZONS).unwrap_err();
        assert_eq!(refused(&infinite), ModelError::NotFinite { column: "companion".into(), row: 1 });
        assert_eq!(refused(&partly), ModelError::PartlyMissing { column: "grade".into(), row });
        assert_eq!(refused(&nothing), ModelError::NothingObserved { column: "companion".into() });
    }
}

#[test]
fn without_gaps_every_way_gives_the_same_bytes() {
    let input = synthetic(120, 8, 1.0, 21);
    let bytes = |way| serde_json::to_string(&found(&input, way)).unwrap();
    let today = bytes(Missing::CompleteCases);
    assert!(WAYS.iter().all(|way| bytes(*way) == today));
    assert!(!today.contains("\"missing\""));
}

#[test]
fn findings_say_what_was_missing_and_what_was_done() {
    let input = planted(200, 3);
    let count = |column: usize| input.records.values.iter().skip(column).step_by(4).filter(|v| v.is_nan()).count();
    for way in WAYS {
        let found = found(&input, way);
        let missing = found.missing.as_ref().unwrap();
        assert_eq!(missing.way, way);
        let told: Vec<_> = missing.predictors.iter().map(|one| (one.group.as_str(), one.missing)).collect();
        assert_eq!(told, vec![("psa", count(0)), ("grade", count(1))]);
        assert_eq!(missing.cases_with_gaps, 200 - complete(&input).event.len());
        assert!(found.method.last().unwrap().contains(&format!("psa in {}, grade in {}", count(0), count(1))));
        let columns: Vec<&str> = missing.information.iter().map(|one| one.column.as_str()).collect();
        let model = found.records.done().unwrap();
        assert!(
            model.records.iter().all(|one| one.significance.is_some()) && model.tests.is_some() == columns.is_empty()
        );
        if way == Missing::MultipleImputation {
            assert_eq!((missing.imputations, columns), (Some(5), vec!["psa", "grade=2", "grade=3", "companion"]));
            assert!(
                missing.information.iter().all(|one| one.fraction > 0.0 && one.fraction < 1.0 && one.degrees > 1.0)
            );
            assert!(missing.information[0].fraction > 0.1, "{:?}", missing.information);
            let degrees: Vec<usize> = model.groups.iter().map(|group| group.degrees).collect();
            assert_eq!(degrees, vec![1, 2, 1]);
        } else {
            assert!(missing.imputations.is_none() && columns.is_empty());
        }
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Findings>(&text).unwrap(), found);
        assert!(predictions(&found).iter().all(|predictor| predictor.is_finite()));
        assert!(found.importance.unwrap().horizons.iter().all(|one| one.importance.done().is_some()));
        assert!(found.landmarks.iter().all(|one| one.coefficients.done().is_some()));
    }
}

#[test]
fn an_indicator_belongs_to_its_predictor_and_one_serves_those_missing_together() {
    let found_of = |input: &Input| found(input, Missing::Indicator);
    let mut input = planted(200, 3);
    let apart = found_of(&input);
    let names = |found: &Findings| {
        let records = &found.records.done().unwrap().records;
        records.iter().map(|one| format!("{}/{}", one.column, one.group)).collect::<Vec<_>>()
    };
    assert_eq!(names(&apart)[4..], ["psa missing/psa", "grade missing/grade"]);
    assert_eq!(apart.records.done().unwrap().groups.iter().map(|one| one.degrees).collect::<Vec<_>>(), vec![2, 3, 1]);
    input.records.values.chunks_mut(4).for_each(|row| {
        if row[0].is_nan() != row[1].is_nan() {
            row[..3].fill(GAP);
        }
    });
    let together = found_of(&input);
    assert_eq!(names(&together)[4..], ["psa missing/psa"]);
    let told = together.missing.unwrap().predictors;
    assert!(told.iter().all(|one| one.indicator.as_deref() == Some("psa missing")) && told.len() == 2);
}

#[test]
fn the_order_of_the_cases_does_not_matter() {
    let input = planted(150, 4);
    let mut source = Source::new(4);
    let mut order: Vec<usize> = (0..150).collect();
    (1..150).for_each(|last| order.swap(last, (source.uniform() * (last + 1) as f64) as usize));
    let rows = order.iter().flat_map(|case| input.records.values[case * 4..case * 4 + 4].to_vec());
    // Another NaN is the same gap.
    let values = rows.map(|value| if value.is_nan() { -f64::NAN } else { value }).collect();
    let reordered = Input {
        time_years: order.iter().map(|case| input.time_years[*case]).collect(),
        event: order.iter().map(|case| input.event[*case]).collect(),
        records: Records { values, ..input.records.clone() },
        images: None,
        hospitals: None,
    };
    for way in WAYS {
        let (before, after) = (found(&input, way), found(&reordered, way));
        let moved: Vec<f64> = order.iter().map(|case| predictions(&before)[*case]).collect();
        assert_eq!(moved, predictions(&after));
        assert_eq!(before.missing, after.missing);
        let coefficients = |found: &Findings| found.records.done().unwrap().records.clone();
        assert_eq!(coefficients(&before), coefficients(&after));
    }
}

#[test]
fn a_seed_repeats_itself_and_another_draws_anew() {
    let input = planted(150, 4);
    let bytes = |seed| {
        let found = analyse(&input, &settings(Missing::MultipleImputation), seed, &HORIZONS).unwrap();
        serde_json::to_string(&found.records.done().unwrap().records).unwrap()
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn a_predictor_that_one_hospital_alone_has_cannot_be_filled_in_without_it() {
    let mut input = planted(240, 5);
    input.hospitals = Some(Hospitals::new((0..240).map(|case| ["A", "B", "C"][case % 3])));
    for (case, row) in input.records.values.chunks_mut(4).enumerate() {
        row[3] = if case % 3 == 0 { row[3] } else { GAP };
    }
    for way in WAYS {
        let found = found(&input, way);
        let model = found.records.done().unwrap();
        let reason = model.validation.reason().unwrap();
        let expected =
            "without hospital `A`: no case to learn from has a value of `companion`, so nothing can be filled in";
        assert_eq!(reason, expected);
    }
}

#[test]
fn nine_in_ten_may_be_missing() {
    let mut input = planted(400, 6);
    for (case, row) in input.records.values.chunks_mut(4).enumerate() {
        if case % 10 != 0 {
            row[0] = GAP;
        }
    }
    for way in WAYS {
        let found = found(&input, way);
        assert!(predictions(&found).iter().all(|predictor| predictor.is_finite()));
    }
    let missing = found(&input, Missing::MultipleImputation).missing.unwrap();
    assert!(missing.information[0].fraction > 0.5, "{:?}", missing.information);
}

#[test]
fn imputation_finds_the_planted_effects_where_complete_cases_mislead() {
    let truth = [0.8, 0.6, 1.2, 0.0];
    let (mut covered, mut error, mut misled) = ([0; 4], [0.0; 4], [0.0; 4]);
    let runs = 25;
    for seed in 0..runs {
        let input = planted(400, 100 + seed);
        let spec = ModelSpec { imputations: 10, folds: 2, ..settings(Missing::MultipleImputation) };
        let imputed = analyse(&input, &spec, seed, &[]).unwrap();
        for (at, one) in imputed.records.done().unwrap().records.iter().enumerate() {
            let significance = one.significance.unwrap();
            covered[at] += usize::from(significance.lower.ln() < truth[at] && truth[at] < significance.upper.ln());
            error[at] += (one.coefficient - truth[at]) / runs as f64;
        }
        let whole =
            analyse(&complete(&input), &ModelSpec { folds: 2, ..settings(Missing::CompleteCases) }, seed, &[]).unwrap();
        for (at, one) in whole.records.done().unwrap().records.iter().enumerate() {
            misled[at] += (one.coefficient - truth[at]) / runs as f64;
        }
    }
    println!("covered {covered:?} of {runs}; mean error {error:?}; complete cases {misled:?}");
    // 95 % of 25 is 24; fewer than 20 have a chance of 1 in 1000.
    assert!(covered.iter().all(|covered| *covered >= 20), "{covered:?}");
    assert!(error.iter().all(|error| error.abs() < 0.1), "{error:?}");
    // Who had psa missing is known by the companion, so complete cases see an effect that it has not.
    assert!(misled[3] > 0.15, "{misled:?}");
}

#[test]
fn images_join_cases_with_gaps() {
    let mut input = synthetic(150, 8, 1.0, 21);
    input.records.values.chunks_mut(2).enumerate().filter(|(case, _)| case % 4 == 0).for_each(|(_, row)| row[0] = GAP);
    input.records.values.chunks_mut(2).enumerate().filter(|(case, _)| case % 7 == 0).for_each(|(_, row)| row[1] = GAP);
    for way in WAYS {
        let found = found(&input, way);
        let joint = found.records_and_images.done().unwrap();
        assert!(joint.validation.done().unwrap().linear_predictor.iter().all(|one| one.unwrap().is_finite()));
        assert!(joint.key_features.as_ref().unwrap().weights.iter().all(|weight| weight.is_finite()));
        assert!(joint.records.iter().all(|one| one.significance.is_none()) && joint.groups.is_empty());
        assert!(found.joint_against_records.done().is_some());
        let fusion = found.fusion.as_ref().unwrap();
        assert!(fusion.elastic_net.done().is_some() && fusion.late.done().is_some());
        assert!(found.selection.as_ref().unwrap().stability.done().is_some());
        assert!(found.images.done().is_some());
    }
}

#[test]
fn a_model_of_cases_with_gaps_scores_nobody() {
    let input = planted(150, 4);
    for way in WAYS {
        let frozen = freeze(&input, Vec::new(), &settings(way), &found(&input, way), &HORIZONS).unwrap();
        assert!(
            matches!(frozen.fit(ScoredBy::Records), Outcome::Impossible { reason } if reason.contains("filled in"))
        );
    }
}
