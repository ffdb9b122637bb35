//! What would leave a site, described person by person. It stays at the site; only its numbers may leave.

use std::collections::BTreeMap;

use renkei_domain::{CaseId, Digest};
use serde::{Deserialize, Serialize};

use super::PersonSet;
use crate::study::{MethodId, SpecHash};

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number of persons.
    Count,
    /// A sum of what persons contribute, or a quantity made of such sums.
    Sum,
}

/// How much of a sum is one person's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concentration {
    /// The largest contribution, without its sign.
    pub largest: f64,
    /// The sum of all contributions, each without its sign.
    pub total: f64,
}

impl Concentration {
    /// Of the persons' contributions to a sum.
    #[must_use]
    pub fn of(contributions: impl IntoIterator<Item = f64>) -> Self {
        let start = Self { largest: 0.0, total: 0.0 };
        contributions.into_iter().map(f64::abs).fold(start, |so_far, contribution| Self {
            largest: so_far.largest.max(contribution),
            total: so_far.total + contribution,
        })
    }

    /// The largest person's part of the sum, 0 to 1; 0 where everybody contributes 0, no number where a contribution is
    /// none or endless.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.total == 0.0 { 0.0 } else { self.largest / self.total }
    }
}

/// One number that would leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// What it is, in words ("at risk, year 3"); no record values, no pseudonyms.
    pub label: String,
    /// Its value, before rounding and masking.
    pub value: f64,
    /// Count or sum.
    pub kind: Kind,
    /// Which of the release's groups it sums over; none where it is no linear functional of single persons'
    /// contributions (then it counts as a number over everyone, and the linear attack does not see it).
    pub group: Option<usize>,
    /// How much of it is one person's; none where every person contributes alike.
    pub concentration: Option<Concentration>,
}

/// Everything that would leave in one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    study: SpecHash,
    method_use: String,
    method: MethodId,
    round: u32,
    parameters: u32,
    cohort: Vec<CaseId>,
    groups: Vec<PersonSet>,
    numbers: Vec<Number>,
}

/// Why a release cannot be described so.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// A case stands in the cohort twice: rows were counted for persons.
    #[error("the cohort lists a person twice: persons are counted, not rows")]
    Twice,
    /// A set holds a place beyond the cohort.
    #[error("'{0}' sums over a person who is not in the cohort")]
    Outside(String),
    /// A value that is no number.
    #[error("'{0}' is not finite")]
    NotFinite(String),
}

impl Release {
    /// An empty release of a round over `cohort`, the pseudonyms of its persons; sets of persons refer to their places in
    /// this list. `parameters` are the free parameters of the model that is fitted, 0 where none is.
    ///
    /// # Errors
    /// When a person stands there twice.
    pub fn new(
        study: SpecHash,
        method_use: impl Into<String>,
        method: MethodId,
        round: u32,
        parameters: u32,
        cohort: Vec<CaseId>,
    ) -> Result<Self, ReleaseError> {
        let distinct: std::collections::HashSet<&CaseId> = cohort.iter().collect();
        if distinct.len() != cohort.len() {
            return Err(ReleaseError::Twice);
        }
        let method_use = method_use.into();
        Ok(Self { study, method_use, method, round, parameters, cohort, groups: Vec::new(), numbers: Vec::new() })
    }

    /// Adds numbers that all sum over `group`: a label, a value, and how concentrated each is.
    ///
    /// # Errors
    /// When the group reaches beyond the cohort, or a value is not finite; then nothing was added.
    pub fn add(
        &mut self,
        kind: Kind,
        group: PersonSet,
        numbers: impl IntoIterator<Item = (String, f64, Option<Concentration>)>,
    ) -> Result<(), ReleaseError> {
        let numbers: Vec<_> = numbers.into_iter().collect();
        let outside = group.iter().last().is_some_and(|last| last >= self.cohort.len());
        if let (true, Some((label, ..))) = (outside, numbers.first()) {
            return Err(ReleaseError::Outside(label.clone()));
        }
        if let Some((label, ..)) = numbers.iter().find(|(_, value, _)| !value.is_finite()) {
            return Err(ReleaseError::NotFinite(label.clone()));
        }
        let at = self.place(group);
        self.numbers.extend(numbers.into_iter().map(|(label, value, concentration)| Number {
            label,
            value,
            kind,
            group: Some(at),
            concentration,
        }));
        Ok(())
    }

    /// The place of a group among the distinct ones.
    fn place(&mut self, group: PersonSet) -> usize {
        let known = self.groups.iter().position(|other| *other == group);
        known.unwrap_or_else(|| {
            self.groups.push(group);
            self.groups.len() - 1
        })
    }

    /// Adds a number that is no linear functional of the persons' contributions. Everyone is behind it: two such numbers
    /// over cohorts that differ by one person tell of that person, so the cohort is compared as a group.
    ///
    /// # Errors
    /// When the value is not finite.
    pub fn add_not_linear(&mut self, label: String, value: f64) -> Result<(), ReleaseError> {
        if !value.is_finite() {
            return Err(ReleaseError::NotFinite(label));
        }
        self.place(PersonSet::everyone(self.cohort.len()));
        self.numbers.push(Number { label, value, kind: Kind::Sum, group: None, concentration: None });
        Ok(())
    }

    /// The study.
    #[must_use]
    pub fn study(&self) -> SpecHash {
        self.study
    }

    /// The use of the method, by its name in the study.
    #[must_use]
    pub fn method_use(&self) -> &str {
        &self.method_use
    }

    /// The registered method.
    #[must_use]
    pub fn method(&self) -> &MethodId {
        &self.method
    }

    /// The round.
    #[must_use]
    pub fn round(&self) -> u32 {
        self.round
    }

    /// The free parameters of the model.
    #[must_use]
    pub fn parameters(&self) -> u32 {
        self.parameters
    }

    /// The pseudonyms of the persons.
    #[must_use]
    pub fn cohort(&self) -> &[CaseId] {
        &self.cohort
    }

    /// The distinct sets of persons that are summed over.
    #[must_use]
    pub fn groups(&self) -> &[PersonSet] {
        &self.groups
    }

    /// The numbers, in the order in which they leave.
    #[must_use]
    pub fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    /// How many of the numbers are no sums of single persons' contributions.
    #[must_use]
    pub fn not_linear(&self) -> u64 {
        self.numbers.iter().filter(|number| number.group.is_none()).count() as u64
    }

    /// How many persons are behind a number.
    #[must_use]
    pub fn persons_behind(&self, number: &Number) -> usize {
        number.group.and_then(|at| self.groups.get(at)).map_or(self.cohort.len(), PersonSet::len)
    }

    /// SHA-256 of labels and values: two releases with one digest tell the same numbers.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bits: Vec<[u8; 8]> = self.numbers.iter().map(|number| number.value.to_bits().to_le_bytes()).collect();
        Digest::of_parts(self.numbers.iter().zip(&bits).flat_map(|(number, bits)| [number.label.as_bytes(), bits]))
    }

    /// The first label of every group, for reasons that people read.
    pub(super) fn label_of_groups(&self) -> BTreeMap<usize, &str> {
        let labelled = self.numbers.iter().filter_map(|number| Some((number.group?, number.label.as_str())));
        labelled.rev().collect()
    }
}
