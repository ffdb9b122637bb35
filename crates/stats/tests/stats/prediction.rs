//! Brier score, calibration and decision curve against R (`riskRegression::Score`, `survival`;
//! `tests/golden/prediction.R`) and scikit-survival, plain computation, and bad input.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    cox::{CoxFit, CoxSettings, fit},
    prediction::{
        CalibrationTables, DecisionTables, brier, brier_difference, calibration_in_the_large, calibration_slope,
        integrated_brier, quantile_cuts,
    },
    survival::Outcomes,
};

/// Death or transplant in pbc312 with a Cox model of it.
struct Pbc {
    time: Vec<f64>,
    event: Vec<bool>,
    values: Vec<f64>,
    columns: usize,
    model: CoxFit,
}

impl Pbc {
    fn new(columns: &[&str]) -> Option<Self> {
        let table = Table::read("pbc312.csv")?;
        let (time, event, values) = (table.column("etime"), table.flags("st"), table.matrix(columns));
        let predictors = Predictors::new(&values, columns.len()).unwrap();
        let model = fit(&Outcomes::new(&time, &event).unwrap(), &predictors, None, &CoxSettings::default()).unwrap();
        Some(Self { time, event, values, columns: columns.len(), model })
    }

    fn full() -> Option<Self> {
        Self::new(&["age", "edema", "lb", "la", "lp"])
    }

    fn outcomes(&self) -> Outcomes<'_> {
        Outcomes::new(&self.time, &self.event).unwrap()
    }

    /// Row-major risks, one column a time.
    fn risks(&self, times: &[f64]) -> Vec<f64> {
        let rows = self.values.chunks(self.columns);
        rows.flat_map(|row| times.iter().map(move |t| 1.0 - self.model.survival(row, 0, *t).unwrap())).collect()
    }
}

#[test]
fn brier_equals_risk_regression() {
    let (Some(full), Some(small)) = (Pbc::full(), Pbc::new(&["age", "edema"])) else { return };
    let times = [1.0, 2.0, 3.0, 5.0];
    let scores = times.map(|t| brier(&full.outcomes(), &full.risks(&[t]), t).unwrap());
    let estimates = [0.0416468147112, 0.0652300886528, 0.1105179671205, 0.1174454381137];
    near(&scores.map(|s| s.estimate), &estimates, 1e-11);
    let std_errors = [0.00827773729018, 0.0105674229576, 0.0122713447214];
    near(&scores[..3].iter().map(|s| s.std_err).collect::<Vec<_>>(), &std_errors, 1e-10);
    // By the jackknife, which takes a loss of 1 in n as -log(1 - 1 / n); `Score` books an event and a censoring on one
    // day apart.
    near(&[scores[3].std_err], &[0.011435043796661652], 1e-6);
    near(&[scores[3].std_err], &[0.01143488097204], 3e-5);
    near(&scores.map(|s| s.null), &[0.0655407626561, 0.0970989480605, 0.1691557952899, 0.2203446742863], 1e-11);
    let scaled = [0.364566217673, 0.328210140730, 0.346649832889, 0.466992163554];
    near(&scores.map(|s| s.scaled.unwrap()), &scaled, 1e-10);

    let delta = |t: f64| brier_difference(&full.outcomes(), &small.risks(&[t]), &full.risks(&[t]), t).unwrap();
    let delta = times.map(delta);
    let expected = [0.00807677003521, 0.00546182039392, 0.0275441321019, 0.07010931304961];
    near(&delta.map(|d| d.estimate), &expected, 1e-9);
    let std_errors = [0.00495088093446, 0.00613405670854, 0.00933355564023, 0.010928710728];
    near(&delta.map(|d| d.std_err), &std_errors, 3e-5);
    near(&[delta[0].p(), delta[2].p()], &[1.02810081555e-1, 3.16657997060e-3], 1e-8);
}

