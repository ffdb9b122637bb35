//! Stability selection and mRMR on cohorts with known effects; plain computation; bad input.

use renkei_stats::{
    Predictors, StatsError,
    elastic_net::{ElasticNetSettings, Lambdas},
    selection::{StabilitySettings, relevance_order, stability_selection},
    survival::Outcomes,
};

/// 300 cases and 30 predictors by a rule; columns 3 and 8 act on the hazard, column 9 copies column 3 with noise.
fn cohort() -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let uniform = |number: u64| {
        let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 40) as f64 + 0.5) / f64::from(1 << 24)
    };
    let mut values: Vec<f64> = (0..9000).map(|at| uniform(at) - 0.5).collect();
    values.chunks_mut(30).for_each(|row| row[9] = row[3] + 0.2 * row[9]);
    let death = |row: &[f64], case: u64| -uniform(100_000 + case).ln() / (4.0 * row[3] - 3.0 * row[8]).exp();
    let (mut time, mut event) = (Vec::new(), Vec::new());
    for (case, row) in values.chunks(30).enumerate() {
        let (death, end) = (death(row, case as u64), 4.0 * uniform(200_000 + case as u64));
        time.push(death.min(end));
        event.push(death <= end);
    }
    (values, time, event)
}

fn settings() -> StabilitySettings {
    StabilitySettings { elastic_net: ElasticNetSettings::default(), most: 4, threshold: 0.8, pairs: 25, seed: 5 }
}

#[test]
fn what_acts_is_chosen_and_the_bound_is_the_formula() {
    let (values, time, event) = cohort();
    let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 30).unwrap());
    let found = stability_selection(&outcomes, &predictors, None, &settings()).unwrap();
    assert!(found.chosen.contains(&3) && found.chosen.contains(&8), "{found:?}");
    assert!(found.chosen.len() <= 3, "{found:?}");
    assert!(found.average <= 4.0 && (found.average - found.share.iter().sum::<f64>()).abs() < 1e-12);
    assert!((found.expected_false - found.average.powi(2) / (0.6 * 30.0)).abs() < 1e-12);
    assert_eq!(found, stability_selection(&outcomes, &predictors, None, &settings()).unwrap());
    let other = StabilitySettings { seed: 6, ..settings() };
    assert_ne!(found.share, stability_selection(&outcomes, &predictors, None, &other).unwrap().share);
    // Unpenalised predictors take no part.
    let factors = (0..30).map(|column| f64::from(u8::from(column != 3))).collect();
    let free = ElasticNetSettings { penalty_factors: Some(factors), ..ElasticNetSettings::default() };
    let found =
        stability_selection(&outcomes, &predictors, None, &StabilitySettings { elastic_net: free, ..settings() });
    let found = found.unwrap();
    assert_eq!((found.share[3], found.chosen.first()), (0.0, Some(&8)));
    assert!((found.expected_false - found.average.powi(2) / (0.6 * 29.0)).abs() < 1e-12);
}

#[test]
fn stability_refuses_bad_settings() {
    let (values, time, event) = cohort();
    let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 30).unwrap());
    let given = ElasticNetSettings { lambdas: Lambdas::Given(vec![0.1]), ..ElasticNetSettings::default() };
    for bad in [
        StabilitySettings { pairs: 0, ..settings() },
        StabilitySettings { threshold: 0.5, ..settings() },
        StabilitySettings { threshold: f64::NAN, ..settings() },
        StabilitySettings { most: 0, ..settings() },
        StabilitySettings { most: 31, ..settings() },
        StabilitySettings { elastic_net: given, ..settings() },
    ] {
        let refused = stability_selection(&outcomes, &predictors, None, &bad);
        assert!(matches!(refused, Err(StatsError::Setting { .. })), "{bad:?}");
    }
    let one: Vec<bool> = (0..300).map(|case| case == 7).collect();
    let outcomes = Outcomes::new(&time, &one).unwrap();
    let refused = stability_selection(&outcomes, &predictors, None, &settings());
    assert!(matches!(refused, Err(StatsError::NoEvents { .. })));
}

