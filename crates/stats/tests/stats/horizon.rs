//! Logistic regression at a horizon, restricted mean, weighted log-rank tests and DeLong against R (`glm`, `survfit`,
//! `survdiff`, pROC; `tests/golden/horizon.R`), plain computation and bad input.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    discrimination::delong,
    logistic::{self, HorizonLogistic},
    survival::{
        Outcomes, RiskTable, Weighting, group_tables, log_rank, restricted_mean, restricted_mean_difference,
        weighted_log_rank,
    },
};

#[test]
fn weighted_logistic_equals_glm_and_the_jackknife() {
    let Some(table) = Table::read("pbc312.csv") else { return };
    let (time, event, values) = (table.column("etime"), table.flags("st"), table.matrix(&["age", "edema", "lb"]));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let fitted = logistic::fit(&outcomes, &Predictors::new(&values, 3).unwrap(), 5.0).unwrap();
    near(&[fitted.intercept], &[-4.892413063270234], 1e-9);
    near(&fitted.coefficients, &[0.05269220226458047, 2.001573578985818, 1.840347168386198], 1e-9);
    // The jackknife takes a loss of 1 in n as -log(1 - 1 / n).
    let std_errors = [1.123848612538294, 0.02073495463531281, 0.8245104418160277, 0.2642840349180121];
    near(&fitted.std_errors(), &std_errors, 3e-6);
    near(&[fitted.covariance[1], fitted.covariance[4]], &[-0.02276834999593559; 2], 6e-6);
    near(&[fitted.risk(&[50.0, 0.5, 1.0]).unwrap()], &[0.6418335104964462], 1e-9);
    assert_eq!((fitted.cases, fitted.controls), (98, 159));
    assert!(matches!(fitted.risk(&[50.0]), Err(StatsError::Length { expected: 3, found: 1, .. })));
}

fn logistic_of(values: &[f64], time: &[f64], event: &[bool], horizon: f64) -> Result<HorizonLogistic, StatsError> {
    logistic::fit(&Outcomes::new(time, event)?, &Predictors::new(values, 1)?, horizon)
}

proptest! {
    #[test]
    fn a_binary_predictor_gives_the_log_odds_of_a_table(
        rows in proptest::collection::vec((1u8..15, any::<bool>()), 8..60),
    ) {
        let time: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let values: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(row.1))).collect();
        let count = |exposed: bool, late: bool| {
            rows.iter().filter(|row| row.1 == exposed && (row.0 > 7) == late).count() as f64
        };
        let cells = [count(true, false), count(true, true), count(false, false), count(false, true)];
        if cells.iter().all(|cell| *cell > 0.0) {
            let fitted = logistic_of(&values, &time, &vec![true; rows.len()], 7.0).unwrap();
            let odds = cells[0] * cells[3] / cells[1] / cells[2];
            prop_assert!((fitted.coefficients[0] - odds.ln()).abs() < 1e-9);
            prop_assert!((fitted.intercept - (cells[2] / cells[3]).ln()).abs() < 1e-9);
            // Without censoring the robust variance of a saturated model is the sum of the reciprocals.
            let n = rows.len() as f64;
            let variance = cells.iter().map(|cell| cell.recip()).sum::<f64>() * n / (n - 1.0);
            prop_assert!((fitted.covariance[3] - variance).abs() < 1e-7 * variance);
        }
    }
}

#[test]
fn logistic_refuses_what_cannot_be_fitted() {
    let time: Vec<f64> = (1..=20).map(f64::from).collect();
    let (event, values): (Vec<bool>, Vec<f64>) = (0..20).map(|i| (i % 3 != 2, f64::from(i * 7 % 11))).unzip();
    assert!(logistic_of(&values, &time, &event, 10.0).is_ok());
    assert_eq!(logistic_of(&time, &time, &event, 10.0), Err(StatsError::InfiniteCoefficient { column: 0 }));
    assert_eq!(logistic_of(&[2.0; 20], &time, &event, 10.0), Err(StatsError::Constant { column: 0 }));
    // Varies only in a case censored before the horizon, which has no weight.
    let lone: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i == 2))).collect();
    assert_eq!(logistic_of(&lone, &time, &event, 10.0), Err(StatsError::Constant { column: 0 }));
    assert!(matches!(logistic_of(&values, &time, &event, 0.5), Err(StatsError::NoEvents { .. })));
    assert!(matches!(logistic_of(&values, &time, &[false; 20], 10.0), Err(StatsError::NoEvents { .. })));
    assert!(matches!(logistic_of(&values, &time, &event, 20.0), Err(StatsError::NoControls { .. })));
    assert!(matches!(logistic_of(&values, &time, &[true; 20], 20.0), Err(StatsError::NoControls { .. })));
    assert!(matches!(logistic_of(&values, &time, &event, f64::NAN), Err(StatsError::Setting { .. })));
    assert!(matches!(logistic_of(&values[1..], &time, &event, 10.0), Err(StatsError::Length { .. })));
    let twice: Vec<f64> = values.iter().flat_map(|x| [*x, 1.0 - 2.0 * x]).collect();
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let collinear = logistic::fit(&outcomes, &Predictors::new(&twice, 2).unwrap(), 10.0);
    assert_eq!(collinear, Err(StatsError::Collinear { column: 1 }));
}

