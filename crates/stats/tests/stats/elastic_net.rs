//! Elastic-net Cox against the exact coefficients of glmnet's choice (`tests/golden/elastic_net.R`), its conditions of
//! optimality, and bad input.

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
        let value = |i: usize, j: usize| ((i * 31 + j * 17 + i * j * 7 + i * i * 3) % 211) as f64 / 105.0 - 1.0;
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

/// The golden coefficients meet the conditions of optimality to the last digits; so must ours.
const EXACT: f64 = 1e-10;

/// Fails unless all coefficients, model by model, are near; those that the reference has at 0 must be 0.
#[track_caller]
fn same(path: &ElasticNetPath, reference: &[f64]) {
    let ours: Vec<f64> = path.points.iter().flat_map(|point| point.coefficients.clone()).collect();
    near(&ours, reference, EXACT);
}

#[test]
fn lasso_and_elastic_net_equal_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let lambdas = [0.5, 0.2, 0.1, 0.05, 0.01];
    let path = pbc.fit(&given(1.0, &lambdas)).unwrap();
    #[rustfmt::skip]
    let reference = [
        0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.0182362191762843, 0.553844815779977, -0.552386642987714, 0.0,
        0.000297076215668641, 0.520512795796106, 0.700061480078284, -1.88243264233979, 0.963419855300518,
        0.00979554793507083, 0.644972849958094, 0.781762170374163, -2.379089114908, 1.56755339514375,
        0.0174599881810052, 0.730608090714057, 0.850664745474716, -2.76650650343474, 2.04552055197604,
    ];
    same(&path, &reference);
    let deviance = [1469.40532957205, 1349.03708674676, 1297.91996694828, 1282.23261042008, 1277.24657815676];
    let ours: Vec<f64> = path.points.iter().map(|point| path.null_deviance * (1.0 - point.deviance_ratio)).collect();
    near(&ours, &deviance, 1e-13);
    let path = pbc.fit(&given(0.5, &lambdas)).unwrap();
    #[rustfmt::skip]
    let reference = [
        0.0, 0.0, 0.2624459641178, 0.0, 0.0,
        0.0, 0.540653812221007, 0.560682579024155, -1.71854740257922, 1.15457601255474,
        0.00856165908124617, 0.66724807822298, 0.69525171779169, -2.26662923625486, 1.66456614697552,
        0.0136592249931904, 0.713979584714915, 0.775616327666396, -2.55520093670149, 1.91530856501608,
        0.0181896000556522, 0.744342231779667, 0.848741108641587, -2.79969052943692, 2.11562463525767,
    ];
    same(&path, &reference);
    let own_units = ElasticNetSettings { standardise: false, ..given(0.5, &[0.1]) };
    same(&pbc.fit(&own_units).unwrap(), &[0.0240376043999726, 0.0, 0.837748525157448, 0.0, 0.0]);
}

#[test]
fn the_automatic_path_equals_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let path = pbc.fit(&ElasticNetSettings::default()).unwrap();
    assert_eq!(path.points.len(), 42);
    near(&[path.points[0].lambda, path.points[41].lambda], &[0.405002088293585, 0.00893082554621113], EXACT);
    assert_eq!(path.points[0].chosen().count(), 0);
    let point = &path.points[19];
    near(&[point.lambda, point.deviance_ratio], &[0.0691481387679212, 0.124155945506901], EXACT);
    let reference = [0.00615244553099097, 0.600386063273419, 0.749984470443647, -2.19158382592407, 1.33811797186725];
    near(&point.coefficients, &reference, EXACT);
    assert_eq!((path.cases, path.events), (312, 144));
}

