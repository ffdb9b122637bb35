//! Cox regression against R `coxph` (survival 3.5; `tests/golden/stats.R`), and its invariances.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    cox::{CoxFit, CoxSettings, Ties, fit, robust_covariance, score_residuals},
    survival::Outcomes,
};

const TIGHT: f64 = 1e-9;

fn lung(columns: &[&str], strata: Option<&str>, settings: &CoxSettings) -> Option<CoxFit> {
    let table = Table::read("lung_cc.csv")?;
    let (time, event, values) = (table.column("time"), table.flags("event"), table.matrix(columns));
    let labels = strata.map(|name| table.labels(name));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let predictors = Predictors::new(&values, columns.len()).unwrap();
    Some(fit(&outcomes, &predictors, labels.as_deref(), settings).unwrap())
}

const FOUR: [&str; 4] = ["age", "sex", "ph.ecog", "wt.loss"];

#[test]
fn efron_equals_r() {
    let Some(fitted) = lung(&FOUR, None, &CoxSettings::default()) else { return };
    let coefficients = [0.013369094487560724, -0.5907745292322015, 0.5151110891820848, -0.009006051711800325];
    let std_errors = [0.009627671574288245, 0.17533938597581822, 0.1259882754195608, 0.006657585067263367];
    near(&fitted.coefficients, &coefficients, TIGHT);
    near(&fitted.std_errors(), &std_errors, TIGHT);
    near(&[fitted.covariance[1], fitted.covariance[4]], &[-7.971505254264102e-06; 2], TIGHT);
    let log_likelihoods = [fitted.null_log_likelihood, fitted.log_likelihood];
    near(&log_likelihoods, &[-675.0243733183319, -659.5140985304631], 1e-12);
    let tests = fitted.tests.unwrap();
    let statistics = [tests.score.chi_square, tests.wald.chi_square, tests.likelihood_ratio.chi_square];
    near(&statistics, &[30.645615811562607, 29.94172554334852, 31.020549575737505], TIGHT);
    let at_zero = (-fitted.coefficients.iter().zip(&fitted.means).map(|(b, m)| b * m).sum::<f64>()).exp();
    let hazards = [100.0, 365.0, 730.0].map(|time| fitted.baselines[0].at(time) * at_zero);
    near(&hazards, &[0.07900129886413272, 0.5548620190496831, 1.408478865609403], TIGHT);
    let survival = fitted.survival(&[60.0, 1.0, 1.0, 5.0], 0, 365.0).unwrap();
    near(&[survival], &[0.3339309044172931], TIGHT);
    assert_eq!((fitted.cases, fitted.events), (213, 151));
}

#[test]
fn breslow_equals_r() {
    let Some(fitted) = lung(&FOUR, None, &CoxSettings { ties: Ties::Breslow, penalty: None }) else { return };
    let coefficients = [0.01333974273203871, -0.5900490109157209, 0.5140334794309354, -0.008973948633164685];
    let std_errors = [0.00962732154645346, 0.17534763954335547, 0.12597784807884124, 0.0066568777846337445];
    near(&fitted.coefficients, &coefficients, TIGHT);
    near(&fitted.std_errors(), &std_errors, TIGHT);
    near(&[fitted.log_likelihood], &[-659.7542251624789], 1e-12);
    let survival = fitted.survival(&[60.0, 1.0, 1.0, 5.0], 0, 365.0).unwrap();
    near(&[survival], &[0.33470792531216637], TIGHT);
}

#[test]
fn strata_equal_r() {
    let Some(fitted) = lung(&["age", "ph.ecog", "wt.loss"], Some("sex"), &CoxSettings::default()) else { return };
    near(&fitted.coefficients, &[0.012690578233313158, 0.5178417392428911, -0.009523311942673482], TIGHT);
    near(&fitted.std_errors(), &[0.009603272571390941, 0.12738099020218252, 0.006715600919918228], TIGHT);
    near(&[fitted.null_log_likelihood, fitted.log_likelihood], &[-577.0800156667023, -566.7493609334781], 1e-12);
    let tests = fitted.tests.unwrap();
    near(&[tests.score.chi_square, tests.wald.chi_square], &[21.020373332648926, 20.56371644642667], TIGHT);
    assert_eq!(fitted.baselines.iter().map(|b| b.stratum).collect::<Vec<_>>(), vec![1, 2]);
    assert!(matches!(fitted.survival(&[60.0, 1.0, 5.0], 3, 365.0), Err(StatsError::Setting { .. })));
    assert!(matches!(fitted.survival(&[60.0, 1.0], 1, 365.0), Err(StatsError::Length { .. })));
}

#[test]
fn ridge_equals_r() {
    let Some(fitted) = lung(&FOUR, None, &CoxSettings { ties: Ties::Efron, penalty: Some(vec![1.0; 4]) }) else {
        return;
    };
    let coefficients = [0.013466341793930562, -0.5721938495307813, 0.5059010807443896, -0.008816191267932752];
    let std_errors = [0.009630685046230734, 0.17220361077160964, 0.1250432558460909, 0.006651247428426719];
    near(&fitted.coefficients, &coefficients, TIGHT);
    near(&fitted.std_errors(), &std_errors, TIGHT);
    assert_eq!(fitted.tests, None);
}

