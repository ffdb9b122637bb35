//! One JSON document: a bundle (FHIR R4, 2.36), whose entries are found without holding more than one of them and the
//! piece that they make, or any other single resource, which is held whole.

use std::ops::Range;
use std::sync::Arc;

use super::{Items, Limits, Piece};
use crate::FaultKind;
use crate::source::fhir::files::File;
use crate::source::fhir::json::{Nesting, is_blank};

/// The longest name and text of the outermost object that is kept; longer ones are none that matter here.
const LONGEST_NAME: usize = 64;

/// Where the reading of the document stands.
#[derive(Debug)]
enum Place {
    /// Before the outermost object.
    Before,
    /// Between its members.
    Member,
    /// In a member's name, or in the text that is the value of one.
    Text(Of, Vec<u8>, Escaped),
    /// Between a member's name and its value.
    Value(Member),
    /// In a number, `true`, `false` or `null`.
    Scalar,
    /// In an object or array that is not looked at.
    Skipped(Nesting),
    /// Between entries.
    Entries,
    /// In an entry that begins at this place of what is held.
    Entry(Nesting, usize),
    /// In an entry that is too long.
    Dropped(Nesting),
    /// After the outermost object.
    After,
    /// Where there is no JSON: nothing more is told apart.
    Lost,
}

/// The members that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    ResourceType,
    Entry,
    Other,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Name,
    Value(Member),
}

/// Whether the next character of a text stands behind a backslash.
type Escaped = bool;

/// One document.
pub(super) struct Document {
    file: Arc<File>,
    limits: Limits,
    place: Place,
    /// All of the text until the document turns out to be a bundle; then the entries of the next piece.
    held: Vec<u8>,
    entries: Vec<(Range<usize>, u32)>,
    /// The number of the entry met last.
    number: u32,
    /// Whether entries were met.
    entered: bool,
    /// What `resourceType` says: whether it is a bundle.
    bundle: Option<bool>,
    overlong: bool,
    faults: Vec<(FaultKind, u32)>,
}

impl Document {
    pub(super) fn new(file: Arc<File>, limits: Limits) -> Self {
        Self {
            file,
            limits,
            place: Place::Before,
            held: Vec::new(),
            entries: Vec::new(),
            number: 0,
            entered: false,
            bundle: None,
            overlong: false,
            faults: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], pieces: &mut Vec<Piece>) {
        while !bytes.is_empty() {
            let taken = self.step(bytes);
            let (read, rest) = bytes.split_at_checked(taken).unwrap_or((bytes, &[]));
            if !self.entered {
                self.hold_single(read);
            }
            if self.entries.last().is_some_and(|(range, _)| range.end >= self.limits.piece) {
                pieces.push(self.piece());
            }
            bytes = rest;
        }
    }

    pub(super) fn finish(mut self) -> Piece {
        if !self.entered {
            let items = if self.overlong { Items::Entries(Vec::new()) } else { Items::Whole };
            return Piece { file: self.file, bytes: self.held, items, faults: self.faults };
        }
        if !matches!(self.place, Place::After) {
            self.faults.push((FaultKind::Malformed, self.number));
        }
        if self.bundle != Some(true) {
            self.faults.push((FaultKind::Malformed, 0));
        }
        if let Place::Entry(_, from) = self.place {
            self.held.truncate(from);
        }
        self.piece()
    }