#[test]
fn factors_ridge_and_strata_equal_glmnet() {
    let Some(mut pbc) = Cohort::pbc() else { return };
    let penalty_factors = Some(vec![0.0, 1.0, 2.0, 1.0, 1.0]);
    let factors = ElasticNetSettings { penalty_factors, ..given(0.5, &[0.3, 0.1, 0.03]) };
    #[rustfmt::skip]
    let reference = [
        0.0213176496152864, 0.458560273300946, 0.126663688767076, -1.417795741074, 0.770491348425646,
        0.0190964360037786, 0.751893604618639, 0.522639699565485, -2.38896864135878, 1.845371082551,
        0.019170814588841, 0.764048870126163, 0.745356708309701, -2.71569641768078, 2.10304932917556,
    ];
    same(&pbc.fit(&factors).unwrap(), &reference);
    let automatic = pbc.fit(&ElasticNetSettings { lambdas: Lambdas::Automatic(100), ..factors }).unwrap();
    near(&[automatic.points[0].lambda, automatic.points.len() as f64], &[0.527318752783823, 46.0], EXACT);
    #[rustfmt::skip]
    let reference = [
        0.00630075528489745, 0.538842981462279, 0.270107908297344, -1.327282581116, 1.45142016601084,
        0.0154985219018525, 0.790780354431281, 0.697385938293471, -2.58445445638635, 2.23403069204416,
    ];
    same(&pbc.fit(&given(0.0, &[1.0, 0.1])).unwrap(), &reference);
    let table = Table::read("pbc312.csv").unwrap();
    pbc.strata = Some(table.labels("id").iter().map(|id| id % 3).collect());
    #[rustfmt::skip]
    let reference = [
        0.00113350593995997, 0.601009751924117, 0.696818730836817, -1.81351964111234, 0.954728245181449,
        0.0185142613882203, 0.835723368584271, 0.864168406049426, -2.7191556101155, 1.99854941080119,
    ];
    same(&pbc.fit(&given(1.0, &[0.1, 0.01])).unwrap(), &reference);
}