#[test]
fn integrated_brier_equals_scikit_survival_on_the_same_grid() {
    let Some(pbc) = Pbc::full() else { return };
    // Its baseline is Breslow's, ours Efron's: 3e-5 (shared/golden/README.md).
    let on = |grid: &[f64]| integrated_brier(&pbc.outcomes(), &pbc.risks(grid), grid).unwrap();
    let four = on(&[1.0, 2.0, 3.0, 5.0]);
    assert!((four.estimate - 0.09232737011966136).abs() < 3e-5, "{}", four.estimate);
    let fine: Vec<f64> = (1..=25).map(|step| f64::from(step) * 0.2).collect();
    let fine = on(&fine);
    assert!((fine.estimate - 0.08107268111541957).abs() < 3e-5, "{}", fine.estimate);
    assert_eq!(four.by_time[1], brier(&pbc.outcomes(), &pbc.risks(&[2.0]), 2.0).unwrap());
    let null = (four.by_time[0].null + four.by_time[1].null) / 2.0
        + (four.by_time[1].null + four.by_time[2].null) / 2.0
        + (four.by_time[2].null + four.by_time[3].null);
    near(&[four.null, four.scaled.unwrap()], &[null / 4.0, 1.0 - four.estimate / (null / 4.0)], 1e-12);
}

#[test]
fn calibration_equals_r() {
    let Some(pbc) = Pbc::full() else { return };
    let risk = pbc.risks(&[5.0]);
    let cuts = quantile_cuts(&risk, 5).unwrap();
    let tables = CalibrationTables::new(&pbc.outcomes(), &risk, &cuts).unwrap();
    let found = tables.calibration(5.0, 0.95).unwrap();
    let groups: Vec<(u64, u64)> = found.groups.iter().map(|group| (group.cases, group.events)).collect();
    assert_eq!(groups, [(63, 3), (62, 2), (62, 12), (62, 30), (63, 51)]);
    let of = |value: &dyn Fn(usize) -> f64| (0..5).map(value).collect::<Vec<f64>>();
    let expected =
        [0.07092486613438129, 0.12034688097524703, 0.20625242872441604, 0.4143440623778233, 0.8275817055092122];
    near(&of(&|g| found.groups[g].expected), &expected, 1e-9);
    let observed =
        [0.04815711595372607, 0.03620803159973662, 0.2155825081405619, 0.5109243538954915, 0.8417597491671567];
    near(&of(&|g| found.groups[g].observed.unwrap()), &observed, 1e-12);
    let lower =
        [0.01578478543415829, 0.009093222603066997, 0.12788438354181642, 0.3897211557117005, 0.7319309005812378];
    near(&of(&|g| found.groups[g].interval.unwrap().lower), &lower, 1e-11);
    let upper = [0.14195707261206114, 0.13833961120983218, 0.3500624404165471, 0.6450913195846204, 0.9243648341185348];
    near(&of(&|g| found.groups[g].interval.unwrap().upper), &upper, 1e-11);
    near(&[found.overall.observed.unwrap()], &[0.3277927826317163], 1e-12);
    let (low, high) = found.ratio_interval.unwrap();
    near(&[found.ratio, low, high], &[0.9973372032695361, 0.8465455033977888, 1.1749888139894857], 1e-9);

    let slope = calibration_slope(&pbc.outcomes(), &risk, 5.0).unwrap();
    near(&[slope.estimate, slope.std_err], &[1.0380288607020811, 0.07859449172764459], 1e-8);
    let large = calibration_in_the_large(&pbc.outcomes(), &risk, 5.0).unwrap();
    near(&[large.estimate], &[0.07068785706331626], 1e-8);
    near(&[large.std_err], &[0.12043721541626065], 1e-6);
}

