//! Concordance against R `concordance` (survival), AUC against R `Score` (riskRegression) and plain counting.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    cox::{CoxSettings, fit},
    discrimination::{auc_difference, concordance, cumulative_dynamic_auc, uno_concordance},
    survival::Outcomes,
};

/// Time, event and the linear predictor of a Cox model.
fn scored(file: &str, time: &str, event: &str, columns: &[&str]) -> Option<(Vec<f64>, Vec<bool>, Vec<f64>)> {
    let table = Table::read(file)?;
    let (time, event, values) = (table.column(time), table.flags(event), table.matrix(columns));
    let predictors = Predictors::new(&values, columns.len()).unwrap();
    let fitted = fit(&Outcomes::new(&time, &event).unwrap(), &predictors, None, &CoxSettings::default()).unwrap();
    let risk = predictors.iter().map(|row| fitted.linear_predictor(row).unwrap()).collect();
    Some((time, event, risk))
}

#[test]
fn concordance_of_cox_equals_r() {
    let columns = ["age", "sex", "ph.ecog", "wt.loss"];
    let Some((time, event, risk)) = scored("lung_cc.csv", "time", "event", &columns) else { return };
    let c = concordance(&Outcomes::new(&time, &event).unwrap(), &risk).unwrap();
    assert_eq!([c.concordant, c.discordant, c.tied_risk, c.tied_time, c.tied_both], [10991, 6003, 6, 22, 0]);
    near(&[c.estimate, c.std_err], &[0.6467058823529412, 0.026358791453705108], 1e-12);
}

#[test]
fn concordance_with_many_ties_equals_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let c = concordance(&Outcomes::new(&time, &event).unwrap(), &table.column("ph.ecog")).unwrap();
    assert_eq!([c.concordant, c.discordant, c.tied_risk, c.tied_time, c.tied_both], [7193, 3670, 6137, 16, 6]);
    near(&[c.estimate, c.std_err], &[0.6036176470588235, 0.025049296743432842], 1e-12);
}

#[test]
fn auc_equals_risk_regression() {
    let columns = ["age", "edema", "lb", "la", "lp"];
    let Some((time, event, risk)) = scored("pbc312.csv", "etime", "st", &columns) else { return };
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let auc = cumulative_dynamic_auc(&outcomes, &risk, &[1.0, 2.0, 3.0, 5.0]).unwrap();
    let estimates: Vec<f64> = auc.iter().map(|auc| auc.estimate).collect();
    near(&estimates, &[0.918965517241, 0.859712230216, 0.880017319924, 0.902748034064], 1e-11);
    let std_errors: Vec<f64> = auc.iter().map(|auc| auc.std_err).collect();
    // Up to 5 years an event and a censoring share a day, which `Score` books a little differently (2e-7 to 2e-6 of the
    // error).
    near(&std_errors[..3], &[0.0396747363127, 0.0409443045854, 0.0239495353174], 1e-10);
    near(&std_errors[3..], &[0.0200679037653], 1e-6);
    let c = concordance(&outcomes, &risk).unwrap();
    near(&[c.estimate, c.std_err], &[0.823760790866, 0.0181567868237], 1e-11);

    let Some((_, _, small)) = scored("pbc312.csv", "etime", "st", &columns[..2]) else { return };
    let auc = cumulative_dynamic_auc(&outcomes, &small, &[1.0, 5.0]).unwrap();
    near(&[auc[0].estimate, auc[1].estimate], &[0.846708463950, 0.675263303578], 1e-11);
    near(&[auc[0].std_err, auc[1].std_err], &[0.0523296212596, 0.0365367473318], 3e-6);
    let paired = [1.0, 2.0, 3.0, 5.0].map(|time| auc_difference(&outcomes, &small, &risk, time).unwrap());
    let differences = [-0.0722570532915, -0.0445408379179, -0.1733711569781, -0.2274847304859];
    near(&paired.map(|found| found.estimate), &differences, 1e-9);
    let std_errors = [0.0382316050553, 0.0379990481900, 0.0371954646395, 0.0364116596303];
    near(&paired.map(|found| found.std_err), &std_errors, 1e-5);
    near(&[paired[0].p()], &[5.87603398234e-02], 1e-8);
    let same = auc_difference(&outcomes, &risk, &risk, 5.0).unwrap();
    assert_eq!((same.estimate, same.std_err), (0.0, 0.0));
    assert!(matches!(auc_difference(&outcomes, &risk, &small[1..], 5.0), Err(StatsError::Length { .. })));
}

