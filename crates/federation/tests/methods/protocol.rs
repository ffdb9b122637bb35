//! Registration, layouts, persons, and restarts at any moment.

use renkei_federation::{
    certificate::{Adding, add, check_set, run},
    egress::Kind,
    methods::{Answer, Ask, Broadcast, Hub, Method, MethodError, Step, Table, Times},
};
use renkei_stats::cox::Ties;
use serde_json::json;

use super::cohort::{all_methods, cases, cox_on_grid, sites, table};

#[test]
fn terms_come_from_the_study_by_name_and_version() {
    let parameters = json!({"covariates": [{"name": "age", "centre": 60, "scale": 10}, {"name": "psa"}]});
    let of = |name: &str, version, parameters: &serde_json::Value| {
        Method::registered(name, version, parameters.as_object().unwrap().clone())
    };
    let method = of("cox_by_site", 1, &parameters).unwrap();
    assert_eq!((method.name(), method.version()), ("cox_by_site", 1));
    for (name, version) in [("cox_by_site", 2), ("shell", 1), ("", 1)] {
        assert!(matches!(of(name, version, &parameters), Err(MethodError::NotRegistered { .. })));
    }
    assert!(matches!(of("cox_by_site", 1, &json!({"covariates": []})), Err(MethodError::Terms { .. })));
    assert!(matches!(of("cox_by_site", 1, &json!({})), Err(MethodError::Terms { .. })));
    let mut more = parameters.clone();
    more["code"] = json!("rm");
    assert!(matches!(of("cox_by_site", 1, &more), Err(MethodError::Terms { .. })));
    let grid = json!({"covariates": [{"name": "age"}], "times": [1.0, 0.5]});
    assert!(matches!(of("cox_on_grid", 1, &grid), Err(MethodError::Terms { .. })));
}

/// After each total the hub is stored and loaded; every message too.
#[test]
fn hubs_and_messages_survive_being_stored_at_any_moment() {
    for (name, method) in all_methods() {
        let tables = check_set(&method, &sites(3), &[60, 80, 100], 9).unwrap();
        let whole = run(&method, &tables, Adding::Plain).unwrap();
        let mut hub = Hub::start(method.clone()).unwrap();
        for (round, expected) in whole.totals.iter().enumerate() {
            hub = serde_json::from_str(&serde_json::to_string(&hub).unwrap()).unwrap();
            let sent = serde_json::to_string(&hub.broadcast()).unwrap();
            let broadcast: Broadcast = serde_json::from_str(&sent).unwrap();
            assert_eq!(broadcast.round as usize, round);
            let sums: Vec<_> =
                tables.iter().map(|(site, table)| method.answer(site, table, &broadcast).unwrap().sums).collect();
            let total = add(&sums, Adding::Plain).unwrap();
            assert_eq!(total, *expected, "{name}");
            if let Step::Done(outcome) = hub.step(&total).unwrap() {
                let stored = serde_json::to_string(&outcome).unwrap();
                assert_eq!(stored, serde_json::to_string(&whole.outcome).unwrap(), "{name}");
                assert_eq!(round + 1, whole.totals.len());
            }
        }
        assert_eq!(hub.step(&whole.totals[0]).unwrap_err(), MethodError::Done, "{name}");
    }
}

#[test]
fn every_number_has_a_name_and_its_persons_whatever_the_rows() {
    for (name, method) in all_methods() {
        let tables = check_set(&method, &sites(3), &[40, 80, 100], 9).unwrap();
        let mut hub = Hub::start(method.clone()).unwrap();
        loop {
            let broadcast = hub.broadcast();
            let layout = method.layout(&broadcast).unwrap();
            assert_eq!(layout, hub.layout().unwrap());
            let answers: Vec<_> =
                tables.iter().map(|(site, table)| method.answer(site, table, &broadcast).unwrap()).collect();
            for (answer, (_, table)) in answers.iter().zip(&tables) {
                assert_eq!(answer.layout, layout, "{name}");
                let (counts, reals) = layout.shape();
                assert_eq!((answer.sums.counts.len(), answer.sums.reals.len()), (counts, reals), "{name}");
                assert_eq!(layout.explain().count(), counts + reals);
                let told = answer.told();
                assert_eq!(told.len(), counts + reals);
                for number in &told {
                    assert!(number.persons.len() <= table.rows(), "{name}");
                    // A number that nobody stands behind is 0.
                    assert!(!number.persons.is_empty() || number.value == 0.0, "{name}: {}", number.label);
                    let all = (number.persons.len(), number.linear) == (table.rows(), false);
                    assert!(number.linear || all, "{name}: {} is over everyone", number.label);
                }
                for (number, count) in told.iter().zip(&answer.sums.counts) {
                    assert_eq!((number.persons.len() as u64, number.kind), (*count, Kind::Count), "{name}");
                }
            }
            let sums: Vec<_> = answers.into_iter().map(|answer| answer.sums).collect();
            if let Step::Done(_) = hub.step(&add(&sums, Adding::Plain).unwrap()).unwrap() {
                break;
            }
        }
    }
}