#[test]
fn decision_curve_equals_r() {
    let Some(pbc) = Pbc::full() else { return };
    let tables = DecisionTables::new(&pbc.outcomes(), &pbc.risks(&[5.0]), &[0.1, 0.2, 0.3, 0.5]).unwrap();
    let found = tables.net_benefits(5.0).unwrap();
    assert_eq!(found.iter().map(|at| at.positives).collect::<Vec<_>>(), [246, 159, 118, 75]);
    let model: Vec<f64> = found.iter().map(|at| at.model.unwrap()).collect();
    near(&model, &[0.267684272722, 0.246638419689, 0.216401194699, 0.156351001939], 1e-11);
    let all: Vec<f64> = found.iter().map(|at| at.treat_all).collect();
    near(&all, &[0.253103091813, 0.15974097829, 0.0397039751882, -0.344414434737], 1e-11);
}

fn cohort() -> impl Strategy<Value = Vec<(u8, bool, u8)>> {
    proptest::collection::vec((1u8..15, any::<bool>(), 0u8..=6), 3..40)
}

fn columns(rows: &[(u8, bool, u8)]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let time = rows.iter().map(|row| f64::from(row.0)).collect();
    (time, rows.iter().map(|row| row.1).collect(), rows.iter().map(|row| f64::from(row.2) / 6.0).collect())
}

proptest! {
    #[test]
    fn without_censoring_all_is_plain_counting(rows in cohort()) {
        let (time, _, risk) = columns(&rows);
        let event = vec![true; time.len()];
        let outcomes = Outcomes::new(&time, &event).unwrap();
        let (horizon, n) = (7.0, time.len() as f64);
        let happened: Vec<f64> = time.iter().map(|t| f64::from(u8::from(*t <= horizon))).collect();
        let squares = happened.iter().zip(&risk).map(|(y, p)| (y - p).powi(2)).sum::<f64>();
        prop_assert!((brier(&outcomes, &risk, horizon).unwrap().estimate - squares / n).abs() < 1e-12);

        let at = &DecisionTables::new(&outcomes, &risk, &[0.4]).unwrap().net_benefits(horizon).unwrap()[0];
        let positive = |y: f64| happened.iter().zip(&risk).filter(|(h, p)| **h == y && **p >= 0.4).count() as f64;
        let benefit = positive(1.0) / n - positive(0.0) / n * 0.4 / 0.6;
        prop_assert!((at.model.unwrap() - benefit).abs() < 1e-12);

        if risk.iter().sum::<f64>() > 0.0 {
            let tables = CalibrationTables::new(&outcomes, &risk, &quantile_cuts(&risk, 3).unwrap()).unwrap();
            let found = tables.calibration(horizon, 0.9).unwrap();
            prop_assert!((found.ratio - happened.iter().sum::<f64>() / risk.iter().sum::<f64>()).abs() < 1e-12);
            prop_assert_eq!(found.groups.iter().map(|group| group.cases).sum::<u64>(), time.len() as u64);
            prop_assert!(found.groups.windows(2).all(|pair| pair[0].expected < pair[1].expected));
        }
    }

    #[test]
    fn the_null_model_scores_its_closed_form(rows in cohort()) {
        let (time, event, _) = columns(&rows);
        let outcomes = Outcomes::new(&time, &event).unwrap();
        if let Ok(score) = brier(&outcomes, &vec![0.5; time.len()], 7.0) {
            // S (1 - S) is the weighted mean of the squared distances of the constant risk 1 - S.
            let spread = (1.0 - 4.0 * score.null).max(0.0).sqrt() / 2.0;
            let of = |risk: f64| brier(&outcomes, &vec![risk; time.len()], 7.0).unwrap().estimate;
            let found = of(0.5 - spread).min(of(0.5 + spread));
            prop_assert!((found - score.null).abs() < 1e-9);
        }
    }

    #[test]
    fn merged_tables_equal_the_pooled_ones(rows in cohort(), cut in 1usize..40) {
        let (time, event, risk) = columns(&rows);
        let cut = cut % (time.len() - 1) + 1;
        let (cuts, thresholds) = ([0.2, 0.5], [0.0, 0.5]);
        let of = |rows: std::ops::Range<usize>| {
            let outcomes = Outcomes::new(&time[rows.clone()], &event[rows.clone()]).unwrap();
            let decision = DecisionTables::new(&outcomes, &risk[rows.clone()], &thresholds).unwrap();
            (CalibrationTables::new(&outcomes, &risk[rows], &cuts).unwrap(), decision)
        };
        let (pooled, left, right) = (of(0..time.len()), of(0..cut), of(cut..time.len()));
        prop_assert_eq!(left.1.merge(&right.1).unwrap(), pooled.1);
        let merged = left.0.merge(&right.0).unwrap();
        match (merged.calibration(7.0, 0.95), pooled.0.calibration(7.0, 0.95)) {
            (Ok(a), Ok(b)) => {
                prop_assert_eq!(a.groups.len(), b.groups.len());
                prop_assert!((a.ratio - b.ratio).abs() <= 1e-12 * b.ratio);
                prop_assert_eq!(a.overall.interval, b.overall.interval);
            }
            (a, b) => prop_assert_eq!(a.unwrap_err(), b.unwrap_err()),
        }
    }
}

