//! Elastic-net Cox against glmnet (`tests/golden/elastic_net.R`, `shared/golden/golden_R2.txt`), its conditions of optimality,
//! and bad input.

use super::golden::{Table, near};
use renkei_stats::{
    Predictors, StatsError,
    cox::{CoxSettings, Ties},
    elastic_net::{ElasticNetPath, ElasticNetSettings, Lambdas, cross_validate, fit},
    survival::Outcomes,
};

struct Cohort {
    values: Vec<f64>,
    columns: usize,
    time: Vec<f64>,
    event: Vec<bool>,
    strata: Option<Vec<usize>>,
}

impl Cohort {
    fn pbc() -> Option<Self> {
        let table = Table::read("pbc312.csv")?;
        let values = table.matrix(&["age", "edema", "lb", "la", "lp"]);
        Some(Self { values, columns: 5, time: table.column("etime"), event: table.flags("st"), strata: None })
    }

    /// 60 cases, 200 predictors by a rule.
    fn wide() -> Self {
        let value = |i: usize, j: usize| ((i * 31 + j * 17 + i * j * 7 + i * i * 3) % 101) as f64 / 50.0 - 1.0;
        Self {
            values: (0..60).flat_map(|i| (0..200).map(move |j| value(i, j))).collect(),
            columns: 200,
            time: (0..60).map(|i| (i * 37 % 59 + 1) as f64).collect(),
            event: (0..60).map(|i| i % 4 != 0).collect(),
            strata: None,
        }
    }

    fn fit(&self, settings: &ElasticNetSettings) -> Result<ElasticNetPath, StatsError> {
        let outcomes = Outcomes::new(&self.time, &self.event)?;
        fit(&outcomes, &Predictors::new(&self.values, self.columns)?, self.strata.as_deref(), settings)
    }
}

fn given(alpha: f64, lambdas: &[f64]) -> ElasticNetSettings {
    ElasticNetSettings { alpha, lambdas: Lambdas::Given(lambdas.to_vec()), ..ElasticNetSettings::default() }
}

/// Fails unless all coefficients, model by model, are near; those that the reference has at 0 must be 0.
#[track_caller]
fn same(path: &ElasticNetPath, reference: &[f64], tolerance: f64) {
    let ours: Vec<f64> = path.points.iter().flat_map(|point| point.coefficients.clone()).collect();
    near(&ours, reference, tolerance);
}

#[test]
fn lasso_and_elastic_net_equal_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let lambdas = [0.5, 0.2, 0.1, 0.05, 0.01];
    let path = pbc.fit(&given(1.0, &lambdas)).unwrap();
    #[rustfmt::skip]
    let reference = [
        0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.0182363493978, 0.5538448075992, -0.5523865055444, 0.0,
        0.000297075857268, 0.520512597021837, 0.700061526033468, -1.882432951825883, 0.963420030365798,
        0.0097955483654, 0.6449730007861, 0.7817621244607, -2.3790888225147, 1.5675531883058,
        0.0174599889471, 0.7306083730388, 0.8506646336604, -2.7665058306762, 2.0455200228909,
    ];
    same(&path, &reference, 2e-9);
    let deviance = [1469.40532957, 1349.03708552, 1297.91996422, 1282.23261219, 1277.24657917];
    let ours: Vec<f64> = path.points.iter().map(|point| path.null_deviance * (1.0 - point.deviance_ratio)).collect();
    near(&ours, &deviance, 1e-11);
    let path = pbc.fit(&given(0.5, &lambdas)).unwrap();
    #[rustfmt::skip]
    let reference = [
        0.0, 0.0, 0.262445961673, 0.0, 0.0,
        0.0, 0.540653615452, 0.560682607469, -1.718547690954, 1.154576175509,
        0.00856165950629, 0.66724823002014, 0.69525168073678, -2.26662895815299, 1.66456593964222,
        0.0136592254898, 0.7139797783052, 0.7756162645172, -2.5552005267259, 1.9153082477984,
        0.0181896005965, 0.7443425006626, 0.8487409975058, -2.7996898819794, 2.1156241335739,
    ];
    same(&path, &reference, 1e-9);
    let own_units = ElasticNetSettings { standardise: false, ..given(0.5, &[0.1]) };
    same(&pbc.fit(&own_units).unwrap(), &[0.0240376043404, 0.0, 0.8377485424640, 0.0, 0.0], 1e-9);
}

