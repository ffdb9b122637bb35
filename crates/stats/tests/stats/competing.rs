//! Competing risks against R (`survfit`, `cmprsk`; `tests/golden/competing.R`), plain computation, invariances and bad
//! input.

use super::golden::{Table, near};
use proptest::prelude::*;
use renkei_stats::{
    Predictors, StatsError,
    competing::{AalenJohansen, CauseTable, CompetingOutcomes, FineGray, fine_gray, gray_test, group_cause_tables},
    cox::{CoxSettings, Ties, fit},
    survival::{KaplanMeier, Outcomes, RiskTable},
};

const TIMES: [f64; 4] = [1.0, 3.0, 5.0, 10.0];

/// Transplant (cause 1) and death (cause 2) in pbc312.
struct Pbc {
    table: Table,
    time: Vec<f64>,
    cause: Vec<usize>,
}

impl Pbc {
    /// By day, or with many ties by quarter.
    fn new(quarters: bool) -> Option<Self> {
        let table = Table::read("pbc312.csv")?;
        let on = |time: f64| if quarters { (time * 4.0).ceil() / 4.0 } else { time };
        let time = table.column("etime").into_iter().map(on).collect();
        Some(Self { cause: table.labels("st"), table, time })
    }

    fn outcomes(&self) -> CompetingOutcomes<'_> {
        CompetingOutcomes::new(&self.time, &self.cause, 2).unwrap()
    }

    fn groups(&self, group: impl Fn(f64) -> usize) -> Vec<CauseTable> {
        let group: Vec<usize> = self.table.column("edema").into_iter().map(group).collect();
        group_cause_tables(&self.outcomes(), &group, 3).unwrap()
    }
}

#[test]
fn aalen_johansen_equals_r() {
    type Reference = (usize, [f64; 4], [f64; 4], [f64; 4], [f64; 4]);
    let by_day: [Reference; 2] = [
        (
            1,
            [0.0, 0.02582684591508165, 0.04405629053213516, 0.07915102088628977],
            [0.0, 0.009013168055535738, 0.01197845610135399, 0.01844705425630645],
            [0.0, 0.01217343438995087, 0.02464063238260738, 0.04798306044265083],
            [0.0, 0.04819440837829825, 0.07190653400860962, 0.1202266647546756],
        ),
        (
            2,
            [0.07051282051282053, 0.1898420008321433, 0.2837364920995816, 0.5304694711538108],
            [0.0144936726530866, 0.02225354519092427, 0.02626704485008989, 0.04029762612348574],
            [0.04563707754703442, 0.1483835044181773, 0.2334302511788047, 0.4485121600745349],
            [0.102468049877225, 0.2352774008714643, 0.3359722832041249, 0.6057465718786579],
        ),
    ];
    let by_quarter: [Reference; 2] = [
        (
            1,
            [0.0, 0.02577817395488745, 0.0436822342447378, 0.07811334275643728],
            [0.0, 0.008996219516169785, 0.01187350282515779, 0.01815433967673768],
            [0.0, 0.01215090601441335, 0.02443904219918294, 0.04743773259492121],
            [0.0, 0.0481050988530619, 0.07129513280016406, 0.1185463176898364],
        ),
        (
            2,
            [0.07051282051282051, 0.1895990843025522, 0.2821304024378449, 0.5248715861926175],
            [0.01449367265308661, 0.02222616976813997, 0.02611901913488292, 0.03987401964102244],
            [0.0456370775470344, 0.1481936914488919, 0.2321226772024457, 0.4439251045829148],
            [0.1024680498772251, 0.234981295156959, 0.334089642822786, 0.5995051246356644],
        ),
    ];
    for (quarters, references) in [(false, by_day), (true, by_quarter)] {
        let Some(pbc) = Pbc::new(quarters) else { return };
        let curve = AalenJohansen::new(&CauseTable::new(&pbc.outcomes()));
        for (cause, incidence, std_errors, lower, upper) in references {
            near(&TIMES.map(|time| curve.at(cause, time).unwrap().0), &incidence, 1e-12);
            near(&TIMES.map(|time| curve.at(cause, time).unwrap().1), &std_errors, 1e-11);
            let interval = TIMES.map(|time| curve.interval_at(cause, time, 0.95).unwrap());
            assert_eq!(interval[0].is_none(), incidence[0] == 0.0);
            near(&interval.map(|of| of.map_or(0.0, |of| of.lower)), &lower, 1e-10);
            near(&interval.map(|of| of.map_or(0.0, |of| of.upper)), &upper, 1e-10);
        }
    }
}