const TIME: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
const EVENT: [bool; 6] = [true, false, true, true, false, false];
const RISK: [f64; 6] = [0.9, 0.5, 0.6, 0.4, 0.2, 0.1];

fn six() -> Outcomes<'static> {
    Outcomes::new(&TIME, &EVENT).unwrap()
}

#[test]
fn what_is_no_probability_is_refused_with_its_row() {
    for bad in [f64::NAN, f64::INFINITY, -0.01, 1.01] {
        let mut risk = RISK;
        risk[4] = bad;
        let refused = StatsError::Probability { row: 4 };
        assert_eq!(brier(&six(), &risk, 3.5).unwrap_err(), refused);
        assert_eq!(brier_difference(&six(), &RISK, &risk, 3.5).unwrap_err(), refused);
        assert_eq!(calibration_slope(&six(), &risk, 3.5).unwrap_err(), refused);
        assert_eq!(calibration_in_the_large(&six(), &risk, 3.5).unwrap_err(), refused);
        assert_eq!(CalibrationTables::new(&six(), &risk, &[0.5]).unwrap_err(), refused);
        assert_eq!(quantile_cuts(&risk, 3).unwrap_err(), refused);
        assert_eq!(DecisionTables::new(&six(), &risk, &[0.5]).unwrap_err(), refused);
        let wide: Vec<f64> = risk.iter().flat_map(|p| [0.5, *p]).collect();
        assert_eq!(integrated_brier(&six(), &wide, &[1.0, 2.0]).unwrap_err(), refused);
    }
    assert!(matches!(brier(&six(), &RISK[..5], 3.5), Err(StatsError::Length { expected: 6, found: 5, .. })));
    assert!(matches!(integrated_brier(&six(), &RISK, &[1.0, 2.0]), Err(StatsError::Length { expected: 12, .. })));
    let mut zero = RISK;
    zero[5] = 0.0;
    assert_eq!(calibration_slope(&six(), &zero, 3.5).unwrap_err(), StatsError::ZeroRisk { row: 5 });
    assert_eq!(calibration_in_the_large(&six(), &zero, 3.5).unwrap_err(), StatsError::ZeroRisk { row: 5 });
    assert!(brier(&six(), &zero, 3.5).is_ok());
}

