//! Groups of persons of several rounds and cohorts over one numbering of persons, and the differences between them.

use std::collections::{BTreeMap, HashMap};

use renkei_domain::CaseId;

use super::PersonSet;

/// All distinct groups, those of earlier rounds first.
#[derive(Debug, Default)]
pub(super) struct Joint {
    persons: HashMap<CaseId, usize>,
    at: BTreeMap<PersonSet, usize>,
    /// Distinct groups.
    pub(super) groups: Vec<PersonSet>,
    /// What each was called when it was first summed over.
    pub(super) origins: Vec<String>,
    /// Whether each is of the release's own study.
    of_study: Vec<bool>,
    /// How many left before.
    pub(super) before: usize,
}

/// Two groups that differ by too few persons.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    /// Places of the two groups.
    pub(super) pair: (usize, usize),
    /// By how many persons they differ.
    pub(super) apart: usize,
}

impl Joint {
    /// The places of a cohort's persons in the joint numbering.
    pub(super) fn places(&mut self, cohort: &[CaseId]) -> Vec<usize> {
        let place = |case: &CaseId| {
            let next = self.persons.len();
            *self.persons.entry(case.clone()).or_insert(next)
        };
        cohort.iter().map(place).collect()
    }

    /// Adds groups of the release's own study or of another, given by places within their cohort, with what each is called;
    /// empty ones and those known already are left out.
    pub(super) fn add(
        &mut self,
        places: &[usize],
        groups: &[PersonSet],
        of_study: bool,
        origin: impl Fn(usize) -> String,
    ) {
        for (at, group) in groups.iter().enumerate() {
            let group: PersonSet = group.iter().filter_map(|person| places.get(person).copied()).collect();
            if let Some(known) = self.at.get(&group) {
                self.of_study[*known] |= of_study;
                continue;
            }
            if group.is_empty() {
                continue;
            }
            self.at.insert(group.clone(), self.groups.len());
            self.groups.push(group);
            self.origins.push(origin(at));
            self.of_study.push(of_study);
        }
    }

    /// The groups of the release's own study; none if all are.
    pub(super) fn of_study_alone(&self) -> Option<Vec<PersonSet>> {
        if self.of_study.iter().all(|own| *own) {
            return None;
        }
        let own = self.groups.iter().zip(&self.of_study).filter(|(_, own)| **own);
        Some(own.map(|(group, _)| group.clone()).collect())
    }

    /// Pairs of a new group and any other that differ by fewer than `cell` persons, first those that differ least.
    pub(super) fn close(&self, cell: usize) -> Vec<Close> {
        let mut found = Vec::new();
        // Sizes bound the difference from below, so that only groups of nearly one size are compared.
        let mut by_size: Vec<(usize, usize)> = self.groups.iter().map(PersonSet::len).zip(0..).collect();
        by_size.sort_unstable();
        for (rank, &(size, one)) in by_size.iter().enumerate() {
            let near = by_size.iter().skip(rank + 1).take_while(|(other, _)| other - size < cell);
            for &(_, other) in near.filter(|(_, other)| one.max(*other) >= self.before) {
                let apart = self.groups[one].apart(&self.groups[other]);
                if apart < cell {
                    found.push(Close { pair: (one.min(other), one.max(other)), apart });
                }
            }
        }
        found.sort_by_key(|close| (close.apart, close.pair));
        found
    }
}
