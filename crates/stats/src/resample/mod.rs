//! Seeded resampling: bootstrap, permutation, folds stratified by event.
//!
//! Draws are ChaCha12 streams: replicate `r` of a seed is the same whatever replicates ran before it, so replicates can be
//! spread over workers.

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha12Rng;

use crate::StatsError;

/// The generator of one replicate: one seed, one stream a replicate.
pub(crate) fn generator(seed: u64, replicate: u64) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    generator.set_stream(replicate);
    generator
}

/// `rows` row numbers drawn with replacement from `0..rows` (Efron 1979); replicate `replicate` of `seed`.
pub fn bootstrap_indices(rows: usize, seed: u64, replicate: u64) -> Vec<usize> {
    let mut generator = generator(seed, replicate);
    (0..rows).map(|_| generator.random_range(0..rows)).collect()
}

/// The row numbers `0..rows` in random order (Fisher-Yates); replicate `replicate` of `seed`.
pub fn permutation(rows: usize, seed: u64, replicate: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut generator(seed, replicate));
    order
}

/// The fold (`0..folds`) of every row, for out-of-fold predictions: events and censored rows are shuffled and dealt apart, so
/// that neither the events nor the rows of two folds differ by more than one.
///
/// # Errors
/// `Empty`; `Setting` when `folds` is below 2 or above the number of rows.
pub fn stratified_folds(event: &[bool], folds: usize, seed: u64) -> Result<Vec<usize>, StatsError> {
    if event.is_empty() {
        return Err(StatsError::Empty { what: "event" });
    }
    if folds < 2 || folds > event.len() {
        return Err(StatsError::Setting { what: "number of folds", expected: "from 2 to the number of rows" });
    }
    let shuffled = permutation(event.len(), seed, 0);
    let events = shuffled.iter().filter(|row| event[**row]);
    let censored = shuffled.iter().filter(|row| !event[**row]);
    let mut fold = vec![0; event.len()];
    for (dealt, row) in events.chain(censored).enumerate() {
        fold[*row] = dealt % folds;
    }
    Ok(fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replicate_is_the_same_each_time_and_unlike_its_neighbours() {
        assert_eq!(bootstrap_indices(50, 7, 3), bootstrap_indices(50, 7, 3));
        assert_ne!(bootstrap_indices(50, 7, 3), bootstrap_indices(50, 7, 4));
        assert_ne!(bootstrap_indices(50, 7, 3), bootstrap_indices(50, 8, 3));
        assert!(bootstrap_indices(50, 7, 3).iter().all(|row| *row < 50));
        assert!(bootstrap_indices(0, 7, 3).is_empty());
    }

    #[test]
    fn a_permutation_holds_every_row_once() {
        let mut order = permutation(100, 1, 0);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn folds_share_events_and_rows_evenly() {
        let event: Vec<bool> = (0..103).map(|row| row % 5 == 0).collect();
        let fold = stratified_folds(&event, 4, 11).unwrap();
        let count = |of: &dyn Fn(usize) -> bool| {
            let counts: Vec<usize> =
                (0..4).map(|f| (0..103).filter(|row| fold[*row] == f && of(*row)).count()).collect();
            counts.iter().max().unwrap() - counts.iter().min().unwrap()
        };
        assert!(count(&|row| event[row]) <= 1);
        assert!(count(&|_| true) <= 1);
        assert!(stratified_folds(&event, 1, 0).is_err());
        assert!(stratified_folds(&[], 2, 0).is_err());
    }
}
