//! The row space by exact elimination modulo a prime against exact elimination in integers.

use proptest::prelude::*;
use renkei_federation::egress::{PersonSet, recoverable};

use crate::fixture::set;

/// The rank by Bareiss' elimination, whose every entry is a minor of the matrix: of nine columns of 0 and 1, a small integer. (A
/// singular value decomposition in doubles was seen to miss persons that are exposed.)
fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let (mut top, mut before) = (0, 1);
    for column in 0..columns {
        let Some(pivot) = (top..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
        rows.swap(top, pivot);
        let pivot = rows[top].clone();
        for row in rows.iter_mut().skip(top + 1) {
            let factor = row[column];
            for (entry, above) in row.iter_mut().zip(&pivot) {
                *entry = (*entry * pivot[column] - factor * above) / before;
            }
        }
        before = pivot[column];
        top += 1;
    }
    top
}

/// Whether `target` is a combination of the rows.
fn in_span(rows: &[Vec<i128>], target: Vec<i128>) -> bool {
    rank([rows, &[target]].concat()) == rank(rows.to_vec())
}

fn matrix(groups: &[PersonSet], persons: usize) -> Vec<Vec<i128>> {
    let row = |group: &PersonSet| (0..persons).map(|person| i128::from(group.contains(person))).collect();
    groups.iter().map(row).collect()
}

/// The matrix without some columns.
fn without(rows: &[Vec<i128>], columns: &[usize]) -> Vec<Vec<i128>> {
    let kept = |row: &Vec<i128>| {
        let entries = row.iter().enumerate().filter(|(at, _)| !columns.contains(at));
        entries.map(|(_, entry)| *entry).collect()
    };
    rows.iter().map(kept).collect()
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

#[test]
fn persons_whom_doubles_miss_are_found() {
    let bins = ["111111111", "010011101", "100110001", "000111001", "000101001", "101110001", "001111010", "011010001"];
    let groups: Vec<PersonSet> =
        bins.map(|bin| set(bin.bytes().enumerate().filter(|(_, bit)| *bit == b'1').map(|(at, _)| at))).to_vec();
    let found = recoverable(&groups, 5);
    assert_eq!((found.alone, found.rank), (vec![2, 4], 7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn elimination_modulo_a_prime_agrees_with_integers(
        bins in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 9), 1..9),
    ) {
        let groups: Vec<PersonSet> =
            bins.iter().map(|bin| set(bin.iter().enumerate().filter(|(_, inside)| **inside).map(|(at, _)| at))).collect();
        let rows = matrix(&groups, 9);
        let found = recoverable(&groups, 5);
        let unit = |person: usize| (0..9).map(|p| i128::from(p == person)).collect::<Vec<_>>();
        let alone: Vec<usize> = (0..9).filter(|person| in_span(&rows, unit(*person))).collect();
        prop_assert_eq!(&found.alone, &alone);
        prop_assert_eq!(found.rank, rank(rows.clone()));
        // Every group and combination named is real: some vector on these persons alone is in the row space.
        for persons in found.groups.iter().chain(&found.combinations) {
            prop_assert!(persons.len() < 5);
            prop_assert!(rank(without(&rows, persons)) < rank(rows.clone()), "{:?}", persons);
        }
        // Two persons, neither alone, whose combination is exposed are found, in an atom or a combination.
        for one in 0..9 {
            for other in one + 1..9 {
                let exposed = rank(without(&rows, &[one, other])) < rank(rows.clone());
                if exposed && !alone.contains(&one) && !alone.contains(&other) {
                    let named = |set: &Vec<usize>| set.contains(&one) || set.contains(&other);
                    prop_assert!(found.groups.iter().chain(&found.combinations).any(named), "{} {}", one, other);
                }
            }
        }
    }
}