#[test]
fn uno_equals_r() {
    let columns = ["age", "edema", "lb", "la", "lp"];
    let Some((time, event, risk)) = scored("pbc312.csv", "etime", "st", &columns) else { return };
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let reference = [
        (5.0, 0.849218261597, 0.019156611334),
        (10.0, 0.792066118179, 0.0204343903129),
        (99.0, 0.782115950078, 0.0216535164328),
    ];
    for (horizon, estimate, std_err) in reference {
        let uno = uno_concordance(&outcomes, &risk, horizon).unwrap();
        near(&[uno.estimate, uno.std_err], &[estimate, std_err], 1e-11);
    }
    assert!(matches!(uno_concordance(&outcomes, &risk, 0.01), Err(StatsError::NoEvents { .. })));
    let columns = ["age", "sex", "ph.ecog", "wt.loss"];
    let Some((time, event, risk)) = scored("lung_cc.csv", "time", "event", &columns) else { return };
    let uno = uno_concordance(&Outcomes::new(&time, &event).unwrap(), &risk, f64::INFINITY).unwrap();
    near(&[uno.estimate, uno.std_err], &[0.631529664703, 0.0247216711312], 1e-11);
}

fn cohort() -> impl Strategy<Value = Vec<(u8, bool, u8)>> {
    proptest::collection::vec((1u8..15, any::<bool>(), 0u8..6), 2..40)
}

proptest! {
    #[test]
    fn concordance_equals_plain_counting(rows in cohort()) {
        let (mut concordant, mut discordant, mut tied) = (0, 0, 0);
        for (t, event, risk) in &rows {
            for (other, other_event, other_risk) in &rows {
                if *event && (t < other || (t == other && !other_event)) {
                    match risk.cmp(other_risk) {
                        std::cmp::Ordering::Greater => concordant += 1,
                        std::cmp::Ordering::Less => discordant += 1,
                        std::cmp::Ordering::Equal => tied += 1,
                    }
                }
            }
        }
        let (time, event, risk) = columns(&rows);
        match concordance(&Outcomes::new(&time, &event).unwrap(), &risk) {
            Ok(c) => prop_assert_eq!([c.concordant, c.discordant, c.tied_risk], [concordant, discordant, tied]),
            Err(error) => {
                let no_pair = matches!(error, StatsError::NoEvents { .. });
                prop_assert!(no_pair);
                prop_assert_eq!(concordant + discordant + tied, 0);
            }
        }
    }

    #[test]
    fn auc_without_censoring_counts_pairs(rows in cohort()) {
        let (time, _, risk) = columns(&rows);
        let event = vec![true; time.len()];
        let horizon = 7.0;
        let (mut won, mut pairs) = (0.0, 0.0);
        for i in (0..time.len()).filter(|i| time[*i] <= horizon) {
            for j in (0..time.len()).filter(|j| time[*j] > horizon) {
                pairs += 1.0;
                won += if risk[i] > risk[j] { 1.0 } else if risk[i] == risk[j] { 0.5 } else { 0.0 };
            }
        }
        match cumulative_dynamic_auc(&Outcomes::new(&time, &event).unwrap(), &risk, &[horizon]) {
            Ok(auc) => prop_assert!((auc[0].estimate - won / pairs).abs() < 1e-12),
            Err(_) => prop_assert_eq!(pairs, 0.0),
        }
    }
}

fn columns(rows: &[(u8, bool, u8)]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let time = rows.iter().map(|row| f64::from(row.0)).collect();
    (time, rows.iter().map(|row| row.1).collect(), rows.iter().map(|row| f64::from(row.2)).collect())
}

#[test]
fn horizons_without_events_or_controls_and_bad_scores_are_refused() {
    let (time, event) = ([1.0, 2.0, 3.0], [false, true, true]);
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let risk = [0.1, 0.2, 0.3];
    assert!(matches!(cumulative_dynamic_auc(&outcomes, &risk, &[1.5]), Err(StatsError::NoEvents { .. })));
    assert!(matches!(cumulative_dynamic_auc(&outcomes, &risk, &[3.0]), Err(StatsError::NoControls { .. })));
    assert!(matches!(cumulative_dynamic_auc(&outcomes, &risk[..2], &[2.0]), Err(StatsError::Length { .. })));
    assert!(matches!(concordance(&outcomes, &[0.1, f64::NAN, 0.2]), Err(StatsError::NotFinite { row: 1, .. })));
    let censored = Outcomes::new(&time, &[false; 3]).unwrap();
    assert!(matches!(concordance(&censored, &risk), Err(StatsError::NoEvents { .. })));
}
