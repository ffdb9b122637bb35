//! Hospitals held out in turn: on TCGA-PRAD against R (`tests/golden/model_tcga.R`), and on made-up cohorts.

use renkei_model::{Findings, Hospitals, Input, ModelError, Validation, analyse};

use super::cohort::{SETTINGS, synthetic, tcga};

const HORIZONS: [f64; 2] = [2.0, 5.0];

fn found(input: &Input) -> Findings {
    analyse(input, &SETTINGS, 3, &HORIZONS).unwrap()
}

fn of_records(findings: &Findings) -> &Validation {
    findings.records.done().unwrap().validation.done().unwrap()
}

#[track_caller]
fn near(ours: f64, reference: f64) {
    assert!((ours - reference).abs() <= 1e-8 * reference.abs(), "{ours} is not {reference}");
}

/// 300 cases of four hospitals, the last with 12 of them.
fn cohort() -> Input {
    let mut input = synthetic(300, 6, 1.0, 5);
    let names = (0..300).map(|case| ["c", "a", "b"][case % 3]).enumerate();
    let names: Vec<&str> = names.map(|(case, name)| if case < 12 { "d" } else { name }).collect();
    input.hospitals = Some(Hospitals::new(names.iter().copied()));
    input
}

#[test]
fn tcga_hospital_by_hospital_equals_r() {
    let Some(input) = tcga() else { return };
    let findings = found(&input);
    assert_eq!((findings.cohort.cases, findings.cohort.events), (394, 81));
    assert_eq!(findings.hospitals.as_ref().unwrap().len(), 29);
    let validation = of_records(&findings);
    near(validation.discrimination.concordance.estimate, 0.6999388820980109);
    let predictors: Vec<f64> = validation.linear_predictor.iter().flatten().copied().collect();
    near(predictors.iter().sum(), -8.824060204652108);
    near(predictors.iter().map(|value| value * value).sum(), 396.69024609874526);
    let risks = &validation.event_probability[1];
    assert_eq!((risks.years, risks.by_case.len()), (5.0, 394));
    near(risks.by_case.iter().flatten().sum(), 126.00879443888029);
    let own: Vec<_> = validation.by_hospital.iter().filter(|one| one.concordance.done().is_some()).collect();
    let counts: Vec<_> = own.iter().map(|one| (one.hospital.as_str(), one.cases, one.events)).collect();
    assert_eq!(counts, [("EJ", 88, 11), ("KK", 37, 17), ("YL", 23, 15)]);
    let references = [0.7644569816643159, 0.6822784810126582, 0.4819277108433735];
    let errors = [0.07280551292683045, 0.06508950954202568, 0.08665624529585025];
    for ((one, reference), error) in own.iter().zip(references).zip(errors) {
        let c = one.concordance.done().unwrap();
        near(c.estimate, reference);
        near(c.estimate - c.lower, 1.959963984540054 * error);
    }
}

#[test]
fn tcga_is_calibrated_as_r_says() {
    let Some(input) = tcga() else { return };
    let findings = found(&input);
    let validation = of_records(&findings);
    let at_five = &validation.calibration[1];
    let slope = at_five.slope.done().unwrap();
    near(slope.estimate, 0.8192150177967161);
    near(slope.std_err, 0.14232859403737455);
    let groups = at_five.groups.done().unwrap();
    near(groups.overall.observed.unwrap(), 0.31891650759903434);
    near(groups.overall.expected, 0.31981927522558445);
    assert_eq!((groups.groups.len(), groups.groups.iter().map(|group| group.cases).sum::<u64>()), (5, 394));
    let kk = validation.by_hospital.iter().find(|one| one.hospital == "KK").unwrap();
    let kk = kk.calibration[1].overall.done().unwrap();
    near(kk.overall.observed.unwrap(), 0.4257601222307106);
    near(kk.overall.expected, 0.38464733777453103);
    // At a threshold that everybody reaches, treating by the model is treating all.
    let benefits = at_five.net_benefit.done().unwrap();
    assert!(benefits[0].positives == 394 && benefits[0].model.unwrap() == benefits[0].treat_all);
    assert!(at_five.brier.done().unwrap().estimate < at_five.brier.done().unwrap().null);
}