#[test]
fn restricted_mean_equals_r() {
    let Some(table) = Table::read("pbc312.csv") else { return };
    let (time, event) = (table.column("etime"), table.flags("st"));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let mean = restricted_mean(&RiskTable::new(&outcomes), 5.0).unwrap();
    near(&[mean.estimate, mean.std_err], &[4.161848782604852, 0.08087753279926385], 1e-12);
    let edema: Vec<usize> = table.flags("edema").into_iter().map(usize::from).collect();
    let groups = group_tables(&outcomes, &edema, 2).unwrap();
    let difference = restricted_mean_difference(&groups[1], &groups[0], 5.0).unwrap();
    near(&[difference.estimate, difference.std_err], &[-1.870904677155581, 0.2738379287633018], 1e-12);
}

#[test]
fn restricted_mean_ends_with_follow_up_or_with_the_last_event() {
    let table = |event: &[bool]| RiskTable::new(&Outcomes::new(&[1.0, 2.0, 4.0], event).unwrap());
    let dead = restricted_mean(&table(&[true; 3]), 9.0).unwrap();
    assert!((dead.estimate - 7.0 / 3.0).abs() < 1e-12);
    // Without censoring it is the mean of the times, cut at the horizon.
    let spread = [1.0, 2.0, 4.0].map(|t: f64| (t - 7.0 / 3.0).powi(2)).iter().sum::<f64>() / 9.0;
    assert!((dead.std_err - spread.sqrt()).abs() < 1e-12);
    assert_eq!(restricted_mean(&table(&[false; 3]), 3.0).unwrap().estimate, 3.0);
    let open = table(&[true, true, false]);
    assert!(restricted_mean(&open, 4.0).is_ok());
    assert_eq!(restricted_mean(&open, 4.5), Err(StatsError::NoControls { what: "the horizon" }));
    assert!(restricted_mean_difference(&table(&[true; 3]), &open, 4.5).is_err());
    assert!(matches!(restricted_mean(&open, f64::NAN), Err(StatsError::Setting { .. })));
    assert!(matches!(restricted_mean(&RiskTable::default(), 1.0), Err(StatsError::NoControls { .. })));
    let early = restricted_mean(&open, 0.5).unwrap();
    assert_eq!((early.estimate, early.std_err), (0.5, 0.0));
}

#[test]
fn weighted_log_rank_equals_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let (sex, ecog) = (table.labels("sex"), table.labels("ph.ecog"));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let groups = [group_tables(&outcomes, &ecog, 4).unwrap()];
    let test = |rho: f64| weighted_log_rank(&groups, Weighting::FlemingHarrington { rho }).unwrap();
    near(&[test(0.5).chi_square, test(1.0).chi_square], &[21.85756481097549, 22.09195779430772], 1e-11);
    near(&test(1.0).observed, &[19.07970985991717, 44.49321399884253, 26.79893823349663, 0.8588789997240704], 1e-12);
    near(&test(1.0).expected, &[29.49273357353614, 46.67323662299506, 14.91890470732949, 0.1458661881197093], 1e-12);
    assert_eq!(test(0.0), log_rank(&groups).unwrap());
    let strata: Vec<Vec<RiskTable>> = [1, 2]
        .map(|stratum| {
            let rows: Vec<usize> = (0..sex.len()).filter(|row| sex[*row] == stratum).collect();
            let time: Vec<f64> = rows.iter().map(|row| time[*row]).collect();
            let event: Vec<bool> = rows.iter().map(|row| event[*row]).collect();
            let group: Vec<usize> = rows.iter().map(|row| ecog[*row]).collect();
            group_tables(&Outcomes::new(&time, &event).unwrap(), &group, 4).unwrap()
        })
        .into();
    let chi_square = |rho: f64| weighted_log_rank(&strata, Weighting::FlemingHarrington { rho }).unwrap().chi_square;
    near(&[chi_square(0.5), chi_square(1.0)], &[22.85990885712534, 23.46319399127443], 1e-11);
    let gehan = weighted_log_rank(&[group_tables(&outcomes, &sex, 3).unwrap()], Weighting::Gehan).unwrap();
    let found = [gehan.chi_square, gehan.observed[1], gehan.expected[1], gehan.variance[4]];
    near(&found, &[11.61527551536013, 12301.0, 9592.0, 631812.90794999], 1e-11);
}