#[test]
fn gray_equals_cmprsk() {
    let (Some(days), Some(quarters)) = (Pbc::new(false), Pbc::new(true)) else { return };
    let two = [days.groups(|edema| usize::from(edema > 0.0))];
    let of = |strata: &[Vec<CauseTable>], rho: f64| [1, 2].map(|cause| gray_test(strata, cause, rho).unwrap());
    let found = of(&two, 0.0);
    assert_eq!(found[0].degrees, 1);
    near(&found.clone().map(|test| test.chi_square), &[0.5048351436712902, 53.57534976568828], 1e-10);
    // `cuminc` takes 1 - pchisq, which loses the digits of a small p; the second is R's pchisq(lower.tail = FALSE).
    near(&found.map(|test| test.p), &[0.4773832714648815, 2.48862436935324e-13], 1e-9);

    let levels = |edema: f64| (edema * 2.0) as usize;
    let three = [quarters.groups(levels)];
    near(&of(&three, 0.0).map(|test| test.chi_square), &[1.205707559682657, 57.63746195646884], 1e-10);
    near(&of(&three, 1.0).map(|test| test.chi_square), &[1.211933864736109, 103.1409533592197], 1e-10);
    assert_eq!(of(&three, 0.0)[0].degrees, 2);

    let (id, edema) = (quarters.table.labels("id"), quarters.table.column("edema"));
    let strata: Vec<Vec<CauseTable>> = [0, 1]
        .map(|stratum| {
            let rows: Vec<usize> = (0..id.len()).filter(|row| id[*row] % 2 == stratum).collect();
            let time: Vec<f64> = rows.iter().map(|row| quarters.time[*row]).collect();
            let cause: Vec<usize> = rows.iter().map(|row| quarters.cause[*row]).collect();
            let group: Vec<usize> = rows.iter().map(|row| levels(edema[*row])).collect();
            group_cause_tables(&CompetingOutcomes::new(&time, &cause, 2).unwrap(), &group, 3).unwrap()
        })
        .into();
    near(&of(&strata, 0.0).map(|test| test.chi_square), &[1.025824546256261, 84.8909959087562], 1e-10);
}

#[test]
fn fine_gray_equals_crr() {
    let all = ["age", "edema", "lb", "la", "lp"];
    let fitted = |quarters: bool, cause: usize, columns: &[&str]| -> Option<(FineGray, [f64; 3])> {
        let pbc = Pbc::new(quarters)?;
        let values = pbc.table.matrix(columns);
        let predictors = Predictors::new(&values, columns.len()).unwrap();
        let fitted = fine_gray(&pbc.outcomes(), &predictors, cause).unwrap();
        let risks = [0, 1, 2].map(|case| fitted.incidence(predictors.row(case), 5.0).unwrap());
        Some((fitted, risks))
    };
    let Some((death, risks)) = fitted(false, 2, &all) else { return };
    let coefficients =
        [0.03808241349460437, 0.8190747165552713, 0.8251322410788811, -2.878255022964296, 3.619667578162187];
    near(&death.coefficients, &coefficients, 1e-9);
    let std_errors =
        [0.01012248678237592, 0.3276831171340792, 0.09762317281298784, 0.6495945638580326, 0.9947567470559442];
    near(&death.std_errors(), &std_errors, 1e-9);
    near(&[death.covariance[1], death.covariance[5]], &[-7.493068871437369e-05; 2], 1e-8);
    near(&[death.log_likelihood, death.null_log_likelihood], &[-549.3430955715995, -646.6698557130509], 1e-12);
    near(&risks, &[0.9999992570281615, 0.101373121801736, 0.5736265915964266], 1e-9);
    assert_eq!((death.cases, death.events), (312, 125));

    let Some((transplant, risks)) = fitted(false, 1, &["age", "lb"]) else { return };
    near(&transplant.coefficients, &[-0.1017839970656096, 0.360676829773439], 1e-9);
    near(&transplant.std_errors(), &[0.02068394255009028, 0.1534065448883083], 1e-9);
    near(&risks, &[0.02236336171066911, 0.01123431953779319, 0.003074436886635001], 1e-9);

    let Some((tied, risks)) = fitted(true, 2, &all) else { return };
    let coefficients =
        [0.03746320756905469, 0.7840074799199708, 0.8052375436760247, -2.788370039015164, 3.499463504533549];
    near(&tied.coefficients, &coefficients, 1e-9);
    let std_errors =
        [0.00979937515894685, 0.3194942453780475, 0.09310010341219141, 0.6255904650198251, 0.9695444416303621];
    near(&tied.std_errors(), &std_errors, 1e-9);
    near(&[tied.log_likelihood, tied.null_log_likelihood], &[-555.1481312083267, -649.2670595970633], 1e-12);
    near(&risks, &[0.9999952215774023, 0.1018632960333309, 0.5532941881931315], 1e-9);
}

