//! Writing a log: the next line, and what a restart needs to go on.

use crate::keys::{Identity, Purpose};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{Entry, EntryHash, Happening, Head, Line};
use crate::study::Moment;

/// Why no line could be written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Something told has no JSON form.
    #[error("an audit entry has no canonical form: {0}")]
    Canonical(serde_json::Error),
    /// The key at hand is not the log's.
    #[error("this log is signed by {expected}, not by {found}")]
    Key {
        /// The log's key at this place.
        expected: String,
        /// The key at hand.
        found: String,
    },
}

/// The end of a log: all that is needed to write on. Read it back with [`super::verify`] after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub(super) owner: Identity,
    pub(super) signer: Identity,
    pub(super) next: u64,
    pub(super) last: EntryHash,
}

impl Log {
    /// An empty log. Its owner is known by the first key, whatever keys follow.
    #[must_use]
    pub fn new(owner: Identity) -> Self {
        Self { owner, signer: owner, next: 0, last: EntryHash::none() }
    }

    /// The key that signs the next entry.
    #[must_use]
    pub fn signer(&self) -> Identity {
        self.signer
    }

    /// The head to be countersigned; none of an empty log.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        Some(Head { log: self.owner, sequence: self.next.checked_sub(1)?, hash: self.last })
    }

    /// The next line, with its line feed. Write it out and flush it before the thing itself happens: a log that tells of
    /// a vector that did not leave does no harm, the contrary would.
    ///
    /// # Errors
    /// When `key` is not the log's.
    pub fn append(&mut self, key: &SigningKey, at: Moment, what: Happening) -> Result<String, AuditError> {
        let found = Identity::of(key);
        if found != self.signer {
            return Err(AuditError::Key { expected: self.signer.short(), found: found.short() });
        }
        let entry = Entry { sequence: self.next, previous: self.last, at, what };
        let signed = serde_json_canonicalizer::to_vec(&entry).map_err(AuditError::Canonical)?;
        let line = Line { signature: Purpose::AuditEntry.sign(key, &signed), entry };
        let mut text = serde_json_canonicalizer::to_string(&line).map_err(AuditError::Canonical)?;
        self.follow(&line, text.as_bytes());
        text.push('\n');
        Ok(text)
    }

    /// Moves the end of the log past `line`, whose bytes are `text`.
    pub(super) fn follow(&mut self, line: &Line, text: &[u8]) {
        self.last = EntryHash::of(text);
        self.next += 1;
        if let Happening::KeyRotated { to } = &line.entry.what {
            self.signer = *to;
        }
    }
}
