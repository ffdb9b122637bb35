//! The linear-algebra attack: which persons' contributions are combinations of the sums that left.
//!
//! Whoever knows sums over groups of persons knows every linear combination of them. A person's own contribution is
//! exposed when the unit vector of that person lies in the row space of the 0/1 matrix (groups x persons). Successive
//! differences of risk-set sums (`leak.py`) are the special case of nested groups. Persons who are in the same groups
//! everywhere (an atom) cannot be told apart by any combination, so the matrix is reduced to atoms. The row space is read
//! off the reduced row echelon form, in exact arithmetic modulo the prime 2^61 - 1: a unit vector is in the row space
//! exactly when it is a row of that form.

use std::collections::HashMap;

use super::PersonSet;

/// More distinct groups than this are not attacked but refused: the elimination takes time in their third power.
pub const MOST_GROUPS: usize = 2000;

/// The Mersenne prime 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

/// What the attack recovered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Persons whose own contribution is a combination of the sums.
    pub alone: Vec<usize>,
    /// Atoms of two persons or more, fewer than the cell, whose joint contribution is.
    pub groups: Vec<Vec<usize>>,
    /// Other combinations in which fewer persons than the cell take part (such as the difference of two persons).
    pub combinations: Vec<Vec<usize>>,
    /// Rank of the system: how many independent sums left.
    pub rank: usize,
}

impl Recovered {
    /// Whether nothing was recovered.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.alone.is_empty() && self.groups.is_empty() && self.combinations.is_empty()
    }
}

/// Attacks sums over `groups`. Finds every atom of fewer than `cell` persons that is recovered alone, every pair of atoms
/// of together fewer than `cell` that is recovered together, and larger combinations only as far as they are rows of the
/// echelon form.
#[must_use]
pub fn recoverable(groups: &[PersonSet], cell: usize) -> Recovered {
    let atoms = atoms(groups);
    let mut matrix: Vec<Vec<u64>> =
        groups.iter().map(|group| atoms.iter().map(|atom| u64::from(group.contains(atom[0]))).collect()).collect();
    let pivots = reduce(&mut matrix);
    let mut found = Recovered { rank: pivots.len(), ..Recovered::default() };
    // Rows with equal parts outside the pivots (up to a factor) cancel in pairs.
    let mut alike: HashMap<Vec<(usize, u64)>, Vec<usize>> = HashMap::new();
    for (row, &pivot) in matrix.iter().zip(&pivots) {
        let rest: Vec<(usize, u64)> =
            row.iter().enumerate().filter(|(at, entry)| **entry != 0 && *at != pivot).map(|(at, e)| (at, *e)).collect();
        let persons: usize = atoms[pivot].len() + rest.iter().map(|(at, _)| atoms[*at].len()).sum::<usize>();
        match (rest.is_empty(), persons) {
            (true, 1) => found.alone.push(atoms[pivot][0]),
            (true, _) if persons < cell => found.groups.push(atoms[pivot].clone()),
            (false, _) if persons < cell => {
                let columns = std::iter::once(pivot).chain(rest.iter().map(|(at, _)| *at));
                found.combinations.push(columns.flat_map(|at| atoms[at].iter().copied()).collect());
            }
            _ => {}
        }
        if let Some(&(_, first)) = rest.first() {
            let scale = inverse(first);
            let scaled = rest.iter().map(|(at, entry)| (*at, times(*entry, scale))).collect();
            alike.entry(scaled).or_default().push(pivot);
        }
    }
    for columns in alike.values_mut() {
        columns.sort_unstable_by_key(|at| (atoms[*at].len(), *at));
        let close = columns.windows(2).filter(|pair| atoms[pair[0]].len() + atoms[pair[1]].len() < cell);
        found.combinations.extend(close.map(|pair| [atoms[pair[0]].clone(), atoms[pair[1]].clone()].concat()));
    }
    found.alone.sort_unstable();
    found.combinations.sort();
    found
}

/// Persons by the groups they are in; those in no group are left out.
fn atoms(groups: &[PersonSet]) -> Vec<Vec<usize>> {
    let persons = groups.iter().filter_map(|group| group.iter().last()).max().map_or(0, |last| last + 1);
    let mut member_of: Vec<Vec<u32>> = vec![Vec::new(); persons];
    for (group, at) in groups.iter().zip(0..) {
        group.iter().for_each(|person| member_of[person].push(at));
    }
    let mut found: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for (person, groups) in member_of.into_iter().enumerate().filter(|(_, groups)| !groups.is_empty()) {
        found.entry(groups).or_default().push(person);
    }
    let mut found: Vec<Vec<usize>> = found.into_values().collect();
    found.sort_unstable();
    found
}

/// Brings the matrix into reduced row echelon form modulo the prime and returns the pivots' columns; the rows of the form
/// are the first so many rows.
fn reduce(matrix: &mut [Vec<u64>]) -> Vec<usize> {
    let columns = matrix.first().map_or(0, Vec::len);
    let mut pivots = Vec::new();
    for column in 0..columns {
        let top = pivots.len();
        // Of the rows with an entry here the sparsest, so that nested groups stay sparse.
        let entries = |row: &Vec<u64>| row.iter().filter(|entry| **entry != 0).count();
        let candidates = (top..matrix.len()).filter(|row| matrix[*row][column] != 0);
        let Some(row) = candidates.min_by_key(|row| entries(&matrix[*row])) else { continue };
        matrix.swap(top, row);
        let scale = inverse(matrix[top][column]);
        matrix[top].iter_mut().for_each(|entry| *entry = times(*entry, scale));
        let pivot: Vec<(usize, u64)> =
            matrix[top].iter().copied().enumerate().filter(|(_, entry)| *entry != 0).collect();
        for (at, other) in matrix.iter_mut().enumerate() {
            let factor = other[column];
            if at == top || factor == 0 {
                continue;
            }
            for &(at, entry) in &pivot {
                other[at] = (other[at] + PRIME - times(factor, entry)) % PRIME;
            }
        }
        pivots.push(column);
    }
    pivots
}

fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

/// The inverse by Fermat's little theorem.
fn inverse(a: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, a, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    result
}
