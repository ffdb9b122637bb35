//! The row space by exact elimination against projections in floating point.

use nalgebra::DMatrix;
use proptest::prelude::*;
use renkei_federation::egress::{PersonSet, recoverable};

use crate::fixture::set;

/// Whether `target` is a combination of the rows: its distance from their span by singular value decomposition.
fn in_span(rows: &DMatrix<f64>, target: &[f64]) -> bool {
    let svd = rows.clone().svd(false, true);
    let v = svd.v_t.unwrap();
    let mut rest = DMatrix::from_row_slice(1, target.len(), target);
    for (at, singular) in svd.singular_values.iter().enumerate() {
        if *singular > 1e-9 {
            let along = (&rest * v.row(at).transpose())[(0, 0)];
            rest -= v.row(at) * along;
        }
    }
    rest.norm() < 1e-7
}

fn matrix(groups: &[PersonSet], persons: usize) -> DMatrix<f64> {
    DMatrix::from_fn(groups.len(), persons, |row, person| f64::from(groups[row].contains(person)))
}

#[test]
fn pairs_of_persons_are_found() {
    // {1, 2} + X and X: the pair is an atom. {3} + X + Y and {4} + Y + X': told apart by no atom, but their difference.
    let x = 10..20;
    let with = |extra: &[usize]| set(extra.iter().copied().chain(x.clone()));
    let found = recoverable(&[with(&[1, 2]), with(&[])], 5);
    assert_eq!((found.alone, found.groups, found.rank), (vec![], vec![vec![1, 2]], 2));
    let found = recoverable(&[with(&[3]), with(&[4])], 5);
    assert_eq!((found.alone, found.groups), (vec![], vec![]));
    assert_eq!(found.combinations, [vec![3, 4]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn exact_elimination_agrees_with_projections(
        bins in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 9), 1..9),
    ) {
        let groups: Vec<PersonSet> =
            bins.iter().map(|bin| set(bin.iter().enumerate().filter(|(_, inside)| **inside).map(|(at, _)| at))).collect();
        let rows = matrix(&groups, 9);
        let found = recoverable(&groups, 5);
        let unit = |person: usize| (0..9).map(|p| f64::from(p == person)).collect::<Vec<_>>();
        let alone: Vec<usize> = (0..9).filter(|person| in_span(&rows, &unit(*person))).collect();
        prop_assert_eq!(&found.alone, &alone);
        prop_assert_eq!(found.rank, rows.rank(1e-9));
        // Every group and combination named is real: some vector on these persons alone is in the row space.
        for persons in found.groups.iter().chain(&found.combinations) {
            let others = rows.clone().remove_columns_at(persons);
            prop_assert!(persons.len() < 5);
            prop_assert!(others.rank(1e-9) < rows.rank(1e-9), "{:?}", persons);
        }
        // Two persons, neither alone, whose combination is exposed are found, in an atom or a combination.
        for one in 0..9 {
            for other in one + 1..9 {
                let others = rows.clone().remove_columns_at(&[one, other]);
                let exposed = others.rank(1e-9) < rows.rank(1e-9);
                if exposed && !alone.contains(&one) && !alone.contains(&other) {
                    let named = |set: &Vec<usize>| set.contains(&one) || set.contains(&other);
                    prop_assert!(found.groups.iter().chain(&found.combinations).any(named), "{} {}", one, other);
                }
            }
        }
    }
}
