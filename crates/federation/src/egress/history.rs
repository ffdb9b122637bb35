//! What left a site before, in all studies: whose sums, never their values. It stays at the site.

use std::collections::BTreeMap;

use renkei_domain::{CaseId, Digest};
use serde::{Deserialize, Serialize};

use super::groups::Joint;
use super::{PersonSet, Release};
use crate::study::SpecHash;

/// Everything that left, as sets of pseudonyms. Serialised, it is all that a restart needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    cohorts: Vec<Vec<CaseId>>,
    departed: Vec<Departed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Departed {
    study: SpecHash,
    method_use: String,
    round: u32,
    parameters: u32,
    digest: Digest,
    cohort: usize,
    /// The groups that no earlier round over this cohort summed over.
    groups: Vec<PersonSet>,
}

impl History {
    /// How many rounds left.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.departed.len()
    }

    /// The digest of the numbers that this round has left with already.
    pub(super) fn answered(&self, release: &Release) -> Option<Digest> {
        let same = |d: &&Departed| {
            d.study == release.study() && d.round == release.round() && d.method_use == release.method_use()
        };
        self.departed.iter().find(same).map(|departed| departed.digest)
    }

    /// The free parameters of every model of the release's study, with the release's own.
    pub(super) fn parameters(&self, release: &Release) -> u64 {
        let mut uses: BTreeMap<&str, u32> = BTreeMap::from([(release.method_use(), release.parameters())]);
        for departed in self.departed.iter().filter(|departed| departed.study == release.study()) {
            let most = uses.entry(&departed.method_use).or_default();
            *most = departed.parameters.max(*most);
        }
        uses.values().map(|parameters| u64::from(*parameters)).sum()
    }

    /// All groups that ever left (of one study, or of all) with those of `release`, over one numbering of all persons.
    pub(super) fn joint(&self, release: &Release, of_study_only: bool) -> Joint {
        let mut joint = Joint::default();
        let of = |departed: &&Departed| !of_study_only || departed.study == release.study();
        for departed in self.departed.iter().filter(of) {
            let Some(cohort) = self.cohorts.get(departed.cohort) else { continue };
            let places = joint.places(cohort);
            let study = departed.study.to_string();
            let study = study.get(..16).unwrap_or(&study);
            let origin = format!("a sum of '{}' round {} of study {study}", departed.method_use, departed.round);
            joint.add(&places, &departed.groups, |_| origin.clone());
        }
        joint.before = joint.groups.len();
        let places = joint.places(release.cohort());
        let labels = release.label_of_groups();
        joint.add(&places, release.groups(), |at| {
            format!("'{}'", labels.get(&at).copied().unwrap_or("numbers over everyone"))
        });
        joint
    }

    /// The smallest cohort of the release's study.
    pub(super) fn persons(&self, release: &Release) -> usize {
        let before = self.departed.iter().filter(|departed| departed.study == release.study());
        let sizes = before.filter_map(|departed| self.cohorts.get(departed.cohort)).map(Vec::len);
        sizes.fold(release.cohort().len(), usize::min)
    }

    /// Remembers what leaves. A round that left before is remembered once.
    pub(super) fn remember(&mut self, release: &Release) {
        if self.answered(release).is_some() {
            return;
        }
        let cohort = self.cohorts.iter().position(|cohort| cohort == release.cohort()).unwrap_or_else(|| {
            self.cohorts.push(release.cohort().to_vec());
            self.cohorts.len() - 1
        });
        let known = |group: &PersonSet| {
            let earlier = self.departed.iter().filter(|d| d.cohort == cohort && d.study == release.study());
            earlier.flat_map(|departed| &departed.groups).any(|other| other == group)
        };
        let groups = release.groups().iter().filter(|group| !known(group)).cloned().collect();
        self.departed.push(Departed {
            study: release.study(),
            method_use: release.method_use().to_owned(),
            round: release.round(),
            parameters: release.parameters(),
            digest: release.digest(),
            cohort,
            groups,
        });
    }
}
