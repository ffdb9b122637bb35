//! A real cohort against R `coxph` (survival 3.5; `tests/golden/model_cleveland.R`).

use renkei_domain::spec::{ModelSpec, Ties};
use renkei_model::{Findings, analyse};

use super::cohort::{SETTINGS, cleveland};

const HORIZONS: [f64; 3] = [2.0, 5.0, 20.0];

#[track_caller]
fn near(ours: &[f64], reference: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), reference.len(), "{ours:?}");
    for (a, b) in ours.iter().zip(reference) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-3), "{a} is not {b}");
    }
}

fn findings(ties: Ties) -> Option<Findings> {
    let settings = ModelSpec { ties, ..SETTINGS };
    Some(analyse(&cleveland()?, &settings, 7, &HORIZONS).unwrap())
}

#[test]
fn the_records_model_equals_r() {
    let Some(findings) = findings(Ties::Efron) else { return };
    let model = findings.records.done().unwrap();
    assert_eq!((model.cases, model.events, model.records.len()), (300, 50, 7));
    let of = |pick: fn(&renkei_model::Coefficient) -> f64| model.records.iter().map(pick).collect::<Vec<_>>();
    let coefficients = [
        -0.001739100416836863,
        0.4940692992383963,
        0.5009559979027,
        1.0243594419767375,
        2.2957169037433705,
        0.5592466170498798,
        -0.6393080561435601,
    ];
    near(&of(|one| one.coefficient), &coefficients, 1e-8);
    let errors = [
        0.019450046446755343,
        0.16914803366627038,
        0.35104338564332066,
        0.3829828985359165,
        0.41691239391619056,
        0.341927093616467,
        0.45499773464590537,
    ];
    near(&of(|one| one.significance.unwrap().std_error), &errors, 1e-8);
    let p = [
        0.9287531442742682,
        0.0034898999640260273,
        0.15356586531722705,
        0.007479901188870962,
        3.660937655451604e-08,
        0.10192904946466165,
        0.15999759573403913,
    ];
    near(&of(|one| one.significance.unwrap().p), &p, 1e-7);
    near(&[model.null_log_likelihood, model.log_likelihood], &[-258.72500119820404, -227.59335925976052], 1e-10);
    near(&[model.apparent_concordance], &[0.7999164578111946], 1e-10);
    let grade = model.groups.iter().find(|test| test.group == "grade").unwrap();
    assert_eq!((grade.degrees, model.groups.len()), (2, 6));
    near(&[grade.chi_square], &[27.344343796424823], 1e-8);
    near(&[findings.cohort.median_follow_up_years.unwrap()], &[2.9941666666666666], 1e-12);
}

#[test]
fn the_ties_of_the_spec_are_used() {
    let Some(findings) = findings(Ties::Breslow) else { return };
    let ours = findings.records.done().unwrap().records[0].coefficient;
    near(&[ours], &[-0.0016532906909699115], 1e-8);
}

#[test]
fn held_out_figures_are_below_the_apparent_one_and_well_above_chance() {
    let Some(findings) = findings(Ties::Efron) else { return };
    let model = findings.records.done().unwrap();
    let held_out = &model.validation.done().unwrap().discrimination;
    let c = held_out.concordance;
    assert!(c.estimate < model.apparent_concordance && c.estimate > 0.7, "{c:?}");
    assert!(c.lower < c.estimate && c.estimate < c.upper && c.lower > 0.6);
    let two = held_out.auc[0].auc.done().unwrap();
    assert!(two.estimate.estimate > 0.7 && two.cases > 20 && two.controls > 100, "{two:?}");
    let beyond = held_out.auc[2].auc.reason().unwrap();
    assert!(beyond.contains("horizon"), "{beyond}");
}

#[test]
fn risk_groups_part_and_numbers_at_risk_add_up() {
    let Some(findings) = findings(Ties::Efron) else { return };
    let groups = findings.risk_groups.done().unwrap();
    assert_eq!(groups.model, "records");
    assert!(groups.log_rank.p < 1e-4, "{:?}", groups.log_rank);
    for year in 0..findings.survival.at_risk_by_year.len() {
        let parts: u64 = groups.groups.iter().map(|group| group.curve.at_risk_by_year[year]).sum();
        assert_eq!(parts, findings.survival.at_risk_by_year[year]);
    }
    let at_five = |place: usize| {
        let steps = &groups.groups[place].curve.steps;
        steps.iter().take_while(|step| step.years <= 5.0).last().map_or(1.0, |step| step.survival)
    };
    assert!(at_five(0) > at_five(2) + 0.2, "{} {}", at_five(0), at_five(2));
}

#[test]
fn yearly_effects_are_tested_and_drawn() {
    let Some(findings) = findings(Ties::Efron) else { return };
    let years = &findings.year_effects;
    assert_eq!(years.test_years, vec![1.0, 5.0]);
    let test = years.test.done().unwrap();
    near(&[test.statistic], &[6.428320745425765], 1e-8);
    assert_eq!((test.degrees, test.replicates), (7, 50));
    assert!(test.p_bootstrap > 0.2, "{test:?}");
    let picture = years.effects.done().unwrap();
    assert_eq!(picture.effects.len(), picture.years.len() * 7);
    assert!(picture.years.len() >= 3, "{:?}", picture.years);
    assert_eq!(findings.images.reason(), Some("the study has no images"));
}
