//! The hash-chained, signed record of every number that left a site, countersigned by the other side.
//!
//! A log is a text of JSON lines, each the canonical form (RFC 8785) of a [`Line`]: an [`Entry`] and its owner's
//! signature. Every entry holds the hash of the line before it. From time to time the other side signs the hash of the
//! last line (a [`Countersigned`] head) and both keep it. [`verify`] needs the log, the owner's first key and the heads,
//! nothing else. Whoever lacks the owner's key can change nothing unseen; the owner can rewrite only what follows the
//! last countersigned head, and [`Verified`] says how much that is.

mod entry;
mod head;
mod verify;
mod writer;

pub use entry::{Allowed, Entry, EntryHash, Happening, Left, Line};
pub use head::{Countersigned, Head, Witness, WitnessError};
pub use verify::{Tampering, Verified, Wrong, verify};
pub use writer::{AuditError, Log};
