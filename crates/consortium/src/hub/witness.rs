//! The heads of logs that hub and sites countersign for each other.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use renkei_domain::ErrorKind;
use renkei_federation::audit::{Countersigned, Head, Witness};
use renkei_federation::keys::Identity;
use renkei_federation::study::Moment;
use serde::{Deserialize, Serialize};

use crate::{Error, Folder};

/// The file of heads, at hub and site alike.
pub(crate) const HEADS: &str = "heads.json";

/// What one side keeps of countersigned heads. Kept as a document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heads {
    /// The own log's last head with each other side's signature, by the other's name.
    pub(crate) own: BTreeMap<String, Countersigned>,
    /// Others' logs that this side witnesses, by their owner's name.
    witnesses: BTreeMap<String, Witness>,
    /// The last head of each that was signed.
    pub(crate) signed: BTreeMap<String, Countersigned>,
}

impl Heads {
    pub(crate) fn read(folder: &Folder) -> Result<Self, Error> {
        Ok(folder.document(HEADS)?.unwrap_or_default())
    }

    /// Signs a head of the log of `owner`, whose key is `identity`; to be kept on both sides.
    pub(crate) fn sign(
        &mut self,
        (owner, identity): (&str, Identity),
        head: Head,
        (key, now): (&SigningKey, Moment),
    ) -> Result<Countersigned, Error> {
        let witness = self.witnesses.entry(owner.to_owned()).or_insert_with(|| Witness::of(identity));
        let signed = witness.countersign(head, key, now);
        let signed =
            signed.map_err(|error| Error::refused(ErrorKind::Conflict, format!("the log of {owner}: {error}")))?;
        self.signed.insert(owner.to_owned(), signed.clone());
        Ok(signed)
    }

    /// Takes the own head as `other`, whose key is `identity`, countersigned it.
    pub(crate) fn keep(
        &mut self,
        (other, identity): (&str, Identity),
        own: Identity,
        signed: Countersigned,
    ) -> Result<(), Error> {
        if signed.by != identity || signed.head.log != own || !signed.genuine() {
            return Err(Error::refused(
                ErrorKind::Denied,
                format!("what {other} countersigned is not this log, or not its signature"),
            ));
        }
        self.own.insert(other.to_owned(), signed);
        Ok(())
    }
}