/// To 1e-8: glmnet takes the root that makes its lambdas in single precision.
#[test]
fn the_automatic_path_equals_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let path = pbc.fit(&ElasticNetSettings::default()).unwrap();
    assert_eq!(path.points.len(), 42);
    near(&[path.points[0].lambda, path.points[41].lambda], &[0.405002088293586, 0.0089308255779372], 1e-8);
    assert_eq!(path.points[0].chosen().count(), 0);
    let point = &path.points[19];
    near(&[point.lambda, point.deviance_ratio], &[0.069148138881756, 0.124155944671411], 1e-8);
    let reference = [0.00615244567829112, 0.60038615144489, 0.749984445548956, -2.19158367034226, 1.33811787187229];
    near(&point.coefficients, &reference, 1e-8);
    assert_eq!((path.cases, path.events), (312, 144));
}

#[test]
fn factors_ridge_and_strata_equal_glmnet() {
    let Some(mut pbc) = Cohort::pbc() else { return };
    let penalty_factors = Some(vec![0.0, 1.0, 2.0, 1.0, 1.0]);
    let factors = ElasticNetSettings { penalty_factors, ..given(0.5, &[0.3, 0.1, 0.03]) };
    #[rustfmt::skip]
    let reference = [
        0.021317649650259, 0.4585602813996, 0.126663688566488, -1.41779572564065, 0.770491347789845,
        0.0190964358396772, 0.751893575452109, 0.522639703532801, -2.38896870458953, 1.8453711290301,
        0.0191708147417416, 0.764048913994871, 0.745356694601674, -2.7156963119876, 2.10304924238337,
    ];
    same(&pbc.fit(&factors).unwrap(), &reference, 1e-9);
    let automatic = pbc.fit(&ElasticNetSettings { lambdas: Lambdas::Automatic(100), ..factors }).unwrap();
    near(&[automatic.points[0].lambda, automatic.points.len() as f64], &[0.527318752728087, 46.0], 1e-11);
    #[rustfmt::skip]
    let reference = [
        0.00630075532111839, 0.538842991376211, 0.270107908372879, -1.3272825686427, 1.45142016444553,
        0.0154985222475847, 0.790780446089561, 0.697385911431972, -2.58445424437996, 2.23403050691192,
    ];
    same(&pbc.fit(&given(0.0, &[1.0, 0.1])).unwrap(), &reference, 1e-9);
    let table = Table::read("pbc312.csv").unwrap();
    pbc.strata = Some(table.labels("id").iter().map(|id| id % 3).collect());
    #[rustfmt::skip]
    let reference = [
        0.00113431880708294, 0.600951204286992, 0.696808321996023, -1.81315855627751, 0.955989596104564,
        0.0179338248196775, 0.868767230194121, 0.87493066400443, -2.96338880432369, 1.14173292547775,
    ];
    // glmnet fits strata by another routine, which warns that it did not converge at 1e-15.
    same(&pbc.fit(&given(1.0, &[0.1, 0.01])).unwrap(), &reference, STRATA);
}

const STRATA: f64 = 1e-7;

#[test]
fn cross_validation_equals_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let fold: Vec<usize> = (0..312).map(|case| case % 5).collect();
    let (outcomes, predictors) =
        (Outcomes::new(&pbc.time, &pbc.event).unwrap(), Predictors::new(&pbc.values, 5).unwrap());
    let settings = ElasticNetSettings::default();
    let cv = cross_validate(&outcomes, &predictors, None, &settings, &fold).unwrap();
    near(&[cv.mean[0], cv.mean[19], cv.mean[41]], &[11.918516590191, 10.6989898098899, 10.6478380403579], 1e-8);
    near(
        &[cv.std_err[0], cv.std_err[19], cv.std_err[41]],
        &[0.139361720853912, 0.0860819725754331, 0.0944012927788103],
        1e-8,
    );
    assert_eq!((cv.lowest, cv.one_std_err), (37, 17));
    assert_eq!(cv, cross_validate(&outcomes, &predictors, None, &settings, &fold).unwrap());
    let two: Vec<usize> = (0..312).map(|case| case % 2).collect();
    let refused = |fold: &[usize]| cross_validate(&outcomes, &predictors, None, &settings, fold).unwrap_err();
    assert!(matches!(refused(&two), StatsError::Setting { .. }));
    assert!(matches!(refused(&two[1..]), StatsError::Length { .. }));
    // A fold of censored cases alone.
    let censored: Vec<usize> = (0..312).map(|case| if pbc.event[case] { case % 2 } else { case % 3 }).collect();
    assert!(matches!(refused(&censored), StatsError::NoEvents { .. }));
}

