//! The types of message of the standardised storage (SS-MIX2 Ver. 1.2c, list of data types) and what becomes of each.

use crate::Door;

use super::rows;
use super::sheet::Sheet;

/// Hands the rows of one message to the door.
pub(super) type Reader = fn(&Sheet<'_>, &mut Door);

/// One type of message.
pub(super) struct Kind {
    /// Its name in folder and file names.
    pub(super) name: &'static str,
    /// The message's type and event (MSH-9).
    event: (&'static str, &'static str),
    /// The event that takes the message back, where HL7 has one.
    cancel: Option<&'static str>,
    /// What reads it; nothing for types that have no canonical table, which are counted and not opened.
    pub(super) reader: Option<Reader>,
}

/// What a message's type says about its file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventMatch {
    /// It is the type's own event.
    Same,
    /// It takes such a message back.
    Cancels,
    /// It is another type's, or none.
    Other,
}

const fn kind(
    name: &'static str,
    event: (&'static str, &'static str),
    cancel: Option<&'static str>,
    reader: Option<Reader>,
) -> Kind {
    Kind { name, event, cancel, reader }
}

static KINDS: [Kind; 26] = [
    kind("ADT-00", ("ADT", "A08"), Some("A23"), Some(rows::person)),
    kind("ADT-01", ("ADT", "A54"), Some("A55"), None),
    kind("ADT-12", ("ADT", "A04"), Some("A11"), Some(rows::outpatient)),
    kind("ADT-21", ("ADT", "A14"), Some("A27"), None),
    kind("ADT-22", ("ADT", "A01"), Some("A11"), Some(rows::admission)),
    kind("ADT-31", ("ADT", "A21"), Some("A52"), None),
    kind("ADT-32", ("ADT", "A22"), Some("A53"), None),
    kind("ADT-41", ("ADT", "A15"), Some("A26"), None),
    kind("ADT-42", ("ADT", "A02"), Some("A12"), None),
    kind("ADT-51", ("ADT", "A16"), Some("A25"), None),
    kind("ADT-52", ("ADT", "A03"), Some("A13"), Some(rows::discharge)),
    kind("ADT-61", ("ADT", "A60"), None, None),
    kind("PPR-01", ("PPR", "ZD1"), None, Some(rows::conditions)),
    kind("OMD", ("OMD", "O03"), None, None),
    kind("OMP-01", ("RDE", "O11"), None, Some(rows::ordered_drugs)),
    kind("OMP-11", ("RAS", "O17"), None, Some(rows::given_drugs)),
    kind("OMP-02", ("RDE", "O11"), None, Some(rows::ordered_drugs)),
    kind("OMP-12", ("RAS", "O17"), None, Some(rows::given_drugs)),
    kind("OML-01", ("OML", "O33"), None, None),
    kind("OML-11", ("OUL", "R22"), None, Some(rows::results)),
    kind("OMG-01", ("OMG", "O19"), None, None),
    kind("OMG-11", ("OMI", "Z23"), None, Some(rows::procedures)),
    kind("OMG-02", ("OMG", "O19"), None, None),
    kind("OMG-12", ("OMI", "Z23"), None, Some(rows::procedures)),
    kind("OMG-03", ("OMG", "O19"), None, None),
    kind("OMG-13", ("ORU", "R01"), None, Some(rows::results)),
];

/// The type that folder and file names call `name`.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl Kind {
    /// Judges MSH-9.
    pub(super) fn meets(&self, of_type: &str, event: &str) -> EventMatch {
        if of_type != self.event.0 {
            EventMatch::Other
        } else if event == self.event.1 {
            EventMatch::Same
        } else if self.cancel == Some(event) {
            EventMatch::Cancels
        } else {
            EventMatch::Other
        }
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
