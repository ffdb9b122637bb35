//! Which drug a reference to a Medication (FHIR R4, 11.5) means: found in the first pass, so that it is known whatever the
//! order of the files. What is held has a limit, and equal codes are held once, since some servers write a Medication
//! for every order.

use std::mem::size_of;
use std::sync::Arc;

use memchr::memmem;
use serde_json::from_str;

use super::cut::Piece;
use super::items;
use super::json::resource_type;
use super::model::{self, Concept};
use super::reference::id_of;
use crate::canonical;
use crate::map::{Map, Set};

/// The most that is held, in bytes. References to what comes after it resolve no more.
const MOST: usize = 256 << 20;

/// The codes of one medication.
pub(super) type Codes = Arc<[Code]>;

/// One code of a medication.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Code {
    system: Box<str>,
    code: Box<str>,
}

/// One Medication met in the first pass.
pub(super) struct Found {
    file: u32,
    id: Box<str>,
    url: Box<str>,
    codes: Codes,
}

/// What a name means: nothing where Medications of different codes share it.
type Meaning = Option<Codes>;

/// The Medications of a source.
pub(super) struct Medications {
    by_id: Map<Box<str>, Meaning>,
    /// By the address that a bundle gives, which holds within that bundle.
    by_url: Map<u32, Map<Box<str>, Meaning>>,
    codes: Set<Codes>,
    /// Bytes that may still be held.
    room: usize,
}

impl Default for Medications {
    fn default() -> Self {
        Self::holding(MOST)
    }
}

impl Medications {
    fn holding(room: usize) -> Self {
        Self { by_id: Map::default(), by_url: Map::default(), codes: Set::default(), room }
    }

    /// Takes what was found, in order, until there is no room.
    pub(super) fn add(&mut self, found: Vec<Found>) {
        for Found { file, id, url, codes } in found {
            let new = !self.codes.contains(&codes);
            let names = [&id, &url].into_iter().map(|name| name.len() + size_of::<(Box<str>, Meaning)>() * 2);
            let needed = names.sum::<usize>() + if new { Code::held(&codes) } else { 0 };
            let Some(room) = self.room.checked_sub(needed) else {
                self.room = 0;
                return;
            };
            self.room = room;
            let codes = self.shared(codes);
            if !url.is_empty() {
                note(self.by_url.entry(file).or_default(), url, &codes);
            }
            if !id.is_empty() {
                note(&mut self.by_id, id, &codes);
            }
        }
    }

    /// The codes of the Medication that a resource of `file` names, if it is known which that is.
    pub(super) fn codes(&self, file: u32, reference: &str) -> Option<&[Code]> {
        let by_url = || self.by_url.get(&file)?.get(reference);
        // Only an absolute address can be one that a bundle gave.
        let named = reference.contains(':').then(by_url).flatten();
        named.or_else(|| self.by_id.get(id_of(reference, "Medication")?))?.as_deref()
    }

    fn shared(&mut self, codes: Codes) -> Codes {
        match self.codes.get(&codes) {
            Some(held) => Arc::clone(held),
            None => {
                self.codes.insert(Arc::clone(&codes));
                codes
            }
        }
    }
}

fn note(names: &mut Map<Box<str>, Meaning>, name: Box<str>, codes: &Codes) {
    let known = names.entry(name).or_insert_with(|| Some(Arc::clone(codes)));
    if known.as_ref() != Some(codes) {
        *known = None;
    }
}

impl Code {
    /// A code as rows take it.
    pub(super) fn coding(&self) -> canonical::Coding<'_> {
        canonical::Coding { system: &self.system, code: &self.code }
    }

    fn all(concept: &Concept<'_>) -> Codes {
        let codings = concept.codings().into_iter();
        codings.map(|coding| Self { system: coding.system.into(), code: coding.code.into() }).collect()
    }

    /// The bytes that codes take, about.
    fn held(codes: &[Self]) -> usize {
        codes.iter().map(|code| code.system.len() + code.code.len() + size_of::<Self>() * 2).sum()
    }
}

/// The Medications in a piece.
pub(super) fn found(piece: &Piece, longest: usize) -> Vec<Found> {
    let finder = memmem::Finder::new(br#""Medication""#);
    let mut all = Vec::new();
    if finder.find(&piece.bytes).is_none() {
        return all;
    }
    let wanted = |bytes: &[u8]| finder.find(bytes).is_some();
    items::each(piece, longest, wanted, |_, item| {
        let Ok(item) = item else { return };
        let Some(text) = item.resource.filter(|text| resource_type(text) == Some("Medication")) else { return };
        let Ok(medication) = from_str::<model::Medication<'_>>(text) else { return };
        let (id, codes) = (Box::from(&*medication.id), Code::all(&medication.code));
        all.push(Found { file: piece.file.number, id, url: item.url.into(), codes });
    });
    all
}

/// How many only: what stands as a code can be a name.
impl std::fmt::Debug for Medications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Medications({} withheld)", self.by_id.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medication(id: &str, code: &str) -> Found {
        let codes = [Code { system: "x".into(), code: code.into() }];
        Found { file: 0, id: id.into(), url: "".into(), codes: codes.into_iter().collect() }
    }

    #[test]
    fn what_has_no_room_is_not_known_and_equal_codes_take_room_once() {
        let code = "c".repeat(1000);
        let mut all = Medications::holding(3000);
        all.add((0..9).map(|id| medication(&id.to_string(), &code)).collect());
        all.add(vec![medication("another", &"d".repeat(2000)), medication("late", &code)]);
        let known = |reference: &str| all.codes(0, reference).is_some();
        assert!((0..9).all(|id| known(&format!("Medication/{id}"))));
        assert!(!known("Medication/another") && !known("Medication/late"));
        assert_eq!(all.codes.len(), 1);
    }
}
