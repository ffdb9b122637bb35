//! Sets of persons of a cohort.

use serde::{Deserialize, Serialize};

const BITS: usize = u64::BITS as usize;

/// A set of persons, by their places in a cohort, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonSet {
    /// Without zero words at the end, so that equal sets are equal values.
    words: Vec<u64>,
}

impl PersonSet {
    /// The first `persons` of a cohort: everyone.
    #[must_use]
    pub fn everyone(persons: usize) -> Self {
        let mut words = vec![u64::MAX; persons.div_ceil(BITS)];
        if let (Some(last), odd @ 1..) = (words.last_mut(), persons % BITS) {
            *last = (1 << odd) - 1;
        }
        Self { words }
    }

    /// How many persons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether `person` is in it.
    #[must_use]
    pub fn contains(&self, person: usize) -> bool {
        self.words.get(person / BITS).is_some_and(|word| word >> (person % BITS) & 1 == 1)
    }

    /// The places of its persons, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * BITS + bit)
            })
        })
    }

    /// How many persons are in one of two sets and not in the other.
    #[must_use]
    pub fn apart(&self, other: &Self) -> usize {
        let word = |set: &Self, at| set.words.get(at).copied().unwrap_or(0);
        let words = self.words.len().max(other.words.len());
        (0..words).map(|at| (word(self, at) ^ word(other, at)).count_ones() as usize).sum()
    }
}

impl FromIterator<usize> for PersonSet {
    fn from_iter<I: IntoIterator<Item = usize>>(persons: I) -> Self {
        let mut words: Vec<u64> = Vec::new();
        for person in persons {
            let at = person / BITS;
            if words.len() <= at {
                words.resize(at + 1, 0);
            }
            words[at] |= 1 << (person % BITS);
        }
        Self { words }
    }
}
