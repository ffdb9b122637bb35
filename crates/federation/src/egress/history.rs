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
    not_linear: u64,
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
        self.most_by_use(release, u64::from(release.parameters()), |departed| u64::from(departed.parameters))
    }

    /// The numbers of the release's study that are no sums of single persons' contributions. They are independent as far as
    /// anybody knows, but the rounds of one use ask for the same numbers at other points: its largest round counts.
    pub(super) fn not_linear(&self, release: &Release) -> u64 {
        self.most_by_use(release, release.not_linear(), |departed| departed.not_linear)
    }

    /// The largest number of any round of a use, added up over the uses of the release's study.
    fn most_by_use(&self, release: &Release, own: u64, of: impl Fn(&Departed) -> u64) -> u64 {
        let mut uses: BTreeMap<&str, u64> = BTreeMap::from([(release.method_use(), own)]);
        for departed in self.departed.iter().filter(|departed| departed.study == release.study()) {
            let most = uses.entry(&departed.method_use).or_default();
            *most = of(departed).max(*most);
        }
        uses.values().sum()
    }

    /// All groups that ever left with those of `release`, over one numbering of all persons.
    pub(super) fn joint(&self, release: &Release) -> Joint {
        let mut joint = Joint::default();
        let everyone = release.cohort();
        // Most sites have told of one cohort only: its own order numbers the persons, and nobody has to be looked up.
        let numbered = self.cohorts.iter().all(|cohort| cohort == everyone);
        let mut number = |cohort: &[CaseId]| {
            if numbered { (0..cohort.len()).collect() } else { joint.places(cohort) }
        };
        let places: Vec<Vec<usize>> = self.cohorts.iter().map(|cohort| number(cohort)).collect();
        let own = number(everyone);
        for departed in &self.departed {
            let Some(places) = places.get(departed.cohort) else { continue };
            let study = departed.study.to_string();
            let study = study.get(..16).unwrap_or(&study);
            let origin = format!("a sum of '{}' round {} of study {study}", departed.method_use, departed.round);
            joint.add(places, &departed.groups, departed.study == release.study(), |_| origin.clone());
        }
        joint.before = joint.groups.len();
        let labels = release.label_of_groups();
        joint.add(&own, release.groups(), true, |at| {
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
            not_linear: release.not_linear(),
            digest: release.digest(),
            cohort,
            groups,
        });
    }
}
