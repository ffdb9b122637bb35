//! How numbers spread, in bounded memory whatever their count: exact as long as few of them differ, which is nearly
//! always so of what laboratories write.

use std::collections::BTreeMap;

use super::report::Spread;

/// Different numbers held of one unit of one subject; beyond, neighbours fall together.
const MOST_DIFFERENT: usize = 2048;
/// Numbers from which quartiles are shown: each quarter then holds five or more, the smallest cell that Renkei shows, so
/// that no quartile is one record's alone.
pub(super) const FEWEST: u64 = 20;
/// Fences lie so many times the distance of the quartiles beyond them (Tukey 1977).
const FENCE: f64 = 1.5;

/// Numbers by size with how many there are of each. Sizes are the numbers' bits in an order that sorts, without the lowest
/// `shift` of them: with a shift of s numbers are known to a relative 2^(s - 53) or better.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    counts: BTreeMap<u64, u64>,
    shift: u32,
    count: u64,
}

impl Numbers {
    pub(super) fn add(&mut self, number: f64) {
        self.count += 1;
        *self.counts.entry(sorting(number) >> self.shift).or_default() += 1;
        while self.counts.len() > MOST_DIFFERENT {
            self.coarsen();
        }
    }

    /// What is shown of them.
    pub(super) fn spread(&self) -> Option<Spread> {
        if self.count < FEWEST {
            return None;
        }
        let [first, median, third] = [1, 2, 3].map(|quarter| self.quantile(quarter));
        let (first, median, third) = (first?, median?, third?);
        let fence = FENCE * (third - first);
        let beyond = |number: f64| number < first - fence || number > third + fence;
        let outliers = self.counts.iter().filter(|(size, _)| beyond(self.number(**size))).map(|(_, count)| count).sum();
        Some(Spread { first_quartile: first, median, third_quartile: third, outliers, exact: self.shift == 0 })
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The quantile of so many quarters, between two numbers by its distance from each (Hyndman and Fan 1996, type 7, which
    /// R, pandas and DuckDB have).
    fn quantile(&self, quarters: u64) -> Option<f64> {
        let place = (self.count - 1) * quarters;
        let (below, share) = (place / 4, (place % 4) as f64 / 4.0);
        let low = self.ranked(below)?;
        if share == 0.0 { Some(low) } else { Some(low + (self.ranked(below + 1)? - low) * share) }
    }

    /// The number with so many before it.
    fn ranked(&self, before: u64) -> Option<f64> {
        let mut seen = 0;
        let found = self.counts.iter().find(|(_, count)| {
            seen += **count;
            seen > before
        });
        found.map(|(size, _)| self.number(*size))
    }

    fn number(&self, size: u64) -> f64 {
        // The middle of those that fall together.
        let half = if self.shift == 0 { 0 } else { 1 << (self.shift - 1) };
        from_sorting((size << self.shift) | half)
    }

    /// Lets neighbours fall together. What comes of it does not depend on the order of the numbers.
    fn coarsen(&mut self) {
        self.shift += 1;
        let mut counts = BTreeMap::new();
        for (size, count) in std::mem::take(&mut self.counts) {
            *counts.entry(size >> 1).or_default() += count;
        }
        self.counts = counts;
    }
}

/// The bits of a number so that they sort as numbers do (IEEE 754, 5.10).
fn sorting(number: f64) -> u64 {
    // Both zeros are one.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn from_sorting(sorted: u64) -> f64 {
    f64::from_bits(if sorted >> 63 == 1 { sorted & !(1 << 63) } else { !sorted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = f64>) -> Numbers {
        let mut all = Numbers::default();
        numbers.into_iter().for_each(|number| all.add(number));
        all
    }

    /// ```text
    /// import numpy as np
    /// a = np.array([((i * 7919) % 101 - 50) / 4 for i in range(1000)] + [1000.0, -1000.0, 0.0, -0.0])
    /// q1, q2, q3 = np.quantile(a, [.25, .5, .75]); f = 1.5 * (q3 - q1)
    /// print(q1, q2, q3, ((a < q1 - f) | (a > q3 + f)).sum())   # -6.25 0.0 6.25 2
    /// ```
    #[test]
    fn quartiles_and_outliers_are_those_of_numpy() {
        let numbers = (0..1000).map(|i| f64::from(i * 7919 % 101 - 50) / 4.0).chain([1000.0, -1000.0, 0.0, -0.0]);
        let spread = of(numbers).spread().unwrap();
        let expected = Spread { first_quartile: -6.25, median: 0.0, third_quartile: 6.25, outliers: 2, exact: true };
        assert_eq!(spread, expected);
    }

    #[test]
    fn fewer_than_twenty_numbers_show_nothing() {
        assert_eq!(of((0..19).map(f64::from)).spread(), None);
        assert_eq!(of((0..20).map(f64::from)).spread().unwrap().median, 9.5);
    }

    #[test]
    fn many_different_numbers_are_held_in_bounds_and_to_a_known_error() {
        let numbers: Vec<f64> = (0..200_000).map(|i| f64::from(i * 7919 % 200_003) / 1000.0 - 20.0).collect();
        let (forwards, backwards) = (of(numbers.iter().copied()), of(numbers.iter().rev().copied()));
        assert!(forwards.counts.len() <= MOST_DIFFERENT);
        assert_eq!(forwards.counts, backwards.counts);
        let spread = forwards.spread().unwrap();
        // A sort of the same numbers.
        let mut sorted = numbers;
        sorted.sort_by(f64::total_cmp);
        let error = (spread.median - f64::midpoint(sorted[99_999], sorted[100_000])).abs() / spread.median;
        assert!(!spread.exact && error < 0.01, "{error}");
    }
}