#[test]
fn pbc_equals_r_and_scikit_survival() {
    let Some(table) = Table::read("pbc312.csv") else { return };
    let (time, event) = (table.column("etime"), table.flags("st"));
    let values = table.matrix(&["age", "edema", "lb", "la", "lp"]);
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let fitted = fit(&outcomes, &Predictors::new(&values, 5).unwrap(), None, &CoxSettings::default()).unwrap();
    let coefficients = [0.0193634547724, 0.7521500051432, 0.8692572317617, -2.8697689312829, 2.1641523198281];
    near(&fitted.coefficients, &coefficients, 1e-11);
    let rows = Predictors::new(&values, 5).unwrap();
    let risks: Vec<f64> = (0..5).map(|case| 1.0 - fitted.survival(rows.row(case), 0, 5.0).unwrap()).collect();
    near(&risks, &[0.999998880756, 0.119628478186, 0.473502239101, 0.650742249891, 0.329565715336], 1e-9);
}

/// A small cohort from numbers: predictors, tied times, events.
fn cohort(numbers: &[(i8, i8, u8, bool)]) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let values = numbers.iter().flat_map(|n| [f64::from(n.0) / 16.0, f64::from(n.1) / 16.0]).collect();
    let time = numbers.iter().map(|n| f64::from(n.2 % 20) + 1.0).collect();
    (values, time, numbers.iter().map(|n| n.3).collect())
}

fn fit_of(values: &[f64], time: &[f64], event: &[bool]) -> Result<CoxFit, StatsError> {
    let (outcomes, predictors) = (Outcomes::new(time, event)?, Predictors::new(values, 2)?);
    fit(&outcomes, &predictors, None, &CoxSettings::default())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-8 * (1.0 + a.abs())
}

proptest! {
    #[test]
    fn order_shift_and_scale_do_not_matter(numbers in proptest::collection::vec(any::<(i8, i8, u8, bool)>(), 30..80)) {
        let (values, time, event) = cohort(&numbers);
        if let Ok(fitted) = fit_of(&values, &time, &event) {
            let mut turned = numbers.clone();
            turned.reverse();
            let (values_t, time_t, event_t) = cohort(&turned);
            let other = fit_of(&values_t, &time_t, &event_t).unwrap();
            prop_assert!((0..2).all(|j| close(fitted.coefficients[j], other.coefficients[j])));

            let moved: Vec<f64> = values.chunks(2).flat_map(|row| [row[0] * 8.0 + 1000.0, row[1] * -0.01]).collect();
            let other = fit_of(&moved, &time, &event).unwrap();
            prop_assert!(close(fitted.coefficients[0], other.coefficients[0] * 8.0));
            prop_assert!(close(fitted.coefficients[1], other.coefficients[1] * -0.01));
            prop_assert!(close(fitted.log_likelihood, other.log_likelihood));
            prop_assert!(close(fitted.covariance[0], other.covariance[0] * 64.0));
        }
    }
}

#[test]
fn constant_and_collinear_predictors_are_named() {
    let time: Vec<f64> = (1..=40).map(f64::from).collect();
    let event = vec![true; 40];
    let of = |other: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..40).flat_map(|i| [f64::from(i * 7 % 11), other(f64::from(i * 7 % 11))]).collect()
    };
    assert_eq!(fit_of(&of(&|_| 3.0), &time, &event), Err(StatsError::Constant { column: 1 }));
    assert_eq!(fit_of(&of(&|x| 3.0 - 0.1 * x), &time, &event), Err(StatsError::Collinear { column: 1 }));
    // Varies only among those censored before the first event.
    let values: Vec<f64> = (0..40).flat_map(|i| [f64::from(i * 7 % 11), f64::from(u8::from(i == 0))]).collect();
    let late: Vec<bool> = (0..40).map(|i| i > 0).collect();
    assert_eq!(fit_of(&values, &time, &late), Err(StatsError::Constant { column: 1 }));
}

#[test]
fn a_penalty_admits_collinear_predictors() {
    let time: Vec<f64> = (1..=40).map(f64::from).collect();
    let values: Vec<f64> = (0..40).flat_map(|i| [f64::from(i * 7 % 11), f64::from(i * 7 % 11)]).collect();
    let (outcomes, event) = (vec![true; 40], CoxSettings { ties: Ties::Efron, penalty: Some(vec![1.0; 2]) });
    let outcomes = Outcomes::new(&time, &outcomes).unwrap();
    let fitted = fit(&outcomes, &Predictors::new(&values, 2).unwrap(), None, &event).unwrap();
    assert!((fitted.coefficients[0] - fitted.coefficients[1]).abs() < 1e-12);
}