#[test]
fn more_predictors_than_cases_equal_glmnet() {
    let path = Cohort::wide().fit(&given(1.0, &[0.3, 0.2, 0.15])).unwrap();
    let reference: [(&[usize], &[f64]); 3] = [
        (&[], &[]),
        (
            &[6, 13, 18, 69, 99, 114, 170],
            &[
                0.0678153436540991,
                0.0654811837887859,
                -0.153268963799913,
                0.159425659616235,
                -0.136474091961269,
                0.000974629777771598,
                0.0160133331410897,
            ],
        ),
        (
            &[6, 13, 18, 35, 64, 69, 72, 80, 99, 114, 136, 165, 170, 173, 181],
            &[
                0.165170296764458,
                0.172855047345575,
                -0.262113950758048,
                -0.0572309811354007,
                -0.0221823541636573,
                0.325259479732038,
                -0.0634742471450235,
                0.0598990549347929,
                -0.357698049645074,
                0.0342813999472531,
                -0.0127581371729424,
                -0.0328723209031341,
                0.0113906681766795,
                -0.0175593491295067,
                0.000310421884133594,
            ],
        ),
    ];
    for (point, (chosen, coefficients)) in path.points.iter().zip(reference) {
        assert_eq!(point.chosen().collect::<Vec<_>>(), chosen);
        let ours: Vec<f64> = point.chosen().map(|column| point.coefficients[column]).collect();
        near(&ours, coefficients, 1e-7);
    }
}

/// Without a penalty it is Cox regression, with a ridge Cox regression with that ridge.
#[test]
fn the_ends_equal_cox_regression() {
    let Some(pbc) = Cohort::pbc() else { return };
    let outcomes = Outcomes::new(&pbc.time, &pbc.event).unwrap();
    let predictors = Predictors::new(&pbc.values, 5).unwrap();
    let cox = |penalty| {
        let settings = CoxSettings { ties: Ties::Breslow, penalty };
        renkei_stats::cox::fit(&outcomes, &predictors, None, &settings).unwrap()
    };
    let own_units = |alpha, lambda| ElasticNetSettings { standardise: false, ..given(alpha, &[lambda]) };
    same(&pbc.fit(&own_units(1.0, 0.0)).unwrap(), &cox(None).coefficients, 1e-8);
    same(&pbc.fit(&own_units(0.0, 0.05)).unwrap(), &cox(Some(vec![0.05 * 312.0; 5])).coefficients, 1e-8);
}

