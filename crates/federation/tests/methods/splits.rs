//! Whatever way cases are spread over sites, the result is that of all cases together.

use proptest::prelude::*;
use renkei_federation::{
    certificate::Adding,
    methods::{Covariate, CoxBySite, CoxOnGrid, CurvesOnGrid, Grouping, Method, Table, Times, YearlyHazard},
};
use renkei_stats::{
    cox::Ties,
    hazard::{Effects, Link, Years},
};

use super::cohort::{cases, off, table};

const CASES: usize = 120;

/// Cases by row number: no randomness but the split's.
fn site(name: &str, rows: &[usize]) -> (String, Table) {
    let of = |value: fn(usize) -> f64| -> Vec<f64> { rows.iter().map(|row| value(*row)).collect() };
    let time = of(|row| (row * 37 % 97) as f64 / 20.0 + 0.05);
    let cause = rows.iter().map(|row| [1, 0, 2, 1, 1][row * 29 % 5]).collect();
    let columns = [
        // The first forty rows have the same value: sites of them alone have a constant column.
        ("x", of(|row| if row < 40 { 3.0 } else { (row * 31 % 23) as f64 })),
        ("z", of(|row| (row * 17 % 13) as f64 / 4.0)),
        ("arm", of(|row| (row * 11 % 3 % 2) as f64)),
    ];
    let empty = Table::of_cases(cases(rows.iter().copied())).with_follow_up(time, cause).unwrap();
    let filled = columns.into_iter().fold(empty, |table, (name, values)| table.with_column(name, values).unwrap());
    (name.to_owned(), filled)
}

fn methods() -> Vec<Method> {
    let covariates = vec![Covariate::plain("x"), Covariate::plain("z")];
    let times = Times::regular(4.0, 5.0).unwrap();
    let years = Years::new(vec![1.0, 2.0, 3.0]).unwrap();
    let mut methods = vec![];
    for ties in [Ties::Efron, Ties::Breslow] {
        methods.push(Method::CoxBySite(CoxBySite { covariates: covariates.clone(), ties }));
        let on_grid = CoxOnGrid { covariates: covariates.clone(), ties, times: times.clone() };
        methods.push(Method::CoxOnGrid(on_grid));
    }
    for link in [Link::ComplementaryLogLog, Link::Logit] {
        let terms =
            YearlyHazard { covariates: covariates.clone(), years: years.clone(), link, effects: Effects::Common };
        methods.push(Method::YearlyHazard(terms));
    }
    let group = Some(Grouping { column: "arm".into(), groups: 2 });
    methods.push(Method::CurvesOnGrid(CurvesOnGrid { times, causes: 2, group }));
    methods
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any labels from 0 to 6; some sites stay empty.
    #[test]
    fn any_split_equals_pooled(labels in proptest::collection::vec(0_usize..7, CASES)) {
        let rows = |label: usize| (0..CASES).filter(|row| labels[*row] == label).collect::<Vec<_>>();
        let tables: Vec<_> = (0..7).map(|label| site(&format!("site-{label}"), &rows(label))).collect();
        for method in methods() {
            for adding in [Adding::Plain, Adding::FixedPoint] {
                let found = off(&method, &tables, adding);
                prop_assert!(found <= 1e-9, "{} {:?} {:e}", method.name(), adding, found);
            }
        }
    }
}

#[test]
fn odd_sites_are_summed_like_all_others() {
    let events = |row: &usize| [1, 0, 2, 1, 1][row * 29 % 5] == 1;
    let constant: Vec<usize> = (0..40).collect();
    let quiet: Vec<usize> = (40..CASES).filter(|row| !events(row)).collect();
    let (one, rest): (Vec<usize>, Vec<usize>) = (40..CASES).filter(events).partition(|row| *row == 40);
    assert!(one.len() == 1 && quiet.len() > 10 && rest.len() > 10);
    let tables =
        [site("one", &one), site("quiet", &quiet), site("same", &constant), site("rest", &rest), site("none", &[])];
    for method in methods() {
        for adding in [Adding::Plain, Adding::FixedPoint] {
            let found = off(&method, &tables, adding);
            assert!(found <= 1e-9, "{} {adding:?} {found:e}", method.name());
        }
    }
    let alone = table(0, vec![1.0], vec![1], &[("x", vec![1.0]), ("z", vec![2.0])]);
    assert_eq!(alone.rows(), 1);
}