#[test]
fn horizons_beyond_follow_up_and_bad_settings_are_refused() {
    let tables = CalibrationTables::new(&six(), &RISK, &[0.45]).unwrap();
    let decision = DecisionTables::new(&six(), &RISK, &[0.3]).unwrap();
    let unreached = StatsError::NoControls { what: "the horizon" };
    for beyond in [6.5, 100.0] {
        assert_eq!(brier(&six(), &RISK, beyond).unwrap_err(), unreached);
        assert_eq!(tables.calibration(beyond, 0.95).unwrap_err(), unreached);
        assert_eq!(calibration_slope(&six(), &RISK, beyond).unwrap_err(), unreached);
        assert_eq!(calibration_in_the_large(&six(), &RISK, beyond).unwrap_err(), unreached);
        assert_eq!(decision.net_benefits(beyond).unwrap_err(), unreached);
    }
    for no_time in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        assert!(matches!(brier(&six(), &RISK, no_time), Err(StatsError::Setting { what: "horizon", .. })));
        assert!(matches!(tables.calibration(no_time, 0.95), Err(StatsError::Setting { what: "horizon", .. })));
        assert!(matches!(decision.net_benefits(no_time), Err(StatsError::Setting { what: "horizon", .. })));
    }
    assert!(matches!(tables.calibration(3.5, 1.0), Err(StatsError::Setting { what: "confidence level", .. })));
    for grid in [&[][..], &[1.0], &[2.0, 1.0], &[1.0, 1.0], &[1.0, f64::NAN]] {
        let risk = vec![0.5; 6 * grid.len()];
        assert!(matches!(integrated_brier(&six(), &risk, grid), Err(StatsError::Setting { .. })), "{grid:?}");
    }
    for threshold in [&[][..], &[1.0], &[-0.1], &[0.2, f64::NAN]] {
        assert!(matches!(DecisionTables::new(&six(), &RISK, threshold), Err(StatsError::Setting { .. })));
    }
    for cuts in [[0.5, 0.2], [0.5, f64::NAN]] {
        assert!(matches!(CalibrationTables::new(&six(), &RISK, &cuts), Err(StatsError::Setting { .. })));
    }
    assert!(matches!(quantile_cuts(&RISK, 0), Err(StatsError::Setting { .. })));
    assert!(matches!(quantile_cuts(&[], 2), Err(StatsError::Empty { .. })));
    assert!(tables.merge(&CalibrationTables::new(&six(), &RISK, &[0.5]).unwrap()).is_err());
    assert!(decision.merge(&DecisionTables::new(&six(), &RISK, &[0.5]).unwrap()).is_err());
    let one = Outcomes::new(&[2.0], &[true]).unwrap();
    assert!(matches!(brier(&one, &[0.5], 1.0), Err(StatsError::Setting { what: "number of cases", .. })));
}

#[test]
fn equal_predictions_make_one_group_and_no_slope() {
    let risk = [0.3; 6];
    let tables = CalibrationTables::new(&six(), &risk, &quantile_cuts(&risk, 4).unwrap()).unwrap();
    let found = tables.calibration(3.5, 0.95).unwrap();
    assert_eq!((found.groups.len(), found.groups[0].cases), (1, 6));
    assert_eq!(found.groups[0], found.overall);
    assert_eq!(calibration_slope(&six(), &risk, 3.5).unwrap_err(), StatsError::Constant { column: 0 });
    assert!(calibration_in_the_large(&six(), &risk, 3.5).unwrap().estimate.is_finite());
    let same = brier_difference(&six(), &risk, &risk, 3.5).unwrap();
    assert_eq!((same.estimate, same.std_err, same.p()), (0.0, 0.0, 1.0));
    let zero = CalibrationTables::new(&six(), &[0.0; 6], &[0.5]).unwrap();
    assert!(matches!(zero.calibration(3.5, 0.95), Err(StatsError::Setting { what: "mean predicted risk", .. })));
}

#[test]
fn without_events_scores_stand_and_ratios_have_no_interval() {
    let censored = Outcomes::new(&TIME, &[false; 6]).unwrap();
    let score = brier(&censored, &RISK, 3.5).unwrap();
    assert_eq!((score.null, score.scaled), (0.0, None));
    assert!((score.estimate - (0.16 + 0.04 + 0.01) / 3.0).abs() < 1e-12);
    let found = CalibrationTables::new(&censored, &RISK, &[]).unwrap().calibration(3.5, 0.95).unwrap();
    assert_eq!((found.ratio, found.ratio_interval, found.overall.interval), (0.0, None, None));
    let none = StatsError::NoEvents { what: "the time up to the horizon" };
    assert_eq!(calibration_slope(&censored, &RISK, 3.5).unwrap_err(), none);
    assert_eq!(calibration_in_the_large(&censored, &RISK, 3.5).unwrap_err(), none);
}

