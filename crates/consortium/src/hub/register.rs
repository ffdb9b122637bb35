//! Who belongs to the consortium.

use std::collections::BTreeMap;

use renkei_domain::ErrorKind;
use renkei_federation::keys::Identity;
use renkei_federation::study::{Lead, SiteName, StudySpec};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Sites and leads with the keys that they sign with. Kept as a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Sites.
    pub sites: BTreeMap<SiteName, Identity>,
    /// Leads, by the names in their certificates.
    pub leads: BTreeMap<String, Identity>,
}

impl Register {
    /// A site enrolled; with another key than before it is another site.
    pub fn add_site(&mut self, name: SiteName, identity: Identity) -> Result<(), Error> {
        match self.sites.get(&name) {
            Some(known) if *known != identity => Err(Error::refused(
                ErrorKind::Conflict,
                format!("{name} is enrolled with another key: remove it first, after asking it"),
            )),
            _ => {
                self.sites.insert(name, identity);
                Ok(())
            }
        }
    }

    /// A lead enrolled; with another key than before it is another lead.
    pub fn add_lead(&mut self, name: &str, identity: Identity) -> Result<(), Error> {
        match self.leads.get(name) {
            Some(known) if *known != identity => Err(Error::refused(
                ErrorKind::Conflict,
                format!("{name} is enrolled with another key: remove it first, after asking"),
            )),
            _ => {
                self.leads.insert(name.to_owned(), identity);
                Ok(())
            }
        }
    }

    /// Whether a study names enrolled sites under their own keys and its proposer as lead.
    pub fn check(&self, spec: &StudySpec, proposer: &str) -> Result<(), Error> {
        let denied = |what: String| Err(Error::refused(ErrorKind::Denied, what));
        let Lead { name, identity } = &spec.lead;
        if self.leads.get(proposer) != Some(identity) {
            return denied(format!("the study is led by {name} with key {}, who is not the caller", identity.short()));
        }
        for site in &spec.sites {
            match self.sites.get(&site.name) {
                None => return denied(format!("{} is not enrolled here", site.name)),
                Some(known) if *known != site.identity => {
                    return denied(format!(
                        "{} is enrolled with key {}, not with the spec's",
                        site.name,
                        known.short()
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}
