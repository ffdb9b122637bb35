//! From rows of OMOP to canonical ones, by table.

mod clinical;
mod observed;
mod person;
mod visit;

pub(super) use clinical::{condition, drug, procedure};
pub(super) use observed::{measurement, observation};
pub(super) use person::{death, person};
pub(super) use visit::visit;

use std::borrow::Cow;

use super::Key;
use super::cell::{Concept, Record};
use super::survey::{Known, Survey};
use super::tables::{OmopTable, PERSON_ID};
use crate::canonical::{Coding, Row};
use crate::{Door, FaultKind, Origin};

/// Hands what one row gives to the door.
pub(super) type Reader = fn(&mut Line<'_>, &mut Door);

/// One row, with what the first pass found.
pub(super) struct Line<'r> {
    pub(super) record: &'r Record<'r>,
    pub(super) survey: &'r Survey,
    pub(super) at: Origin<'r>,
    pub(super) table: &'static OmopTable,
}

/// A concept's codings: as OMOP numbers it, and as its vocabulary does.
struct Codes<'r> {
    number: String,
    named: Option<Coding<'r>>,
}

/// A table without a canonical one: its rows are counted.
pub(super) fn counted(line: &mut Line<'_>, door: &mut Door) {
    door.skip(line.table.name, 1);
}

impl<'r> Line<'r> {
    fn fault(&self, kind: FaultKind, door: &mut Door) {
        door.fault(kind, self.table.fills, &self.at);
    }

    fn row(&self, known: &Known, row: Row<'_>, door: &mut Door) {
        door.row_of(&known.kept, row, &self.at);
    }

    /// The row's person, and what stands for them outside the export; persons whom `person` does not have are a fault.
    fn person(&self, door: &mut Door) -> Option<(Cow<'r, str>, &'r Known)> {
        let cell = self.record.cell(PERSON_ID);
        let known = self.survey.known(&cell);
        let Some(id) = cell.id() else {
            self.fault(FaultKind::NoPatient, door);
            return None;
        };
        let Some(known) = known else {
            self.fault(FaultKind::UnknownPerson, door);
            return None;
        };
        match self.survey.key() {
            Key::PersonId => Some((id, known)),
            Key::SourceValue => Some((known.number().unwrap_or_default().into(), known)),
        }
    }

    /// The codings of the concept that a row is about. One that is not mapped is counted, one that is no number is a
    /// fault; neither gives a row.
    fn subject(&self, place: usize, door: &mut Door) -> Option<Codes<'r>> {
        match self.record.concept(place) {
            Concept::None => {
                door.skip("unmapped", 1);
                None
            }
            Concept::Broken => {
                self.fault(FaultKind::CodeShape, door);
                None
            }
            Concept::Id(id) => Some(self.codes(id, door)),
        }
    }

    /// A concept's codings. What its vocabulary calls it goes along where the mapping tables know the vocabulary.
    fn codes(&self, id: i64, door: &Door) -> Codes<'r> {
        let named = self.survey.concept(id);
        let named = named.map(|named| Coding { system: &named.vocabulary, code: &named.code });
        Codes { number: id.to_string(), named: named.filter(|coding| door.knows(coding)) }
    }
}

impl Codes<'_> {
    fn codings(&self) -> Vec<Coding<'_>> {
        let numbered = Coding { system: "OMOP", code: &self.number };
        std::iter::once(numbered).chain(self.named).collect()
    }
}