#[test]
fn log_rank_weights_outside_their_range_are_refused() {
    let outcomes = Outcomes::new(&[1.0, 2.0, 3.0], &[true, true, false]).unwrap();
    let groups = [group_tables(&outcomes, &[0, 1, 0], 2).unwrap()];
    for rho in [-1.0, f64::NAN, f64::INFINITY] {
        let refused = weighted_log_rank(&groups, Weighting::FlemingHarrington { rho });
        assert!(matches!(refused, Err(StatsError::Setting { .. })));
    }
    let censored = Outcomes::new(&[1.0, 2.0, 3.0], &[false; 3]).unwrap();
    let groups = [group_tables(&censored, &[0, 1, 0], 2).unwrap()];
    assert!(matches!(weighted_log_rank(&groups, Weighting::Gehan), Err(StatsError::NoEvents { .. })));
}

#[test]
fn delong_equals_proc() {
    let Some(table) = Table::read("aSAH.csv") else { return };
    // Poor outcome (Glasgow outcome scale 1 to 3) as an event before the horizon, all others followed beyond it.
    let poor: Vec<bool> = table.column("gos6").into_iter().map(|scale| scale <= 3.0).collect();
    let time: Vec<f64> = poor.iter().map(|poor| if *poor { 1.0 } else { 3.0 }).collect();
    let scores = ["s100b", "wfns", "ndka"].map(|name| table.column(name));
    let outcomes = Outcomes::new(&time, &poor).unwrap();
    let found = delong(&outcomes, 2.0, &[&scores[0], &scores[1], &scores[2]]).unwrap();
    near(&found.auc, &[0.731368563686, 0.823678861789, 0.611957994580], 1e-11);
    near(&[found.covariance[0], found.covariance[1]], &[0.00266868245717, 0.00119615567377], 1e-11);
    let (to_wfns, to_ndka) = (found.difference(0, 1).unwrap(), found.difference(0, 2).unwrap());
    near(&[to_wfns.z(), to_wfns.p()], &[-2.2089835914409, 0.0271757822292], 1e-10);
    near(&[to_ndka.z(), to_ndka.p()], &[1.390770025736, 0.164295175223], 1e-10);
    let same = found.difference(1, 1).unwrap();
    assert_eq!((same.estimate, same.p()), (0.0, 1.0));
    assert!(matches!(found.difference(0, 3), Err(StatsError::Label { found: 3, limit: 3, .. })));
}

#[test]
fn delong_refuses_censoring_and_lone_cases() {
    let time = [1.0, 2.0, 3.0, 4.0, 5.0];
    let score = [0.5, 0.4, 0.3, 0.2, 0.1];
    let of = |event: [bool; 5], horizon: f64, score: &[f64]| {
        delong(&Outcomes::new(&time, &event).unwrap(), horizon, &[score]).map(|found| found.auc[0])
    };
    assert_eq!(of([true, true, true, false, false], 2.5, &score), Ok(1.0));
    assert_eq!(of([true, true, true, false, false], 2.5, &[0.5; 5]), Ok(0.5));
    assert_eq!(of([true, false, true, true, true], 3.5, &score), Err(StatsError::Censored { row: 1 }));
    assert!(matches!(of([true; 5], 1.5, &score), Err(StatsError::Setting { .. })));
    assert!(matches!(of([true; 5], 4.5, &score), Err(StatsError::Setting { .. })));
    assert!(matches!(of([true; 5], 2.5, &score[1..]), Err(StatsError::Length { .. })));
    let not_finite = [0.5, 0.4, f64::NAN, 0.2, 0.1];
    assert!(matches!(of([true; 5], 2.5, &not_finite), Err(StatsError::NotFinite { row: 2, .. })));
    let outcomes = Outcomes::new(&time, &[true; 5]).unwrap();
    assert!(matches!(delong(&outcomes, 2.5, &[]), Err(StatsError::Empty { .. })));
}
