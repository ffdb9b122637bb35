//! One entry of the log, and everything that can be told in it. No record values, no case pseudonyms.

use crate::keys::{Identity, Signature};
use std::fmt;

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::Countersigned;
use crate::study::{MethodId, Moment, SiteName, SpecHash, State, Verdict};

/// SHA-256 of a line of the log, without its line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryHash(pub(super) Digest);

impl EntryHash {
    /// What the first entry of a log names as the line before it: 32 zeros.
    #[must_use]
    pub fn none() -> Self {
        Self(Digest::from([0; 32]))
    }

    pub(super) fn of(line: &[u8]) -> Self {
        Self(Digest::of(line))
    }
}

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One thing that happened, in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 0 without gaps.
    pub sequence: u64,
    /// Hash of the line before.
    pub previous: EntryHash,
    /// When, as the caller's clock said.
    pub at: Moment,
    /// What.
    pub what: Happening,
}

/// An entry with its owner's signature: one line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The entry.
    pub entry: Entry,
    /// The owner's signature on the canonical form of the entry.
    pub signature: Signature,
}

/// What a log tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Happening {
    /// Somebody became a member of the consortium, or is one with another certificate (at a hub).
    Enrolled {
        /// Its name.
        member: String,
        /// The key that it signs with.
        key: Identity,
    },
    /// A study was proposed.
    Proposed {
        /// The study.
        study: SpecHash,
        /// The lead's key.
        lead: Identity,
    },
    /// A reviewer answered.
    Reviewed {
        /// The study.
        study: SpecHash,
        /// The reviewer's key.
        reviewer: Identity,
        /// The answer.
        verdict: Verdict,
    },
    /// The site approved a study.
    Approved {
        /// The study.
        study: SpecHash,
        /// The keys of the reviewers who approved.
        reviewers: Vec<Identity>,
    },
    /// A study moved on.
    Moved {
        /// The study.
        study: SpecHash,
        /// Where it stands now.
        state: State,
        /// Why.
        why: String,
    },
    /// A vector of numbers left.
    Left(Left),
    /// Something was asked for and nothing left.
    Refused {
        /// The study.
        study: SpecHash,
        /// The use of the method, by its name in the study.
        method_use: String,
        /// The round.
        round: u32,
        /// Why not, and what would pass.
        reasons: Vec<String>,
    },
    /// A vector arrived (at a hub).
    Received {
        /// The study.
        study: SpecHash,
        /// The use of the method.
        method_use: String,
        /// The round.
        round: u32,
        /// Who sent it.
        site: SiteName,
        /// SHA-256 of its bytes.
        vector: Digest,
    },
    /// The other side signed a head of this log.
    Countersigned(Box<Countersigned>),
    /// From the next entry on the log is signed with another key.
    KeyRotated {
        /// The new key.
        to: Identity,
    },
}

/// A vector that left, and why it was allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// The study.
    pub study: SpecHash,
    /// The use of the method, by its name in the study.
    pub method_use: String,
    /// The registered method.
    pub method: MethodId,
    /// The round.
    pub round: u32,
    /// To whom.
    pub to: String,
    /// SHA-256 of the bytes that left.
    pub vector: Digest,
    /// How many bytes.
    pub bytes: u64,
    /// How many numbers they hold.
    pub numbers: u64,
    /// Over how many persons.
    pub persons: u64,
    /// Why it was allowed: every check with what it found.
    pub allowed: Vec<Allowed>,
}

/// One check that a vector passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The check.
    pub check: String,
    /// What it found.
    pub found: String,
}