fn cohort() -> impl Strategy<Value = Vec<(u8, u8, i8)>> {
    proptest::collection::vec((1u8..15, 0u8..3, any::<i8>()), 4..60)
}

fn columns(rows: &[(u8, u8, i8)]) -> (Vec<f64>, Vec<usize>, Vec<f64>) {
    let time = rows.iter().map(|row| f64::from(row.0)).collect();
    let cause = rows.iter().map(|row| usize::from(row.1)).collect();
    (time, cause, rows.iter().map(|row| f64::from(row.2) / 32.0).collect())
}

proptest! {
    #[test]
    fn incidences_and_freedom_sum_to_one(rows in cohort()) {
        let (time, cause, _) = columns(&rows);
        let outcomes = CompetingOutcomes::new(&time, &cause, 2).unwrap();
        let curve = AalenJohansen::new(&CauseTable::new(&outcomes));
        for (step, free) in curve.free.iter().enumerate() {
            prop_assert!((free + curve.incidence[2 * step] + curve.incidence[2 * step + 1] - 1.0).abs() < 1e-12);
        }
        // A single cause is Kaplan-Meier with Greenwood's variance.
        let one: Vec<usize> = cause.iter().map(|cause| usize::from(*cause == 1)).collect();
        let event: Vec<bool> = one.iter().map(|cause| *cause == 1).collect();
        let curve = AalenJohansen::new(&CauseTable::new(&CompetingOutcomes::new(&time, &one, 1).unwrap()));
        let plain = KaplanMeier::new(&RiskTable::new(&Outcomes::new(&time, &event).unwrap()));
        for t in &time {
            let (incidence, std_err) = curve.at(1, *t).unwrap();
            prop_assert!((1.0 - incidence - plain.survival_at(*t)).abs() < 1e-12);
            if let Some(expected) = plain.std_err_at(*t) {
                prop_assert!((std_err - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn without_censoring_incidences_are_shares(rows in cohort()) {
        let (time, cause, _) = columns(&rows);
        let cause: Vec<usize> = cause.iter().map(|cause| (*cause).max(1)).collect();
        let curve = AalenJohansen::new(&CauseTable::new(&CompetingOutcomes::new(&time, &cause, 2).unwrap()));
        let n = time.len() as f64;
        for t in &time {
            let share = (0..time.len()).filter(|row| time[*row] <= *t && cause[*row] == 1).count() as f64 / n;
            let (incidence, std_err) = curve.at(1, *t).unwrap();
            prop_assert!((incidence - share).abs() < 1e-12);
            prop_assert!((std_err - (share * (1.0 - share) / n).sqrt()).abs() < 1e-7);
        }
    }

    #[test]
    fn merged_cause_tables_equal_the_pooled_one(rows in cohort(), cut in 1usize..60) {
        let (time, cause, _) = columns(&rows);
        let cut = cut % (time.len() - 1) + 1;
        let of = |rows: std::ops::Range<usize>| {
            CauseTable::new(&CompetingOutcomes::new(&time[rows.clone()], &cause[rows], 2).unwrap())
        };
        let (pooled, left, right) = (of(0..time.len()), of(0..cut), of(cut..time.len()));
        prop_assert_eq!(&left.merge(&right).unwrap(), &pooled);
        prop_assert_eq!(&right.merge(&left).unwrap(), &pooled);
        prop_assert_eq!([0, 1, 2].map(|cause| pooled.events(cause)).iter().sum::<u64>(), pooled.cases());
    }

    #[test]
    fn without_competing_events_fine_gray_is_cox(rows in cohort()) {
        let (time, cause, values) = columns(&rows);
        let cause: Vec<usize> = cause.iter().map(|cause| usize::from(*cause > 0)).collect();
        let event: Vec<bool> = cause.iter().map(|cause| *cause > 0).collect();
        let predictors = Predictors::new(&values, 1).unwrap();
        let breslow = CoxSettings { ties: Ties::Breslow, penalty: None };
        if let Ok(cox) = fit(&Outcomes::new(&time, &event).unwrap(), &predictors, None, &breslow) {
            // Another cause that nobody has.
            let fitted = fine_gray(&CompetingOutcomes::new(&time, &cause, 2).unwrap(), &predictors, 1).unwrap();
            prop_assert!((fitted.coefficients[0] - cox.coefficients[0]).abs() < 1e-7);
            prop_assert!((fitted.log_likelihood - cox.log_likelihood).abs() < 1e-9);
            let risk = 1.0 - cox.survival(&[0.5], 0, 7.0).unwrap();
            prop_assert!((fitted.incidence(&[0.5], 7.0).unwrap() - risk).abs() < 1e-7);
        }
    }

    #[test]
    fn gray_does_not_depend_on_the_order_of_the_groups(rows in cohort()) {
        let (time, cause, values) = columns(&rows);
        let outcomes = CompetingOutcomes::new(&time, &cause, 2).unwrap();
        let level = |value: &f64| usize::from(*value > 0.0) + usize::from(*value > 2.0);
        let group: Vec<usize> = values.iter().map(level).collect();
        let turned: Vec<usize> = group.iter().map(|group| 2 - group).collect();
        let of = |group: &[usize]| gray_test(&[group_cause_tables(&outcomes, group, 3).unwrap()], 1, 0.0);
        match (of(&group), of(&turned)) {
            (Ok(a), Ok(b)) => {
                prop_assert!(a.chi_square.is_finite() && a.chi_square >= 0.0);
                prop_assert!((a.score.iter().sum::<f64>()).abs() < 1e-9);
                prop_assert!((a.score[0] - b.score[2]).abs() < 1e-9 && (a.variance[0] - b.variance[8]).abs() < 1e-9);
            }
            (a, b) => prop_assert!(a.is_err() || b.is_err()),
        }
    }
}

#[test]
fn gray_keeps_its_level() {
    // Two groups of one distribution, dealt by a fixed sequence: the score stays within four standard errors.
    let time: Vec<f64> = (0..400).map(|row| f64::from(row * 37 % 101 + 1)).collect();
    let cause: Vec<usize> = (0..400).map(|row| row * 13 % 7 % 3).collect();
    let group: Vec<usize> = (0..400).map(|row| row * row % 11 % 2).collect();
    let outcomes = CompetingOutcomes::new(&time, &cause, 2).unwrap();
    let tables = [group_cause_tables(&outcomes, &group, 2).unwrap()];
    for rho in [0.0, 1.0] {
        let test = gray_test(&tables, 1, rho).unwrap();
        assert!(test.chi_square < 16.0 && test.p > 6e-5, "{test:?}");
    }
}

#[test]
fn bad_follow_up_and_unknown_causes_are_refused() {
    let time = [1.0, 2.0, 3.0];
    assert!(matches!(CompetingOutcomes::new(&time, &[0, 1, 3], 2), Err(StatsError::Label { row: 2, .. })));
    assert!(matches!(CompetingOutcomes::new(&time, &[0, 1], 2), Err(StatsError::Length { .. })));
    assert!(matches!(CompetingOutcomes::new(&time, &[0, 0, 0], 0), Err(StatsError::Setting { .. })));
    assert!(matches!(CompetingOutcomes::new(&[], &[], 2), Err(StatsError::Empty { .. })));
    assert!(matches!(CompetingOutcomes::new(&[1.0, 0.0], &[1, 1], 2), Err(StatsError::Time { row: 1 })));
    let not_finite = CompetingOutcomes::new(&[1.0, f64::NAN], &[1, 1], 2);
    assert!(matches!(not_finite, Err(StatsError::NotFinite { row: 1, .. })));

    let outcomes = CompetingOutcomes::new(&time, &[1, 2, 0], 2).unwrap();
    let curve = AalenJohansen::new(&CauseTable::new(&outcomes));
    let predictors = Predictors::new(&[0.1, 0.7, 0.2], 1).unwrap();
    let groups = [group_cause_tables(&outcomes, &[0, 1, 0], 2).unwrap()];
    for unknown in [0, 3] {
        assert!(matches!(curve.at(unknown, 1.0), Err(StatsError::Setting { .. })));
        assert!(matches!(fine_gray(&outcomes, &predictors, unknown), Err(StatsError::Setting { .. })));
        assert!(matches!(gray_test(&groups, unknown, 0.0), Err(StatsError::Setting { .. })));
    }
    assert!(matches!(curve.interval_at(1, 1.0, 1.0), Err(StatsError::Setting { .. })));
    assert!(matches!(gray_test(&groups, 1, -1.0), Err(StatsError::Setting { .. })));
    assert!(matches!(gray_test(&groups, 1, f64::NAN), Err(StatsError::Setting { .. })));
    assert!(matches!(gray_test(&[], 1, 0.0), Err(StatsError::Empty { .. })));
    assert!(matches!(group_cause_tables(&outcomes, &[0, 2, 0], 2), Err(StatsError::Label { row: 1, .. })));
    let uneven = [groups[0].clone(), vec![CauseTable::empty(2)]];
    assert!(matches!(gray_test(&uneven, 1, 0.0), Err(StatsError::Length { .. })));
    assert!(matches!(CauseTable::empty(2).merge(&CauseTable::empty(3)), Err(StatsError::Length { .. })));
    let fewer = fine_gray(&outcomes, &Predictors::new(&[0.1, 0.7], 1).unwrap(), 1);
    assert!(matches!(fewer, Err(StatsError::Length { .. })));
}

#[test]
fn without_events_or_people_left() {
    let time = [1.0, 2.0, 3.0, 4.0];
    let censored = CompetingOutcomes::new(&time, &[0; 4], 2).unwrap();
    let curve = AalenJohansen::new(&CauseTable::new(&censored));
    assert_eq!(curve.at(1, 9.0).unwrap(), (0.0, 0.0));
    assert_eq!(curve.interval_at(1, 9.0, 0.95).unwrap(), None);
    let predictors = Predictors::new(&[0.1, 0.7, 0.2, 0.4], 1).unwrap();
    assert!(matches!(fine_gray(&censored, &predictors, 1), Err(StatsError::NoEvents { .. })));
    let groups = |outcomes: &CompetingOutcomes<'_>, group: &[usize]| [group_cause_tables(outcomes, group, 2).unwrap()];
    assert!(matches!(gray_test(&groups(&censored, &[0, 1, 0, 1]), 1, 0.0), Err(StatsError::NoEvents { .. })));

    let dead = CompetingOutcomes::new(&time, &[1, 2, 1, 2], 2).unwrap();
    let table = CauseTable::new(&dead);
    assert!(table.reaches(99.0) && !CauseTable::new(&censored).reaches(4.5) && CauseTable::new(&censored).reaches(4.0));
    let (incidence, std_err) = AalenJohansen::new(&table).at(2, 99.0).unwrap();
    assert!((incidence - 0.5).abs() < 1e-12 && (std_err - 0.25).abs() < 1e-12);
    // Nobody in one group; and groups whose follow-up never overlaps at an event of the cause.
    assert!(matches!(gray_test(&groups(&dead, &[0; 4]), 1, 0.0), Err(StatsError::NoEvents { .. })));
    let apart = CompetingOutcomes::new(&time, &[0, 0, 1, 1], 2).unwrap();
    assert!(matches!(gray_test(&groups(&apart, &[0, 0, 1, 1]), 1, 0.0), Err(StatsError::NoEvents { .. })));
    // One time for all.
    let tied = CompetingOutcomes::new(&[2.0; 4], &[1, 2, 1, 0], 2).unwrap();
    let (incidence, std_err) = AalenJohansen::new(&CauseTable::new(&tied)).at(1, 2.0).unwrap();
    assert!((incidence - 0.5).abs() < 1e-12 && (std_err - 0.25).abs() < 1e-12);
    assert!(fine_gray(&tied, &predictors, 1).is_ok());
}

#[test]
fn fine_gray_names_predictors_that_cannot_be_fitted() {
    let time: Vec<f64> = (1..=30).map(f64::from).collect();
    let cause: Vec<usize> = (0..30).map(|row| row % 3).collect();
    let outcomes = CompetingOutcomes::new(&time, &cause, 2).unwrap();
    let of = |other: &dyn Fn(usize) -> f64| {
        let values: Vec<f64> = (0..30).flat_map(|row| [(row * 7 % 11) as f64, other(row)]).collect();
        fine_gray(&outcomes, &Predictors::new(&values, 2).unwrap(), 1).map(|fitted| fitted.coefficients.len())
    };
    assert_eq!(of(&|row| (row * 5 % 13) as f64), Ok(2));
    assert_eq!(of(&|_| 3.0), Err(StatsError::Constant { column: 1 }));
    assert_eq!(of(&|row| 3.0 - 0.1 * (row * 7 % 11) as f64), Err(StatsError::Collinear { column: 1 }));
    let separated = of(&|row| f64::from(u8::from(row % 3 == 1)));
    assert_eq!(separated, Err(StatsError::InfiniteCoefficient { column: 1 }));
}