/// 10,000 predictors and 100 events: every model meets the conditions of optimality (Simon and others 2011).
#[test]
fn ten_thousand_predictors_with_a_hundred_events_are_fitted() {
    let (rows, columns) = (150, 10_000);
    let mixed = |number: usize| {
        (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
    };
    let values: Vec<f64> = (0..rows * columns).map(|at| mixed(at + 1) as f64 / f64::from(1 << 24) - 0.5).collect();
    let time: Vec<f64> =
        (0..rows).map(|row| (10.0 - 9.0 * values[row * columns]) * (1.0 + mixed(row * 7919) as f64)).collect();
    let cohort = Cohort { values, columns, time, event: (0..rows).map(|row| row % 3 != 0).collect(), strata: None };
    let settings = ElasticNetSettings { lambdas: Lambdas::Automatic(20), ..ElasticNetSettings::default() };
    let path = cohort.fit(&settings).unwrap();
    assert_eq!((path.events, path.points[0].chosen().count()), (100, 0));
    assert!(path.points.iter().all(|point| point.coefficients.iter().all(|value| value.is_finite())));
    let last = path.points.last().unwrap();
    assert!(last.chosen().count() > 20, "{}", last.chosen().count());
    let slopes = standardised_slopes(&cohort, &last.coefficients);
    for (slope, coefficient) in slopes.iter().zip(&last.coefficients) {
        match *coefficient {
            0.0 => assert!(slope.abs() <= last.lambda * (1.0 + 1e-6)),
            coefficient => assert!((slope - last.lambda * coefficient.signum()).abs() < 1e-6 * last.lambda),
        }
    }
}

/// Slope of log-likelihood / cases along every standardised coefficient, by plain sums.
fn standardised_slopes(cohort: &Cohort, coefficients: &[f64]) -> Vec<f64> {
    let (rows, columns) = (cohort.time.len(), cohort.columns);
    let row = |case: usize| &cohort.values[case * columns..(case + 1) * columns];
    let weight: Vec<f64> =
        (0..rows).map(|case| row(case).iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>().exp()).collect();
    let mut lived = vec![0.0; rows];
    for death in (0..rows).filter(|case| cohort.event[*case]) {
        let at_risk = |case: &usize| cohort.time[*case] >= cohort.time[death];
        let total: f64 = (0..rows).filter(at_risk).map(|case| weight[case]).sum();
        (0..rows).filter(at_risk).for_each(|case| lived[case] += weight[case] / total);
    }
    let slope = |column: usize| {
        let values: Vec<f64> = (0..rows).map(|case| row(case)[column]).collect();
        let mean = values.iter().sum::<f64>() / rows as f64;
        let scale = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
        let residual = |case: usize| f64::from(u8::from(cohort.event[case])) - lived[case];
        (0..rows).map(|case| residual(case) * (values[case] - mean) / scale).sum::<f64>() / rows as f64
    };
    (0..columns).map(slope).collect()
}

#[test]
fn bad_input_is_refused() {
    let refused = |cohort: &Cohort, settings: &ElasticNetSettings| cohort.fit(settings).unwrap_err();
    let mut wide = Cohort::wide();
    let plain = ElasticNetSettings::default();
    for bad in [
        ElasticNetSettings { alpha: 1.5, ..plain.clone() },
        ElasticNetSettings { alpha: f64::NAN, ..plain.clone() },
        given(1.0, &[]),
        given(1.0, &[0.1, 0.2]),
        given(1.0, &[0.1, -0.2]),
        given(1.0, &[f64::INFINITY]),
        ElasticNetSettings { lambdas: Lambdas::Automatic(1), ..plain.clone() },
        ElasticNetSettings { penalty_factors: Some(vec![0.0; 200]), ..plain.clone() },
        ElasticNetSettings { penalty_factors: Some(vec![f64::NAN; 200]), ..plain.clone() },
    ] {
        assert!(matches!(refused(&wide, &bad), StatsError::Setting { .. }), "{bad:?}");
    }
    let short = ElasticNetSettings { penalty_factors: Some(vec![1.0; 3]), ..plain.clone() };
    assert!(matches!(refused(&wide, &short), StatsError::Length { .. }));
    wide.strata = Some(vec![0; 3]);
    assert!(matches!(refused(&wide, &plain), StatsError::Length { .. }));
    wide.strata = None;
    wide.values.iter_mut().skip(7).step_by(200).for_each(|value| *value = 2.5);
    assert_eq!(refused(&wide, &plain), StatsError::Constant { column: 7 });
    let mut censored = Cohort::wide();
    censored.event.fill(false);
    assert!(matches!(refused(&censored, &plain), StatsError::NoEvents { .. }));
    censored.values[3] = f64::NAN;
    assert!(matches!(refused(&censored, &plain), StatsError::NotFinite { row: 0, column: 3, .. }));
}

#[test]
fn a_coefficient_that_runs_away_is_refused_and_a_penalty_holds_it() {
    // Every event has the first predictor at 1, every censored case at 0.
    let event: Vec<bool> = (0..40).map(|i| i % 2 == 0).collect();
    let values = (0..40).flat_map(|i| [f64::from(u8::from(event[i])), (i * 7 % 11) as f64]).collect();
    let cohort =
        Cohort { values, columns: 2, time: (1..=40).map(f64::from).collect(), event: event.clone(), strata: None };
    let free = ElasticNetSettings { penalty_factors: Some(vec![0.0, 1.0]), ..given(1.0, &[0.1]) };
    assert_eq!(cohort.fit(&free).unwrap_err(), StatsError::InfiniteCoefficient { column: 0 });
    let held = cohort.fit(&given(1.0, &[0.1, 0.01])).unwrap();
    assert!(held.points[1].coefficients[0] > held.points[0].coefficients[0]);
    assert!(held.points[1].coefficients[0].is_finite());
}

#[test]
fn equal_predictors_and_one_time_for_all_are_fitted() {
    let mut wide = Cohort::wide();
    wide.columns = 2;
    wide.values = (0..60).flat_map(|i| [(i * 7 % 11) as f64; 2]).collect();
    let path = wide.fit(&given(0.5, &[0.01])).unwrap();
    near(&path.points[0].coefficients[..1], &path.points[0].coefficients[1..], 1e-6);
    let mut tied = Cohort::wide();
    tied.time.fill(3.0);
    let path = tied.fit(&given(1.0, &[0.2, 0.1])).unwrap();
    assert!(path.points.iter().all(|point| point.log_likelihood.is_finite()));
}