/// Persons behind every number, counts first.
fn behind(answer: &Answer) -> Vec<usize> {
    answer.told().iter().map(|number| number.persons.len()).collect()
}

#[test]
fn persons_are_counted_by_step_and_not_by_row() {
    let method = cox_on_grid(Ties::Efron);
    let columns = [("age", vec![50.0, 60.0, 70.0]), ("psa", vec![1.0, 2.0, 4.0]), ("grade", vec![0.0, 1.0, 0.0])];
    let three = table(0, vec![0.2, 0.25, 9.0], vec![1, 0, 1], &columns);
    let point = json!({"slopes": {"centre": [60, 2, 0], "scale": [10, 1, 1], "at": [0, 0, 0]}});
    let ask: Ask = serde_json::from_value(point).unwrap();
    let answer = method.answer("a", &three, &Broadcast { round: 1, ask }).unwrap();
    // Two leave in the first quarter, one of them dead; the third is censored at the end of the grid.
    assert_eq!(answer.sums.counts[..4], [3, 1, 1, 0]);
    let (width, per_step) = (10, 20);
    let persons = behind(&answer);
    let (_, real_persons) = persons.split_at(answer.sums.counts.len());
    assert_eq!(real_persons[..per_step], [[2; 10], [1; 10]].concat());
    assert_eq!(answer.sums.reals[0], 2.0);
    assert_eq!(real_persons[19 * per_step..19 * per_step + width], [1; 10]);
    // Tiles: many rows, two persons.
    let tiles = Table::of_cases(cases([7, 7, 7, 8])).with_column("age", vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let tiles = tiles.with_column("psa", vec![1.0; 4]).unwrap().with_column("grade", vec![0.0; 4]).unwrap();
    let (_, components) = all_methods().into_iter().find(|(name, _)| *name == "principal components").unwrap();
    let answer = components.answer("a", &tiles, &Broadcast { round: 0, ask: Ask::Counts }).unwrap();
    assert_eq!((answer.sums.counts[0], &behind(&answer)[..2]), (4, &[2, 2][..]));
    // One person has three of the four tiles.
    assert_eq!(answer.told()[0].concentration.map(|shares| shares.share()), Some(0.75));
}

#[test]
fn sums_of_an_indicator_are_counts_of_those_who_have_it() {
    let (_, method) = all_methods().into_iter().find(|(name, _)| *name == "Cox by site, Efron").unwrap();
    let columns = [("age", vec![50.0, 60.0, 70.0]), ("psa", vec![0.0, 0.0, 1.0]), ("grade", vec![0.0, 0.0, 0.0])];
    let three = table(0, vec![0.2, 0.25, 9.0], vec![1, 0, 1], &columns);
    let answer = method.answer("a", &three, &Broadcast { round: 0, ask: Ask::Spread }).unwrap();
    let spread: Vec<_> = answer.told()[2..].iter().map(|number| (number.kind, number.persons.len())).collect();
    // A column in which all are alike tells nothing of one of them.
    let once = [(Kind::Sum, 3), (Kind::Count, 1), (Kind::Sum, 3)];
    assert_eq!(spread, [once, once].concat());
}

#[test]
fn times_count_as_the_ends_of_their_steps() {
    let method = |horizon: f64| {
        let times = Times::regular(12.0, horizon).unwrap();
        let curves = renkei_federation::methods::CurvesOnGrid { times, causes: 1, group: None };
        Method::CurvesOnGrid(curves)
    };
    let counts = |time: f64, horizon: f64| {
        let one = table(0, vec![time], vec![1], &[]);
        let ask = Broadcast { round: 0, ask: Ask::Counts };
        method(horizon).answer("a", &one, &ask).unwrap().sums.counts[1..].to_vec()
    };
    // 487 days are the end of month 16; a day more is month 17.
    let place = |days: f64| counts(days / 365.25, 2.0).iter().position(|count| *count == 1).unwrap();
    assert_eq!((place(487.0), place(488.0), place(1.0)), (2 * 15 + 1, 2 * 16 + 1, 1));
    assert_eq!(place(487.0 + 1e-9), place(487.0));
    assert_eq!(place(487.0 + 1e-3), place(488.0));
    // An event beyond the horizon is a case censored there.
    assert_eq!(counts(2.5, 0.25), [0, 0, 0, 0, 1, 0]);
}
