//! The numbers that leave a site, each with its name, and with the persons behind it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{MethodError, Table};
use crate::egress::{Concentration, Kind, PersonSet};

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

/// What is behind one number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Behind {
    kind: Kind,
    /// Place of the persons among the distinct sets.
    set: usize,
    /// Whether it is a sum of what each of them contributes.
    linear: bool,
    concentration: Option<Concentration>,
}

/// One number as the gate has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<'a> {
    /// Block and label.
    pub label: String,
    /// Its value.
    pub value: f64,
    /// Count or sum.
    pub kind: Kind,
    /// The persons whose records enter it, by their places in the table's cohort.
    pub persons: &'a PersonSet,
    /// Whether it is a sum of what each of them contributes by themselves.
    pub linear: bool,
    /// How much of it is one person's; none where all contribute alike, or where that is not known.
    pub concentration: Option<Concentration>,
}

/// What a site would send in a round, and all that its gate has to know of it. Only `sums` ever leaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// What would leave.
    pub sums: Sums,
    /// What each number is.
    pub layout: Layout,
    sets: BTreeMap<PersonSet, usize>,
    counts: Vec<Behind>,
    reals: Vec<Behind>,
}

impl Answer {
    /// Adds counts of persons: how many are in each set.
    pub(crate) fn count(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        sets: impl IntoIterator<Item = PersonSet>,
    ) {
        self.layout.counts.push(Block { name: name.into(), labels: labels.into_iter().collect() });
        for persons in sets {
            self.sums.counts.push(persons.len() as u64);
            let set = self.place(&persons);
            self.counts.push(Behind { kind: Kind::Count, set, linear: true, concentration: None });
        }
    }

    /// Adds counts of rows by group, of which a person may have many. `group` names each row's.
    pub(crate) fn count_rows(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        table: &Table,
        group: &[usize],
    ) {
        let labels: Vec<String> = labels.into_iter().collect();
        let sets = table.sets_by(group, labels.len());
        if table.one_row_each().is_ok() {
            return self.count(name, labels, sets);
        }
        for (place, persons) in sets.iter().enumerate() {
            let rows = || group.iter().enumerate().filter(|(_, group)| **group == place).map(|(row, _)| (row, 1.0));
            self.sums.counts.push(rows().count() as u64);
            let (set, concentration) = (self.place(persons), Some(table.concentration(rows())));
            self.counts.push(Behind { kind: Kind::Sum, set, linear: true, concentration });
        }
        self.layout.counts.push(Block { name: name.into(), labels });
    }

    /// Adds sums of what each person of a set contributes.
    pub(crate) fn add<'s>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        numbers: impl IntoIterator<Item = (f64, &'s PersonSet, Option<Concentration>)>,
    ) {
        let sum = |(value, persons, shares)| (Kind::Sum, value, persons, shares);
        self.add_of_kinds(name, labels, numbers.into_iter().map(sum));
    }

    /// The same, where some of them are counts in another form than as whole numbers.
    pub(crate) fn add_of_kinds<'s>(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        numbers: impl IntoIterator<Item = (Kind, f64, &'s PersonSet, Option<Concentration>)>,
    ) {
        self.layout.reals.push(Block { name: name.into(), labels: labels.into_iter().collect() });
        for (kind, value, persons, concentration) in numbers {
            self.sums.reals.push(value);
            let set = self.place(persons);
            self.reals.push(Behind { kind, set, linear: true, concentration });
        }
    }

    /// Adds numbers that are no sums of single persons' contributions; all of `everyone` enter each.
    pub(crate) fn add_not_linear(
        &mut self,
        name: &str,
        labels: impl IntoIterator<Item = String>,
        values: impl IntoIterator<Item = f64>,
        everyone: &PersonSet,
    ) {
        // Of nobody there is nothing to know: zeros over the empty set.
        let (set, linear) = (self.place(everyone), everyone.is_empty());
        self.layout.reals.push(Block { name: name.into(), labels: labels.into_iter().collect() });
        for value in values {
            self.sums.reals.push(value);
            self.reals.push(Behind { kind: Kind::Sum, set, linear, concentration: None });
        }
    }

    /// The place of a set among the distinct ones.
    fn place(&mut self, persons: &PersonSet) -> usize {
        if let Some(place) = self.sets.get(persons) {
            return *place;
        }
        let place = self.sets.len();
        self.sets.insert(persons.clone(), place);
        place
    }

    /// Adds all of another answer, over the same cohort.
    pub(crate) fn append(&mut self, mut other: Self) {
        let mut places = vec![0; other.sets.len()];
        other.sets.iter().for_each(|(persons, at)| places[*at] = self.place(persons));
        let own = |behind: Behind| Behind { set: places[behind.set], ..behind };
        self.counts.extend(other.counts.into_iter().map(own));
        self.reals.extend(other.reals.into_iter().map(own));
        self.layout.counts.append(&mut other.layout.counts);
        self.layout.reals.append(&mut other.layout.reals);
        self.sums.counts.append(&mut other.sums.counts);
        self.sums.reals.append(&mut other.sums.reals);
    }

    /// Every number as the gate has to know it, counts first.
    #[must_use]
    pub fn told(&self) -> Vec<Told<'_>> {
        let mut sets: Vec<(&PersonSet, usize)> = self.sets.iter().map(|(persons, at)| (persons, *at)).collect();
        sets.sort_unstable_by_key(|(_, at)| *at);
        let counts = self.sums.counts.iter().map(|count| *count as f64);
        let values = counts.chain(self.sums.reals.iter().copied());
        let behind = self.counts.iter().chain(&self.reals);
        let told = |((value, behind), (block, label)): ((f64, &Behind), (&str, &str))| Told {
            label: format!("{block}: {label}"),
            value,
            kind: behind.kind,
            persons: sets[behind.set].0,
            linear: behind.linear,
            concentration: behind.concentration,
        };
        values.zip(behind).zip(self.layout.explain()).map(told).collect()
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
