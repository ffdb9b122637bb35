//! Where the data have no answer there is a reason, not a number.

use renkei_federation::{
    certificate::{Adding, check_set, run},
    methods::{
        Ask, Broadcast, Covariate, CoxBySite, CoxOnGrid, ElasticNet, Hub, Method, MethodError, NetPoint, Outcome,
        Point, PredictionOnGrid, RiskSets, Step, Sums, Table, Times,
    },
};
use renkei_stats::{StatsError, cox::Ties};

use super::cohort::{cases, cox_by_site, cox_on_grid, sites, table};

fn both(names: &[&str]) -> [Method; 2] {
    let covariates: Vec<Covariate> = names.iter().map(|name| Covariate::plain(name)).collect();
    [
        Method::CoxBySite(CoxBySite { covariates: covariates.clone(), ties: Ties::Efron }),
        Method::CoxOnGrid(CoxOnGrid { covariates, ties: Ties::Efron, times: Times::regular(1.0, 40.0).unwrap() }),
    ]
}

/// Three sites of twelve cases, with columns by the row's number in all.
fn three(columns: &[(&str, &dyn Fn(usize) -> f64)], event: &dyn Fn(usize) -> bool) -> Vec<(String, Table)> {
    let site = |site: usize| {
        let rows = 12 * site..12 * site + 12;
        let time = rows.clone().map(|row| (row * 7 % 36 + 1) as f64).collect();
        let cause = rows.clone().map(|row| usize::from(event(row))).collect();
        let columns: Vec<(&str, Vec<f64>)> =
            columns.iter().map(|(name, value)| (*name, rows.clone().map(value).collect())).collect();
        (format!("site-{site}"), table(rows.start, time, cause, &columns))
    };
    (0..3).map(site).collect()
}

#[test]
fn separation_is_named() {
    // Whoever has x = 1 has the event first, in every site and in all.
    let early = |row: usize| f64::from(u8::from(row * 7 % 36 < 12));
    let noise = |row: usize| (row * 17 % 5) as f64;
    let tables = three(&[("x", &early), ("z", &noise)], &|row| row * 7 % 36 < 12);
    for method in both(&["z", "x"]) {
        let error = run(&method, &tables, Adding::FixedPoint).unwrap_err();
        assert_eq!(error, StatsError::InfiniteCoefficient { column: 1 }.into(), "{}", method.name());
        assert!(error.to_string().contains("runs to infinity"));
    }
}

#[test]
fn collinear_and_constant_columns_are_named() {
    let x = |row: usize| (row * 17 % 11) as f64;
    let double = |row: usize| 2.0 * x(row) + 1.0;
    let constant = |_: usize| 7.0;
    let tables = three(&[("x", &x), ("double", &double), ("constant", &constant)], &|row| row % 3 != 0);
    for method in both(&["x", "double"]) {
        let error = run(&method, &tables, Adding::FixedPoint).unwrap_err();
        assert_eq!(error, StatsError::Collinear { column: 1 }.into(), "{}", method.name());
    }
    for method in both(&["x", "constant"]) {
        let error = run(&method, &tables, Adding::FixedPoint).unwrap_err();
        assert_eq!(error, StatsError::Constant { column: 1 }.into(), "{}", method.name());
    }
    // A column that differs between sites only tells nothing inside any of them, but in all of them together.
    let of_site = |row: usize| (row / 12) as f64;
    let tables = three(&[("x", &x), ("site", &of_site)], &|row| row % 3 != 0);
    let [by_site, on_grid] = both(&["x", "site"]);
    let error = run(&by_site, &tables, Adding::FixedPoint).unwrap_err();
    assert_eq!(error, StatsError::Constant { column: 1 }.into());
    assert!(run(&on_grid, &tables, Adding::FixedPoint).is_ok());
}

#[test]
fn nobody_and_no_event_are_refused() {
    let x = |row: usize| (row * 17 % 11) as f64;
    for method in both(&["x"]) {
        let error = run(&method, &three(&[("x", &x)], &|_| false), Adding::Plain).unwrap_err();
        assert!(matches!(error, MethodError::Stats(StatsError::NoEvents { .. })), "{error}");
        let nobody = [("a".to_owned(), Table::default())];
        let error = run(&method, &nobody, Adding::Plain).unwrap_err();
        assert!(matches!(error, MethodError::Stats(StatsError::Empty { .. })), "{error}");
    }
}

