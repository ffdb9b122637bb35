//! The numbers that leave a site, each with its name, and with the persons behind it.

use serde::{Deserialize, Serialize};

use super::MethodError;

/// Largest size of a real: 2^87 steps of 2^-40, shared by up to 255 sites.
const LARGEST: f64 = (1_u64 << 39) as f64;

/// A site's sums of one round, or their total: counts, and reals that the secure sum rounds to 2^-40.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Whole numbers.
    pub counts: Vec<u64>,
    /// All others.
    pub reals: Vec<f64>,
}

impl Sums {
    /// Numbers in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len() + self.reals.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The total of both. Commutative; associative to rounding, and exactly in fixed point.
    ///
    /// # Errors
    /// `Length`; `Range` for counts that overflow.
    pub fn plus(mut self, other: &Self) -> Result<Self, MethodError> {
        other.check(&self.shape())?;
        for (sum, more) in self.counts.iter_mut().zip(&other.counts) {
            *sum = sum.checked_add(*more).ok_or_else(|| MethodError::Range { block: "a count".into() })?;
        }
        self.reals.iter_mut().zip(&other.reals).for_each(|(sum, more)| *sum += more);
        Ok(self)
    }

    fn shape(&self) -> (usize, usize) {
        (self.counts.len(), self.reals.len())
    }

    /// Checks that there are so many counts and reals, all finite.
    pub(crate) fn check(&self, (counts, reals): &(usize, usize)) -> Result<(), MethodError> {
        for (kind, expected, found) in [("counts", *counts, self.counts.len()), ("reals", *reals, self.reals.len())] {
            if expected != found {
                return Err(MethodError::Length { kind, expected, found });
            }
        }
        if self.reals.iter().all(|real| real.is_finite()) {
            return Ok(());
        }
        Err(MethodError::Range { block: "the total".into() })
    }
}

/// One named block of numbers, with the names of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What the numbers are.
    pub name: String,
    /// What each stands for; one label a number.
    pub labels: Vec<String>,
}

/// The blocks of a vector of sums, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Layout {
    /// Of the counts.
    pub counts: Vec<Block>,
    /// Of the reals.
    pub reals: Vec<Block>,
}

impl Layout {
    /// Counts and reals.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        let length = |blocks: &[Block]| blocks.iter().map(|block| block.labels.len()).sum();
        (length(&self.counts), length(&self.reals))
    }

    /// Name and label of every count, then of every real.
    pub fn explain(&self) -> impl Iterator<Item = (&str, &str)> {
        let blocks = self.counts.iter().chain(&self.reals);
        blocks.flat_map(|block| block.labels.iter().map(|label| (block.name.as_str(), label.as_str())))
    }
}

/// What a site would send in a round, and all that its gate has to know of it. Only `sums` ever leaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// What would leave.
    pub sums: Sums,
    /// What each number is.
    pub layout: Layout,
    /// Persons whose records enter each count.
    pub count_persons: Vec<u64>,
    /// Persons whose records enter each real.
    pub real_persons: Vec<u64>,
}

impl Answer {
    /// Adds counts of persons, each of which is its own number of persons.
    pub(crate) fn count(&mut self, name: &str, labels: impl IntoIterator<Item = String>, values: &[u64]) {
        self.count_of(name, labels, values, values);
    }

    /// Adds counts (of rows, say) with the persons behind them.
    pub(crate) fn count_of(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        values: &[u64],
        persons: &[u64],
    ) {
        self.layout.counts.push(Block { name: name.into(), labels: labels.into_iter().collect() });
        self.sums.counts.extend_from_slice(values);
        self.count_persons.extend_from_slice(persons);
    }

    /// Adds reals with the persons behind them.
    pub(crate) fn add(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        values: impl IntoIterator<Item = f64>,
        persons: impl IntoIterator<Item = u64>,
    ) {
        self.layout.reals.push(Block { name: name.into(), labels: labels.into_iter().collect() });
        self.sums.reals.extend(values);
        self.real_persons.extend(persons);
    }

    /// Adds all of another answer.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.layout.counts.append(&mut other.layout.counts);
        self.layout.reals.append(&mut other.layout.reals);
        self.sums.counts.append(&mut other.sums.counts);
        self.sums.reals.append(&mut other.sums.reals);
        self.count_persons.append(&mut other.count_persons);
        self.real_persons.append(&mut other.real_persons);
    }

    /// Checks that the secure sum can carry every number.
    pub(crate) fn checked(self) -> Result<Self, MethodError> {
        let mut reals = self.sums.reals.iter();
        for block in &self.layout.reals {
            // Written so that NaN is out of range.
            if !block.labels.iter().zip(&mut reals).all(|(_, real)| real.abs() <= LARGEST) {
                return Err(MethodError::Range { block: block.name.clone() });
            }
        }
        Ok(self)
    }
}

/// Labels of the upper triangle of a symmetric matrix, row by row.
pub(crate) fn triangle(labels: &[String]) -> impl Iterator<Item = String> {
    let pairs = (0..labels.len()).flat_map(move |i| (i..labels.len()).map(move |j| (i, j)));
    pairs.map(|(i, j)| format!("{} x {}", labels[i], labels[j]))
}