#[test]
fn cross_validation_equals_glmnet() {
    let Some(pbc) = Cohort::pbc() else { return };
    let fold: Vec<usize> = (0..312).map(|case| case % 5).collect();
    let (outcomes, predictors) =
        (Outcomes::new(&pbc.time, &pbc.event).unwrap(), Predictors::new(&pbc.values, 5).unwrap());
    let settings = ElasticNetSettings::default();
    let cv = cross_validate(&outcomes, &predictors, None, &settings, &fold).unwrap();
    near(&[cv.mean[0], cv.mean[19], cv.mean[41]], &[11.9185165873174, 10.6989898042524, 10.6478380407067], EXACT);
    near(
        &[cv.std_err[0], cv.std_err[19], cv.std_err[41]],
        &[0.139361721077567, 0.0860819700867628, 0.0944012915478883],
        EXACT,
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
    #[rustfmt::skip]
    let reference: [(&[usize], &[f64]); 3] = [
        (&[], &[]),
        (&[151, 163, 169, 183, 190, 192], &[
            0.22836025878675, -0.0275801896843238, 0.192997506319008, -0.167528874819044, -0.0708498844570029,
            -0.115491387648755,
        ]),
        (&[13, 22, 66, 96, 133, 146, 147, 151, 152, 158, 162, 163, 166, 169, 183, 190, 192], &[
            0.0699133492663017, -0.100533596430181, -0.0978690987676092, 0.0644883066688285, 0.0140879189975413,
            -0.0410719398360495,
            0.178557440292479, 0.386497381588755, -0.106216539784137, -0.0400819251378319, -0.020077594949982,
            -0.288839091873958,
            -0.0650840677838329, 0.398257479443898, -0.410965124987699, -0.189956827774281, -0.262700180523801,
        ]),
    ];
    for (point, (chosen, coefficients)) in path.points.iter().zip(reference) {
        assert_eq!(point.chosen().collect::<Vec<_>>(), chosen);
        let ours: Vec<f64> = point.chosen().map(|column| point.coefficients[column]).collect();
        near(&ours, coefficients, EXACT);
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
    same(&pbc.fit(&own_units(1.0, 0.0)).unwrap(), &cox(None).coefficients);
    same(&pbc.fit(&own_units(0.0, 0.05)).unwrap(), &cox(Some(vec![0.05 * 312.0; 5])).coefficients);
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
    assert!(path.points.last().unwrap().chosen().count() > 20);
    optimal(&cohort, &path, 1.0);
}

/// Copies, columns of very different size, one time for all, and far more predictors than cases.
#[test]
fn every_model_of_a_hard_path_meets_the_conditions_of_optimality() {
    let mut copies = Cohort::wide();
    copies.values.chunks_mut(200).for_each(|row| row.copy_within(..100, 100));
    let mut units = Cohort::wide();
    let size = |column: usize| 10.0_f64.powi(column as i32 % 13 - 6);
    units.values.iter_mut().enumerate().for_each(|(at, value)| *value = (*value + 0.2) * size(at % 200));
    let mut tied = Cohort::wide();
    tied.time.iter_mut().for_each(|time| *time = (*time / 30.0).ceil());
    for (cohort, alpha) in [(&copies, 1.0), (&copies, 0.5), (&units, 1.0), (&units, 0.0), (&tied, 0.9)] {
        let automatic = ElasticNetSettings { alpha, lambdas: Lambdas::Automatic(30), ..ElasticNetSettings::default() };
        optimal(cohort, &cohort.fit(&automatic).unwrap(), alpha);
    }
}

/// Fails unless the slope of the likelihood along every coefficient is that of the penalty (within, where it is 0).
#[track_caller]
fn optimal(cohort: &Cohort, path: &ElasticNetPath, alpha: f64) {
    for point in &path.points {
        let lasso = point.lambda * alpha;
        for ((slope, scale), coefficient) in standardised_slopes(cohort, &point.coefficients).zip(&point.coefficients) {
            let left = slope - point.lambda * (1.0 - alpha) * coefficient * scale;
            let over =
                if *coefficient == 0.0 { left.abs() - lasso } else { (left - lasso * coefficient.signum()).abs() };
            assert!(over <= 1e-9 * point.lambda, "{over:e} at lambda {}", point.lambda);
        }
    }
}

/// Slope of log-likelihood / cases along every standardised coefficient, by plain sums, and the column's standard
/// deviation.
fn standardised_slopes(cohort: &Cohort, coefficients: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let (rows, columns) = (cohort.time.len(), cohort.columns);
    let row = move |case: usize| &cohort.values[case * columns..(case + 1) * columns];
    let weight: Vec<f64> =
        (0..rows).map(|case| row(case).iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>().exp()).collect();
    let mut lived = vec![0.0; rows];
    for death in (0..rows).filter(|case| cohort.event[*case]) {
        let at_risk = |case: &usize| cohort.time[*case] >= cohort.time[death];
        let total: f64 = (0..rows).filter(at_risk).map(|case| weight[case]).sum();
        (0..rows).filter(at_risk).for_each(|case| lived[case] += weight[case] / total);
    }
    let slope = move |column: usize| {
        let values: Vec<f64> = (0..rows).map(|case| row(case)[column]).collect();
        let mean = values.iter().sum::<f64>() / rows as f64;
        let scale = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
        let residual = |case: usize| f64::from(u8::from(cohort.event[case])) - lived[case];
        ((0..rows).map(|case| residual(case) * (values[case] - mean) / scale).sum::<f64>() / rows as f64, scale)
    };
    (0..columns).map(slope)
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
    // 1001 predictors without a penalty, by factor or by lambda.
    let many = Cohort { values: vec![1.0; 60 * 1002], columns: 1002, ..Cohort::wide() };
    let penalty_factors = Some((0..1002).map(|column| f64::from(u8::from(column == 7))).collect());
    for bad in [given(1.0, &[0.5, 0.0]), ElasticNetSettings { penalty_factors, ..given(1.0, &[0.5]) }] {
        assert!(matches!(refused(&many, &bad), StatsError::Setting { .. }), "{bad:?}");
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
    // Two whose difference that is, and a third of no effect; a copy of a column is no reason to refuse it.
    let part = |i: usize| (i * 5 % 13) as f64;
    let three = |first: &dyn Fn(usize) -> f64| Cohort {
        values: (0..40).flat_map(|i| [part(i), first(i), (i * 7 % 11) as f64, (i * 3 % 7) as f64]).collect(),
        columns: 4,
        time: cohort.time.clone(),
        event: cohort.event.clone(),
        strata: None,
    };
    let free = ElasticNetSettings { penalty_factors: Some(vec![0.0, 0.0, 0.0, 1.0]), ..given(1.0, &[0.1]) };
    let difference = three(&|i| part(i) - f64::from(u8::from(event[i])));
    let refused = difference.fit(&free).unwrap_err();
    assert!(matches!(refused, StatsError::InfiniteCoefficient { column: 0 | 1 }), "{refused:?}");
    assert!(three(&part).fit(&free).is_ok());
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