/// Totals whose log-likelihood falls wherever the climb goes, as no cohort's does.
#[test]
fn a_climb_that_finds_no_rise_ends() {
    let method = both(&["x"])[0].clone();
    let mut hub = Hub::start(method).unwrap();
    let counts = vec![30, 20];
    let spread = Sums { counts: counts.clone(), reals: vec![0.0, 30.0] };
    assert!(matches!(hub.step(&spread), Ok(Step::Next(_))));
    let mut error = None;
    for round in 0..200 {
        let slopes = Sums { counts: counts.clone(), reals: vec![-60.0 - f64::from(round), 5.0, 10.0] };
        if let Err(found) = hub.step(&slopes) {
            error = Some((round, found));
            break;
        }
    }
    let (round, error) = error.unwrap();
    assert!(matches!(error, MethodError::Stats(StatsError::NotConverged { .. })), "{error}");
    assert_eq!(round, 30);
}

#[test]
fn totals_of_another_shape_or_cohort_are_refused_and_change_nothing() {
    for method in [cox_by_site(Ties::Efron), cox_on_grid(Ties::Breslow)] {
        let tables = check_set(&method, &sites(3), &[50, 50, 50], 1).unwrap();
        let mut hub = Hub::start(method.clone()).unwrap();
        let total = |hub: &Hub, tables: &[(String, Table)]| {
            let answers = tables.iter().map(|(name, table)| method.answer(name, table, &hub.broadcast()).unwrap().sums);
            answers.reduce(|all, own| all.plus(&own).unwrap()).unwrap()
        };
        let spread = total(&hub, &tables);
        let mut long = spread.clone();
        long.reals.push(0.0);
        assert!(matches!(hub.step(&long), Err(MethodError::Length { kind: "reals", .. })));
        let mut short = spread.clone();
        short.counts.pop();
        assert!(matches!(hub.step(&short), Err(MethodError::Length { kind: "counts", .. })));
        let mut broken = spread.clone();
        broken.reals[0] = f64::NAN;
        assert!(matches!(hub.step(&broken), Err(MethodError::Range { .. })));
        let mut more_events = spread.clone();
        more_events.counts[1] = 151;
        assert!(matches!(hub.step(&more_events), Err(MethodError::Contradiction { .. })));
        hub.step(&spread).unwrap();
        // A site has left: its persons are missing.
        let before = hub.clone();
        let two = total(&hub, &tables[..2]);
        assert_eq!(hub.step(&two).unwrap_err(), MethodError::CohortChanged);
        assert_eq!(hub, before);
        assert!(matches!(hub.step(&total(&before, &tables)), Ok(Step::Next(_))));
    }
}

#[test]
fn deaths_that_contradict_the_events_are_refused() {
    let method = cox_on_grid(Ties::Efron);
    let tables = check_set(&method, &sites(1), &[90], 1).unwrap();
    let mut hub = Hub::start(method.clone()).unwrap();
    let answer = |hub: &Hub| method.answer("site-0", &tables[0].1, &hub.broadcast()).unwrap().sums;
    hub.step(&answer(&hub)).unwrap();
    let mut slopes = answer(&hub);
    slopes.counts[2] = u64::MAX;
    assert!(matches!(hub.step(&slopes), Err(MethodError::Contradiction { .. })));
}

#[test]
fn a_site_refuses_what_the_method_does_not_ask() {
    let method = cox_by_site(Ties::Efron);
    let tables = check_set(&method, &sites(1), &[50], 1).unwrap();
    let ask = |ask: Ask| method.answer("site-0", &tables[0].1, &Broadcast { round: 1, ask }).unwrap_err();
    let point = |at: f64| Point {
        centre: vec![60.0, 2.0, 0.0],
        scale: vec![10.0, 1.0, 1.0],
        at: vec![at, 0.0, 0.0],
        exponents: vec![],
    };
    assert!(matches!(ask(Ask::Counts), MethodError::Unexpected { .. }));
    assert!(matches!(ask(Ask::Expected(point(0.0))), MethodError::Unexpected { .. }));
    assert!(matches!(ask(Ask::Slopes(point(1e3))), MethodError::Coefficients { .. }));
    assert!(matches!(ask(Ask::Slopes(point(f64::NAN))), MethodError::Coefficients { .. }));
    assert!(matches!(ask(Ask::Slopes(Point { at: vec![0.0; 2], ..point(0.0) })), MethodError::Stats(_)));
    assert!(matches!(ask(Ask::Slopes(Point { scale: vec![0.0; 3], ..point(0.0) })), MethodError::Stats(_)));
    let other = table(0, vec![1.0], vec![1], &[("age", vec![60.0])]);
    let error = method.answer("a", &other, &Broadcast { round: 0, ask: Ask::Spread }).unwrap_err();
    assert_eq!(error.to_string(), "column 'psa' is not in the site's table");
}

