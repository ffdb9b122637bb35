//! Verification of a log, offline.

use super::{Countersigned, Happening, Line, Log};
use crate::keys::{Identity, Purpose};

/// What is wrong with an entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No JSON of an entry, not UTF-8, a blank line, or a last line without its end.
    #[error("is no entry")]
    Unreadable,
    /// JSON of an entry, but other bytes than its canonical form.
    #[error("is not in canonical form")]
    NotCanonical,
    /// Its number is not its place: an entry before it was removed, added or moved.
    #[error("says that it is entry {0}")]
    Misplaced(u64),
    /// It does not name the line before it.
    #[error("does not follow from the line before it")]
    Unchained,
    /// Its signature is not the owner's.
    #[error("was not signed by the owner of the log")]
    Signature,
    /// The log goes on as its owner wrote it, but this was another line when the other side signed it.
    #[error("is not the one that was countersigned; it, or one after entry {after:?}, was rewritten by the owner")]
    Rewritten {
        /// The last countersigned entry before it that holds.
        after: Option<u64>,
    },
    /// The log ends before an entry that was countersigned.
    #[error("is missing: the log was countersigned up to entry {countersigned}")]
    Missing {
        /// The entry that was countersigned.
        countersigned: u64,
    },
    /// A countersigned head that is not the other side's, or is of another log.
    #[error("has a countersigned head that is not genuine")]
    Head,
}

/// The first entry with which something is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} {wrong}")]
pub struct Tampering {
    /// Its number, from 0; its line is one further.
    pub sequence: u64,
    /// What is wrong.
    pub wrong: Wrong,
}

/// A log in which nothing wrong was found, and how far that reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its end, to write on from.
    pub log: Log,
    /// How many entries it has.
    pub entries: u64,
    /// How many of them, from the first, a countersigned head covers.
    pub covered: u64,
}

impl Verified {
    /// How many entries at the end the owner itself could still rewrite or cut off unseen.
    #[must_use]
    pub fn not_covered(&self) -> u64 {
        self.entries - self.covered
    }
}

/// Verifies the log `text` of `owner` (its first key) against the `heads` that keys among `witnesses` countersigned.
/// Give the heads from the other side's keeping too: those that only the log itself holds can be cut off with its end.
///
/// # Errors
/// The first entry with which something is wrong, and what.
pub fn verify(
    text: &[u8],
    owner: Identity,
    witnesses: &[Identity],
    heads: &[Countersigned],
) -> Result<Verified, Tampering> {
    let mut log = Log::new(owner);
    let mut hashes = Vec::new();
    let mut heads: Vec<Countersigned> = heads.to_vec();
    for text in lines(text) {
        let sequence = log.next;
        let wrong = |wrong| Tampering { sequence, wrong };
        let line = follows(&mut log, text.ok_or_else(|| wrong(Wrong::Unreadable))?).map_err(wrong)?;
        hashes.push(log.last);
        if let Happening::Countersigned(head) = line.entry.what {
            heads.push(*head);
        }
    }
    heads.sort_by_key(|head| head.head.sequence);
    let mut holds = None;
    for countersigned in heads {
        let sequence = countersigned.head.sequence;
        let wrong = |sequence, wrong| Err(Tampering { sequence, wrong });
        if countersigned.head.log != owner || !witnesses.contains(&countersigned.by) || !countersigned.genuine() {
            return wrong(sequence, Wrong::Head);
        }
        match usize::try_from(sequence).ok().and_then(|at| hashes.get(at)) {
            None => return wrong(log.next, Wrong::Missing { countersigned: sequence }),
            Some(hash) if *hash != countersigned.head.hash => {
                return wrong(sequence, Wrong::Rewritten { after: holds });
            }
            Some(_) => holds = Some(sequence),
        }
    }
    Ok(Verified { entries: log.next, covered: holds.map_or(0, |sequence| sequence + 1), log })
}

/// The lines without their line feeds; none for a last one that has no line feed.
fn lines(text: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n"))
}

/// Checks that `text` is the next line of `log` and moves the end of the log past it.
fn follows(log: &mut Log, text: &[u8]) -> Result<Line, Wrong> {
    let line: Line = serde_json::from_slice(text).map_err(|_| Wrong::Unreadable)?;
    if serde_json_canonicalizer::to_vec(&line).map_err(|_| Wrong::Unreadable)? != text {
        return Err(Wrong::NotCanonical);
    }
    if line.entry.sequence != log.next {
        return Err(Wrong::Misplaced(line.entry.sequence));
    }
    if line.entry.previous != log.last {
        return Err(Wrong::Unchained);
    }
    let signed = serde_json_canonicalizer::to_vec(&line.entry).map_err(|_| Wrong::Unreadable)?;
    if !Purpose::AuditEntry.verify(&log.signer, &signed, &line.signature) {
        return Err(Wrong::Signature);
    }
    log.follow(&line, text);
    Ok(line)
}