#[test]
fn the_order_takes_relevant_predictors_and_passes_over_copies() {
    let (values, time, event) = cohort();
    let (outcomes, predictors) = (Outcomes::new(&time, &event).unwrap(), Predictors::new(&values, 30).unwrap());
    let order = relevance_order(&outcomes, &predictors, None, 30).unwrap();
    let place = |column: usize| order.iter().position(|ranked| ranked.column == column).unwrap();
    assert!(place(3).min(place(9)) == 0 && place(8) == 1, "{order:?}");
    // The copy is by far the most relevant of the rest, and yet others come first: what it shares with its original
    // counts less with every place, so that it passes those of little relevance at last.
    let copy = place(3).max(place(9));
    assert!(copy >= 5 && order[2..].iter().all(|other| other.relevance <= order[copy].relevance), "{order:?}");
    let mut columns: Vec<usize> = order.iter().map(|ranked| ranked.column).collect();
    assert_eq!(relevance_order(&outcomes, &predictors, None, 5).unwrap(), order[..5]);
    columns.sort_unstable();
    assert_eq!(columns, (0..30).collect::<Vec<_>>());

    // The same by plain counting: residual = event - sum over deaths up to the time of 1 / number at risk.
    let at_risk = |t: f64| time.iter().filter(|other| **other >= t).count() as f64;
    let hazard = |t: f64| (0..300).filter(|i| event[*i] && time[*i] <= t).map(|i| 1.0 / at_risk(time[i])).sum::<f64>();
    let residual: Vec<f64> = (0..300).map(|case| f64::from(u8::from(event[case])) - hazard(time[case])).collect();
    let rank = |case: usize, column: usize| {
        let order = |other: usize| values[case * 30 + column].total_cmp(&values[other * 30 + column]) as i32;
        (0..300).map(order).sum::<i32>()
    };
    let ranks = |column: usize| (0..300).map(|case| f64::from(rank(case, column))).collect::<Vec<_>>();
    let ranks: Vec<Vec<f64>> = (0..30).map(ranks).collect();
    let relevance: Vec<f64> = ranks.iter().map(|ranks| information(ranks, &residual)).collect();
    for (taken, next) in order.iter().enumerate() {
        let redundancy = |column: usize| {
            let sum: f64 = order[..taken].iter().map(|before| information(&ranks[column], &ranks[before.column])).sum();
            sum / taken.max(1) as f64
        };
        assert!((next.relevance - relevance[next.column]).abs() < 1e-12);
        assert!((next.redundancy - redundancy(next.column)).abs() < 1e-12);
        let score = |column: usize| relevance[column] - redundancy(column);
        assert!(order[taken..].iter().all(|other| score(other.column) <= score(next.column) + 1e-12), "place {taken}");
    }
}

/// -ln(1 - r^2) / 2 of the correlation r.
fn information(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x, y) = (mean(a), mean(b));
    let product = |a: &[f64], x: f64, b: &[f64], y: f64| a.iter().zip(b).map(|(a, b)| (a - x) * (b - y)).sum::<f64>();
    -0.5 * (1.0 - product(a, x, b, y).powi(2) / (product(a, x, a, x) * product(b, y, b, y))).ln()
}

#[test]
fn the_order_refuses_bad_input() {
    let (mut values, time, event) = cohort();
    let outcomes = Outcomes::new(&time, &event).unwrap();
    let refused = |values: &[f64], count: usize| {
        relevance_order(&outcomes, &Predictors::new(values, 30).unwrap(), None, count).unwrap_err()
    };
    assert!(matches!(refused(&values, 0), StatsError::Setting { .. }));
    assert!(matches!(refused(&values, 31), StatsError::Setting { .. }));
    assert!(matches!(refused(&values[..60], 2), StatsError::Length { .. }));
    values.iter_mut().skip(4).step_by(30).for_each(|value| *value = 1.0);
    assert_eq!(refused(&values, 3), StatsError::Constant { column: 4 });
    let none = vec![false; 300];
    let outcomes = Outcomes::new(&time, &none).unwrap();
    let (values, _, _) = cohort();
    let refused = relevance_order(&outcomes, &Predictors::new(&values, 30).unwrap(), None, 3);
    assert!(matches!(refused, Err(StatsError::NoEvents { .. })));
}