#[test]
fn numbers_that_the_secure_sum_cannot_carry_are_refused_at_the_site() {
    let method = both(&["x"])[0].clone();
    let far = table(0, vec![1.0, 2.0], vec![1, 1], &[("x", vec![1e9, 2e9])]);
    let error = method.answer("a", &far, &Broadcast { round: 0, ask: Ask::Spread }).unwrap_err();
    assert_eq!(error, MethodError::Range { block: "sum of squares".into() });
}

#[test]
fn bad_tables_and_terms_are_refused() {
    let follow = |time: f64| Table::of_cases(cases([0])).with_follow_up(vec![time], vec![1]);
    assert!(follow(0.0).is_err() && follow(f64::NAN).is_err() && follow(1.0).is_ok());
    assert!(Table::of_cases(cases([0, 1])).with_column("x", vec![1.0]).is_err());
    assert!(Table::of_cases(cases([0])).with_column("x", vec![f64::INFINITY]).is_err());
    let twice = Table::of_cases(cases([4, 4])).with_follow_up(vec![1.0, 2.0], vec![1, 0]).unwrap();
    let twice = twice.with_column("x", vec![1.0, 2.0]).unwrap();
    let error = both(&["x"])[0].answer("a", &twice, &Broadcast { round: 0, ask: Ask::Spread }).unwrap_err();
    assert!(error.to_string().contains("one row a case"));
    assert!(Hub::start(both(&["x", "x"])[0].clone()).is_err());
    assert!(Hub::start(both(&[])[1].clone()).is_err());
    for ends in [vec![], vec![0.0, 1.0], vec![1.0, 1.0], vec![f64::NAN]] {
        assert!(Times::new(ends).is_err());
    }
    assert!(Times::regular(365.25, 1e9).is_err());
}

#[test]
fn a_path_chooses_more_as_its_penalty_falls_and_holds_what_separates() {
    let method = super::cohort::elastic_net(RiskSets::BySite);
    let tables = check_set(&method, &sites(3), &[90, 100, 110], 4).unwrap();
    let chosen = |outcome: &Outcome| match outcome {
        Outcome::Net(path) => {
            let count = |point: &NetPoint| point.coefficients.iter().filter(|b| **b != 0.0).count();
            path.points.iter().map(count).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let counts = chosen(&run(&method, &tables, Adding::FixedPoint).unwrap().outcome);
    assert!(counts[0] < counts[3] && counts.is_sorted() && counts[3] == 6, "{counts:?}");
    // What no unpenalised fit can hold (as in `separation_is_named`).
    let early = |row: usize| f64::from(u8::from(row * 7 % 36 < 12));
    let tables = three(&[("x", &early)], &|row| row * 7 % 36 < 12);
    for risk_sets in [RiskSets::BySite, RiskSets::OnGrid(Times::regular(1.0, 40.0).unwrap())] {
        let terms = ElasticNet { covariates: vec![Covariate::plain("x")], risk_sets, alpha: 0.5, lambdas: vec![0.01] };
        assert!(super::cohort::off(&Method::ElasticNet(terms.clone()), &tables, Adding::FixedPoint) <= 1e-9);
        for (alpha, lambdas) in [(1.5, vec![0.1]), (1.0, vec![]), (1.0, vec![0.1, 0.2]), (1.0, vec![0.0])] {
            let odd = Method::ElasticNet(ElasticNet { alpha, lambdas, ..terms.clone() });
            assert!(matches!(Hub::start(odd), Err(MethodError::Terms { .. })));
        }
    }
}

#[test]
fn predictions_that_are_no_risks_and_horizons_without_controls_are_refused() {
    let terms = |horizon: f64, bins: usize| PredictionOnGrid {
        risk: "risk".into(),
        horizon,
        times: Times::regular(4.0, 5.0).unwrap(),
        bins,
        groups: 2,
        thresholds: vec![0.5],
    };
    for (horizon, bins) in [(5.0, 10), (0.0, 10), (3.0, 1), (f64::NAN, 10)] {
        assert!(Hub::start(Method::PredictionOnGrid(terms(horizon, bins))).is_err());
    }
    let method = Method::PredictionOnGrid(terms(3.0, 10));
    let odd = table(0, vec![1.0], vec![1], &[("risk", vec![1.2])]);
    let error = method.answer("a", &odd, &Broadcast { round: 0, ask: Ask::Counts }).unwrap_err();
    assert_eq!(error.to_string(), "column 'risk' holds a risk that is not between 0 and 1");
    let short = [("a".to_owned(), table(0, vec![1.0, 2.0], vec![1, 0], &[("risk", vec![0.4, 0.2])]))];
    let error = run(&method, &short, Adding::Plain).unwrap_err();
    assert!(matches!(error, MethodError::Stats(StatsError::NoControls { .. })), "{error}");
}