    fn hold_single(&mut self, bytes: &[u8]) {
        if self.overlong {
            return;
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() > self.limits.longest {
            self.overlong = true;
            self.held = Vec::new();
            self.faults.push((FaultKind::TooLong, 1));
        }
    }

    /// Goes on through the bytes, of which there is at least one, and says how many belonged together.
    fn step(&mut self, bytes: &[u8]) -> usize {
        match &mut self.place {
            Place::Skipped(nesting) => match nesting.close(bytes) {
                Some(taken) => self.goes_on(Place::Member, taken),
                None => bytes.len(),
            },
            Place::Dropped(nesting) => match nesting.close(bytes) {
                Some(taken) => self.goes_on(Place::Entries, taken),
                None => bytes.len(),
            },
            Place::Entry(..) => self.entry(bytes),
            Place::Lost => bytes.len(),
            Place::Text(of, text, escaped) => {
                let byte = bytes.first().copied().unwrap_or_default();
                match byte {
                    b'"' if !*escaped => {
                        let after = after_text(*of, text, &mut self.bundle);
                        return self.goes_on(after, 1);
                    }
                    _ if text.len() < LONGEST_NAME => text.push(byte),
                    _ => {}
                }
                *escaped = byte == b'\\' && !*escaped;
                1
            }
            _ => self.between(bytes),
        }
    }

    fn goes_on(&mut self, place: Place, taken: usize) -> usize {
        self.place = place;
        taken
    }

    /// The next byte where no value is being read.
    fn between(&mut self, bytes: &[u8]) -> usize {
        let byte = bytes.first().copied().unwrap_or_default();
        let next = match (&self.place, byte) {
            (Place::Scalar, b',' | b'}') => {
                self.place = Place::Member;
                return self.between(bytes);
            }
            (Place::Scalar, byte) if is_blank(byte) => Place::Member,
            (Place::Scalar, _) => return 1,
            (_, byte) if is_blank(byte) => return 1,
            (Place::Before, b'{') => Place::Member,
            (Place::Member | Place::Entries, b',') | (Place::Value(_), b':') => return 1,
            (Place::Member, b'"') => Place::Text(Of::Name, Vec::new(), false),
            (Place::Member, b'}') => Place::After,
            (Place::Value(member), b'"') => Place::Text(Of::Value(*member), Vec::new(), false),
            (Place::Value(Member::Entry), b'[') if self.bundle != Some(false) => {
                self.entered = true;
                self.held.clear();
                Place::Entries
            }
            (Place::Value(_), b'{' | b'[') => {
                self.place = Place::Skipped(Nesting::default());
                return self.step(bytes);
            }
            (Place::Value(_), b'}' | b']' | b',') => Place::Lost,
            (Place::Value(_), _) => Place::Scalar,
            (Place::Entries, b']') => Place::Member,
            (Place::Entries, b'{') => {
                self.number = self.number.saturating_add(1);
                self.place = Place::Entry(Nesting::default(), self.held.len());
                return self.step(bytes);
            }
            _ => Place::Lost,
        };
        self.goes_on(next, 1)
    }

    fn entry(&mut self, bytes: &[u8]) -> usize {
        let Place::Entry(nesting, from) = &mut self.place else { return bytes.len() };
        let (from, end) = (*from, nesting.close(bytes));
        let nesting = *nesting;
        let taken = end.unwrap_or(bytes.len());
        self.held.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
        let overlong = self.held.len() - from > self.limits.longest;
        if overlong {
            self.held.truncate(from);
            self.faults.push((FaultKind::TooLong, self.number));
        }
        match end {
            Some(_) => {
                if !overlong {
                    self.entries.push((from..self.held.len(), self.number));
                }
                self.place = Place::Entries;
            }
            None if overlong => self.place = Place::Dropped(nesting),
            None => {}
        }
        taken
    }

    fn piece(&mut self) -> Piece {
        Piece {
            file: Arc::clone(&self.file),
            bytes: std::mem::take(&mut self.held),
            items: Items::Entries(std::mem::take(&mut self.entries)),
            faults: std::mem::take(&mut self.faults),
        }
    }
}

/// What comes after a name or a text that is a member's value.
fn after_text(of: Of, text: &[u8], bundle: &mut Option<bool>) -> Place {
    match of {
        Of::Name => Place::Value(match text {
            b"resourceType" => Member::ResourceType,
            b"entry" => Member::Entry,
            _ => Member::Other,
        }),
        Of::Value(member) => {
            if member == Member::ResourceType {
                *bundle = Some(text == b"Bundle");
            }
            Place::Member
        }
    }
}
