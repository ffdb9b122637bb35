//! Kaplan-Meier, Nelson-Aalen and log-rank against R (`survfit`, `survdiff`; `tests/golden/stats.R`).

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    StatsError, distribution,
    survival::{IntervalForm, KaplanMeier, NelsonAalen, Outcomes, RiskTable, group_tables, log_rank},
};

const TIMES: [f64; 3] = [100.0, 365.0, 730.0];

#[test]
fn kaplan_meier_and_nelson_aalen_equal_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let risk = RiskTable::new(&Outcomes::new(&time, &event).unwrap());
    let curve = KaplanMeier::new(&risk);
    let survival = [0.8778597510991878, 0.4322906857516434, 0.12421878919379621];
    let std_errors = [0.022444060336819675, 0.037368066884269927, 0.030267213727152884];
    near(&TIMES.map(|t| curve.survival_at(t)), &survival, 1e-12);
    near(&TIMES.map(|t| curve.std_err_at(t).unwrap()), &std_errors, 1e-12);
    assert_eq!(TIMES.map(|t| risk.at_risk(t)), [186, 64, 13]);
    for (form, lower, upper) in [
        (
            IntervalForm::Log,
            [0.8349541779124389, 0.36491887172404197, 0.07705185313834821],
            [0.9229701018164667, 0.5121007749057835, 0.2002587473278202],
        ),
        (
            IntervalForm::Plain,
            [0.8338702011721774, 0.35905062048659053, 0.06489614037620023],
            [0.9218493010261982, 0.5055307510166963, 0.1835414380113922],
        ),
        (
            IntervalForm::LogLog,
            [0.8258181719884196, 0.3582921932557339, 0.07263023223205407],
            [0.9151468435711285, 0.5039639260260168, 0.19035307947836191],
        ),
    ] {
        let intervals = TIMES.map(|t| curve.interval_at(t, 0.95, form).unwrap().unwrap());
        near(&intervals.map(|i| i.lower), &lower, 1e-12);
        near(&intervals.map(|i| i.upper), &upper, 1e-12);
    }
    assert_eq!([0.25, 0.5, 0.75].map(|p| curve.quantile(p).unwrap()), [180.0, 337.0, 567.0]);
    let hazard = NelsonAalen::new(&risk);
    near(&TIMES.map(|t| hazard.at(t).0), &[0.1298185824445814, 0.8337003483087576, 2.0542326748018125], 1e-12);
    near(&TIMES.map(|t| hazard.at(t).1), &[0.025478469189198466, 0.08586093521411232, 0.23818494043683927], 1e-12);
}

#[test]
fn log_rank_equals_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let sex = log_rank(&[group_tables(&outcomes, &table.labels("sex"), 3).unwrap()]).unwrap();
    near(&[sex.chi_square, sex.p], &[9.597560833613096, 0.0019483600885090056], 1e-11);
    assert_eq!((sex.degrees, sex.observed), (1, vec![0.0, 102.0, 49.0]));
    near(&sex.expected[1..], &[83.15245379004035, 67.84754620995962], 1e-12);
    let ecog = log_rank(&[group_tables(&outcomes, &table.labels("ph.ecog"), 4).unwrap()]).unwrap();
    near(&[ecog.chi_square, ecog.p], &[20.538361058840415, 0.00013126703821746014], 1e-11);
    assert_eq!(ecog.degrees, 3);
}

#[test]
fn stratified_log_rank_equals_r() {
    let Some(table) = Table::read("lung_cc.csv") else { return };
    let (time, event) = (table.column("time"), table.flags("event"));
    let (sex, ecog) = (table.labels("sex"), table.labels("ph.ecog"));
    let strata: Vec<Vec<RiskTable>> = [1, 2]
        .map(|stratum| {
            let rows: Vec<usize> = (0..sex.len()).filter(|row| sex[*row] == stratum).collect();
            let time: Vec<f64> = rows.iter().map(|row| time[*row]).collect();
            let event: Vec<bool> = rows.iter().map(|row| event[*row]).collect();
            let group: Vec<usize> = rows.iter().map(|row| ecog[*row]).collect();
            group_tables(&Outcomes::new(&time, &event).unwrap(), &group, 4).unwrap()
        })
        .into();
    let test = log_rank(&strata).unwrap();
    near(&[test.chi_square, test.p], &[20.502588115923633, 0.0001335295935409812], 1e-11);
    let expected = [51.206436400858166, 76.91835288131516, 22.676483166660287, 0.19872755116637322];
    near(&test.expected, &expected, 1e-12);
}