#[test]
fn monotone_likelihood_is_named() {
    // Every event has the second predictor at 1, every censored case at 0: its hazard ratio is infinite.
    let time: Vec<f64> = (1..=40).map(f64::from).collect();
    let event: Vec<bool> = (0..40).map(|i| i % 2 == 0).collect();
    let values: Vec<f64> = (0..40).flat_map(|i| [f64::from(i * 7 % 11), f64::from((i + 1) % 2)]).collect();
    assert_eq!(fit_of(&values, &time, &event), Err(StatsError::InfiniteCoefficient { column: 1 }));
}

#[test]
fn all_censored_and_mismatched_input_is_refused() {
    let (values, time) = ([1.0, 2.0, 3.0, 5.0], [1.0, 2.0]);
    assert!(matches!(fit_of(&values, &time, &[false, false]), Err(StatsError::NoEvents { .. })));
    assert!(matches!(fit_of(&values[..2], &time, &[true, true]), Err(StatsError::Length { .. })));
    let outcomes = Outcomes::new(&time, &[true, true]).unwrap();
    let predictors = Predictors::new(&values, 2).unwrap();
    let penalty = |penalty| CoxSettings { ties: Ties::Efron, penalty: Some(penalty) };
    assert!(matches!(fit(&outcomes, &predictors, None, &penalty(vec![1.0])), Err(StatsError::Length { .. })));
    assert!(matches!(fit(&outcomes, &predictors, None, &penalty(vec![1.0, -1.0])), Err(StatsError::Setting { .. })));
    let strata = fit(&outcomes, &predictors, Some(&[0]), &CoxSettings::default());
    assert!(matches!(strata, Err(StatsError::Length { .. })));
}

/// Robust standard errors by R `coxph(robust = TRUE)` and `cluster` (`tests/golden/cox_robust.R`), with the covariance of the first two.
#[test]
fn robust_variance_equals_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let (age, sex) = (table.labels("age"), table.labels("sex"));
    let robust = |columns: &[&str], strata: Option<&[usize]>, ties: Ties, clusters: Option<&[usize]>| {
        let values = table.matrix(columns);
        let predictors = Predictors::new(&values, columns.len()).unwrap();
        let settings = CoxSettings { ties, penalty: None };
        let fitted = fit(&outcomes, &predictors, strata, &settings).unwrap();
        let covariance = robust_covariance(&fitted, &outcomes, &predictors, strata, &settings, clusters).unwrap();
        let mut numbers: Vec<f64> =
            (0..columns.len()).map(|column| covariance[column * (columns.len() + 1)].sqrt()).collect();
        numbers.push(covariance[1]);
        let residuals = score_residuals(&fitted, &outcomes, &predictors, strata, &settings).unwrap();
        (numbers, residuals)
    };
    let (efron, residuals) = robust(&FOUR, None, Ties::Efron, None);
    let reference = [0.010708935365816373, 0.17166626125683315, 0.13373218201227133, 0.007072537435440258];
    near(&efron[..4], &reference, TIGHT);
    near(&efron[4..], &[-8.844561555108169e-05], TIGHT);
    let reference = [1.4034941600592608, -0.050268081440483565, -0.16343100384928572, 0.14437321999741118];
    near(&residuals[..4], &reference, TIGHT);
    let reference = [-51.65815740774496, 1.4676693896901976, -0.27773886073886006, 44.74874132938293];
    near(&residuals[16..20], &reference, TIGHT);
    let reference = [0.00929957526037296, 0.1716804599900877, 0.14729501017955784, 0.007073912988637277];
    near(&robust(&FOUR, None, Ties::Efron, Some(&age)).0[..4], &reference, TIGHT);
    let reference = [0.010686874997767846, 0.17139189635100943, 0.1334443968815205, 0.007057613431599259];
    near(&robust(&FOUR, None, Ties::Breslow, None).0[..4], &reference, TIGHT);
    let reference = [0.00928361127757139, 0.17133547886618572, 0.14693895911881277, 0.007056515524781041];
    near(&robust(&FOUR, None, Ties::Breslow, Some(&age)).0[..4], &reference, TIGHT);
    let three = ["age", "ph.ecog", "wt.loss"];
    let reference = [0.008775857732281414, 0.14404031855401941, 0.007052917255901513];
    near(&robust(&three, Some(&sex), Ties::Efron, Some(&age)).0[..3], &reference, TIGHT);
}

#[test]
fn robust_variance_refuses_what_has_none() {
    let time: Vec<f64> = (1..=40).map(f64::from).collect();
    let event = vec![true; 40];
    let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
    let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 1).unwrap());
    let plain = CoxSettings::default();
    let fitted = fit(&outcomes, &predictors, None, &plain).unwrap();
    let refused = |settings: &CoxSettings, clusters: &[usize]| {
        robust_covariance(&fitted, &outcomes, &predictors, None, settings, Some(clusters)).unwrap_err()
    };
    let ridge = CoxSettings { penalty: Some(vec![1.0]), ..plain.clone() };
    assert!(matches!(refused(&ridge, &[0; 40]), StatsError::Setting { .. }));
    assert!(matches!(refused(&plain, &[0; 40]), StatsError::Setting { .. }));
    assert!(matches!(refused(&plain, &[0; 39]), StatsError::Length { .. }));
}