#[test]
fn a_hospital_has_no_say_in_its_own_predictions() {
    let input = cohort();
    let mut changed = input.clone();
    let hospital = |case: usize| input.hospitals.as_ref().unwrap().of_case[case];
    for case in (0..300).filter(|case| hospital(*case) == 1) {
        changed.event[case] = !input.event[case];
    }
    let (before, after) = (found(&input), found(&changed));
    assert_eq!(before.hospitals.as_deref().unwrap(), ["a", "b", "c", "d"]);
    let predictor = |findings: &Findings| of_records(findings).linear_predictor.clone();
    let same: Vec<bool> = predictor(&before).iter().zip(predictor(&after)).map(|(a, b)| *a == b).collect();
    assert_eq!(same, (0..300).map(|case| hospital(case) == 1).collect::<Vec<_>>());
    assert_eq!(before.folds, input.hospitals.as_ref().unwrap().of_case);
    assert!(before.method[1].contains("each of 4 hospitals in turn"), "{:?}", before.method);
}

#[test]
fn a_small_hospital_has_no_figure_of_its_own() {
    let findings = found(&cohort());
    for model in [&findings.records, &findings.images, &findings.records_and_images] {
        let by_hospital = &model.done().unwrap().validation.done().unwrap().by_hospital;
        let cases: Vec<usize> = by_hospital.iter().map(|one| one.cases).collect();
        assert_eq!(cases, [96, 96, 96, 12]);
        assert!(by_hospital[..3].iter().all(|one| one.concordance.done().is_some()));
        let reason = by_hospital[3].concordance.reason().unwrap();
        assert_eq!(reason, format!("{} events; a figure of its own needs 10", by_hospital[3].events));
    }
}

#[test]
fn probabilities_rise_with_the_horizon_and_with_the_predictor() {
    let findings = found(&cohort());
    let validation = of_records(&findings);
    let [early, late] = &validation.event_probability[..] else { panic!("two horizons") };
    let pairs = || early.by_case.iter().zip(&late.by_case);
    assert!(pairs().all(|(early, late)| early < late && late.unwrap() < 1.0 && early.unwrap() > 0.0));
    // Within a fold the order is that of the linear predictor.
    let mut in_first: Vec<usize> = (0..300).filter(|case| findings.folds[*case] == 0).collect();
    in_first.sort_by(|a, b| validation.linear_predictor[*a].partial_cmp(&validation.linear_predictor[*b]).unwrap());
    assert!(in_first.windows(2).all(|two| late.by_case[two[0]] <= late.by_case[two[1]]));
}

#[test]
fn a_hospital_that_fares_worse_lends_its_risk_to_no_key_feature() {
    // Hospital `a` loses its patients early and its slides show more of key feature 0, which does nothing.
    let mut input = synthetic(300, 6, 0.0, 5);
    let at_a = |case: usize| case.is_multiple_of(2);
    let counts = &mut input.images.as_mut().unwrap().counts;
    (0..300).filter(|case| at_a(*case)).for_each(|case| counts[case * 6] = counts[case * 6] * 6 + 40);
    (0..300).filter(|case| at_a(*case)).for_each(|case| input.time_years[case] /= 4.0);
    let impact = |input: &Input| found(input).impacts.done().unwrap().tested[0];
    let blind = impact(&input);
    assert!(blind.p_adjusted < 0.02 && blind.coefficient > 0.2, "{blind:?}");
    input.hospitals = Some(Hospitals::new((0..300).map(|case| if at_a(case) { "a" } else { "b" })));
    let within = impact(&input);
    assert!(within.p_adjusted > 0.05, "{within:?}");
    assert!(found(&input).impacts.done().unwrap().within_hospitals);
}

#[test]
fn one_hospital_alone_is_refused() {
    let mut input = cohort();
    input.hospitals = Some(Hospitals::new(vec!["a"; 300]));
    let error = analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap_err();
    assert!(matches!(error, ModelError::OneHospital) && error.to_string().contains("cohort.hospital"), "{error}");
    input.hospitals = Some(Hospitals::new(vec!["a"; 299]));
    assert!(matches!(analyse(&input, &SETTINGS, 3, &HORIZONS).unwrap_err(), ModelError::Length { found: 299, .. }));
}

#[test]
fn findings_made_before_hospitals_still_load() {
    let mut stored = serde_json::to_value(found(&synthetic(120, 4, 1.0, 5))).unwrap();
    stored.as_object_mut().unwrap().remove("hospitals").unwrap();
    let validation = stored.pointer_mut("/records/done/validation/done").unwrap().as_object_mut().unwrap();
    validation.remove("by_hospital").unwrap();
    validation.remove("event_probability").unwrap();
    validation.remove("calibration").unwrap();
    let loaded: Findings = serde_json::from_value(stored).unwrap();
    assert!(loaded.hospitals.is_none() && of_records(&loaded).by_hospital.is_empty());
}