#[test]
fn distributions_equal_r() {
    let tails = [
        distribution::chi_square_upper_tail(10.3267419549, 1),
        distribution::chi_square_upper_tail(44.37571259, 20),
        distribution::chi_square_upper_tail(300.0, 3),
        distribution::chi_square_upper_tail(0.01, 50),
    ];
    near(&tails, &[0.0013111645203452821, 0.0013399410665052138, 9.948758346327708e-65, 1.0], 1e-11);
    let quantiles = [0.975, 0.995, 0.5001, 0.9999999].map(distribution::normal_quantile);
    near(&quantiles, &[1.9599639845400536, 2.5758293035489, 0.0002506628300880075, 5.199337582290662], 1e-11);
    let tails = [0.1, 1.96, 6.0, 30.0].map(distribution::normal_upper_tail);
    near(&tails, &[0.460172162722971, 0.024997895148220428, 9.86587645037698e-10, 4.906713927148187e-198], 1e-11);
    assert!(distribution::normal_quantile(1.5).is_nan());
    assert_eq!(distribution::chi_square_upper_tail(0.0, 3), 1.0);
}

fn outcome() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    proptest::collection::vec((1u8..30, any::<bool>()), 1..80)
        .prop_map(|rows| rows.into_iter().map(|(time, event)| (f64::from(time), event)).unzip())
}

proptest! {
    #[test]
    fn curves_fall_within_their_intervals((time, event) in outcome()) {
        let curve = KaplanMeier::new(&RiskTable::new(&Outcomes::new(&time, &event).unwrap()));
        prop_assert!(curve.survival.windows(2).all(|pair| pair[1] < pair[0]));
        prop_assert!(curve.survival.iter().all(|s| (0.0..1.0).contains(s)));
        for form in [IntervalForm::Plain, IntervalForm::Log, IntervalForm::LogLog] {
            for t in &time {
                if let Some(interval) = curve.interval_at(*t, 0.95, form).unwrap() {
                    let survival = curve.survival_at(*t);
                    prop_assert!(interval.lower <= survival && survival <= interval.upper);
                }
            }
        }
    }

    #[test]
    fn merged_tables_equal_the_pooled_one((time, event) in outcome(), cut in 0usize..80) {
        let pooled = RiskTable::new(&Outcomes::new(&time, &event).unwrap());
        let cut = cut % time.len();
        let part = |rows: std::ops::Range<usize>| {
            Outcomes::new(&time[rows.clone()], &event[rows]).map_or_else(|_| RiskTable::default(), |o| RiskTable::new(&o))
        };
        let (left, right) = (part(0..cut), part(cut..time.len()));
        prop_assert_eq!(&left.merge(&right), &pooled);
        prop_assert_eq!(&right.merge(&left), &pooled);
    }
}

#[test]
fn curves_without_events_or_people_left() {
    let all_censored = RiskTable::new(&Outcomes::new(&[1.0, 2.0], &[false, false]).unwrap());
    let curve = KaplanMeier::new(&all_censored);
    assert_eq!((curve.survival_at(5.0), curve.quantile(0.5)), (1.0, None));
    assert!(matches!(log_rank(&[vec![all_censored.clone(), all_censored]]), Err(StatsError::NoEvents { .. })));
    assert!(matches!(log_rank(&[]), Err(StatsError::Empty { .. })));
    let table = RiskTable::new(&Outcomes::new(&[1.0, 2.0, 2.0, 3.0], &[true, true, false, false]).unwrap());
    assert_eq!([0.5, 1.0, 2.0, 2.5, 3.5].map(|time| table.at_risk(time)), [4, 4, 3, 1, 0]);
    let all_dead = KaplanMeier::new(&RiskTable::new(&Outcomes::new(&[1.0, 2.0], &[true, true]).unwrap()));
    assert_eq!((all_dead.survival_at(2.0), all_dead.std_err_at(2.0)), (0.0, None));
    assert_eq!(all_dead.interval_at(2.0, 0.95, IntervalForm::Log).unwrap(), None);
    assert!(matches!(all_dead.interval_at(1.0, 95.0, IntervalForm::Log), Err(StatsError::Setting { .. })));
    assert_eq!(all_dead.quantile(0.5), Some(1.5));
    let outcomes = Outcomes::new(&[1.0, 2.0], &[true, true]).unwrap();
    assert!(matches!(group_tables(&outcomes, &[0, 2], 2), Err(StatsError::Label { row: 1, .. })));
}