#[test]
fn a_group_includes_its_upper_end() {
    // As R `cut(risk, quantile(risk, 0:2 / 2), include.lowest = TRUE)`.
    let (time, risk) = ([4.0, 5.0, 6.0, 7.0, 8.0], [0.1, 0.5, 0.3, 0.2, 0.4]);
    assert_eq!(quantile_cuts(&risk, 2).unwrap(), [0.3]);
    assert_eq!(quantile_cuts(&risk, 3).unwrap(), [0.2 + (0.3 - 0.2) / 3.0, 0.3 + (0.4 - 0.3) * 2.0 / 3.0]);
    let outcomes = Outcomes::new(&time, &[true; 5]).unwrap();
    let found = CalibrationTables::new(&outcomes, &risk, &[0.3]).unwrap().calibration(5.0, 0.95).unwrap();
    assert_eq!(found.groups.iter().map(|group| (group.cases, group.events)).collect::<Vec<_>>(), [(3, 1), (2, 1)]);
}

#[test]
fn a_group_lost_before_the_horizon_has_no_observed_risk() {
    // The two of highest risk are censored at 1 and 2; all others are followed to 9.
    let (time, event) = ([1.0, 2.0, 9.0, 9.0], [false, false, true, false]);
    let (outcomes, risk) = (Outcomes::new(&time, &event).unwrap(), [0.8, 0.9, 0.2, 0.1]);
    let found = CalibrationTables::new(&outcomes, &risk, &[0.5]).unwrap().calibration(5.0, 0.95).unwrap();
    assert_eq!((found.groups[0].observed, found.groups[1].observed), (Some(0.0), None));
    assert_eq!(found.groups[1].interval, None);
    let at = DecisionTables::new(&outcomes, &risk, &[0.5, 0.95]).unwrap().net_benefits(5.0).unwrap();
    assert_eq!((at[0].positives, at[0].model), (2, None));
    assert_eq!((at[1].positives, at[1].model), (0, Some(0.0)));
}

#[test]
fn one_time_for_all_and_everybody_dead() {
    let (time, risk) = ([2.0; 4], [0.1, 0.2, 0.6, 0.9]);
    let tied = Outcomes::new(&time, &[true, true, false, false]).unwrap();
    // Those censored at the horizon itself are not known to be free of the event beyond it.
    assert!(matches!(brier(&tied, &risk, 2.0), Err(StatsError::NoControls { .. })));
    assert!((brier(&tied, &risk, 1.0).unwrap().estimate - (0.01 + 0.04 + 0.36 + 0.81) / 4.0).abs() < 1e-12);
    let dead = Outcomes::new(&time, &[true; 4]).unwrap();
    let score = brier(&dead, &risk, 3.0).unwrap();
    assert!((score.estimate - (0.81 + 0.64 + 0.16 + 0.01) / 4.0).abs() < 1e-12);
    assert_eq!(score.scaled, None);
    let found = CalibrationTables::new(&dead, &risk, &[]).unwrap().calibration(3.0, 0.95).unwrap();
    assert_eq!((found.overall.observed, found.ratio_interval), (Some(1.0), None));
    assert!(matches!(calibration_in_the_large(&dead, &risk, 3.0), Err(StatsError::NoControls { .. })));
}

#[test]
fn a_risk_rounded_to_one_can_be_recalibrated() {
    let time: Vec<f64> = (1..=30).map(f64::from).collect();
    let event: Vec<bool> = (0..30).map(|row| row % 4 != 3).collect();
    let mut risk: Vec<f64> = (0..30).map(|row| 0.95 - 0.03 * f64::from(row * 7 % 30)).collect();
    risk[2] = 1.0;
    let outcomes = Outcomes::new(&time, &event).unwrap();
    assert!(calibration_slope(&outcomes, &risk, 20.0).unwrap().std_err.is_finite());
    assert!(calibration_in_the_large(&outcomes, &risk, 20.0).unwrap().std_err.is_finite());
}
