//! Heads of a log, and the other side's signature on them.

use crate::keys::{Identity, Purpose, Signature};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::EntryHash;
use crate::study::Moment;

/// The last line of a log at some time: its hash stands for everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The first key of the log's owner: which log this is.
    pub log: Identity,
    /// The number of the last entry.
    pub sequence: u64,
    /// Hash of its line.
    pub hash: EntryHash,
}

/// A head with the other side's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Countersigned {
    /// The head.
    pub head: Head,
    /// The other side's key.
    pub by: Identity,
    /// When it signed.
    pub at: Moment,
    /// Its signature on all of the above.
    pub signature: Signature,
}

impl Countersigned {
    /// Whether `by` signed this.
    #[must_use]
    pub fn genuine(&self) -> bool {
        Purpose::AuditHead.verify(&self.by, &message(&self.head, self.at), &self.signature)
    }
}

fn message(head: &Head, at: Moment) -> Vec<u8> {
    format!("{}\n{}\n{}\n{}", head.log, head.sequence, head.hash, at.0).into_bytes()
}

/// Why a head is not countersigned.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// A head of another log.
    #[error("this is a head of another log")]
    OtherLog,
    /// A shorter log than before, or another entry in a place that was countersigned.
    #[error("entry {known} of this log was countersigned before; a head at entry {asked} would unsay it")]
    Behind {
        /// The last entry that was countersigned.
        known: u64,
        /// The entry that was shown now.
        asked: u64,
    },
}

/// The side that countersigns one log: it never signs two different logs of one length, nor a shorter one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    log: Identity,
    last: Option<Head>,
}

impl Witness {
    /// The witness of the log of `owner`.
    #[must_use]
    pub fn of(owner: Identity) -> Self {
        Self { log: owner, last: None }
    }

    /// Signs a head. Keep the result on both sides.
    ///
    /// # Errors
    /// When it is no later head of this log.
    pub fn countersign(&mut self, head: Head, key: &SigningKey, at: Moment) -> Result<Countersigned, WitnessError> {
        if head.log != self.log {
            return Err(WitnessError::OtherLog);
        }
        if let Some(last) = self.last.filter(|last| *last != head && head.sequence <= last.sequence) {
            return Err(WitnessError::Behind { known: last.sequence, asked: head.sequence });
        }
        self.last = Some(head);
        let signature = Purpose::AuditHead.sign(key, &message(&head, at));
        Ok(Countersigned { head, by: Identity::of(key), at, signature })
    }
}
