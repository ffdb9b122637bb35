//! One file as pieces of complete resources: bytes go in as they come from the store, pieces come out. What is held is
//! bounded by the limits, whatever the file.

mod bundle;
mod lines;

use std::ops::Range;
use std::sync::Arc;

use super::files::{File, Named};
use super::json::{Nesting, is_blank};
use crate::FaultKind;
use crate::source::gzip::{Inflate, is_gzip};
use bundle::Document;
use lines::Lines;

/// How much of a file is looked at to tell lines from a document.
const HEAD: usize = 64 << 10;
/// Compressed bytes taken at once: they become 64 MiB at most.
const PORTION: usize = 64 << 10;
/// U+FEFF in UTF-8: allowed in front by what writes it, and no part of JSON (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How files are cut.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A piece ends with the first resource that makes it this long, in bytes.
    pub piece: usize,
    /// A line or an entry that is longer, in bytes, is a fault and left out.
    pub longest: usize,
}

impl Default for Limits {
    /// Pieces of 4 MiB, resources of up to 64 MiB.
    fn default() -> Self {
        Self { piece: 4 << 20, longest: 64 << 20 }
    }
}

/// Where the resources lie in a piece.
#[derive(Debug)]
pub(super) enum Items {
    /// One a line, the first line with this number.
    Lines(u32),
    /// Entries of a bundle: the place of each, and its number in the bundle.
    Entries(Vec<(Range<usize>, u32)>),
    /// One resource.
    Whole,
}

/// Complete resources of one file.
pub(super) struct Piece {
    pub(super) file: Arc<File>,
    pub(super) bytes: Vec<u8>,
    pub(super) items: Items,
    /// What is wrong with the file at which line or entry; 0 for the file as a whole.
    pub(super) faults: Vec<(FaultKind, u32)>,
}

enum Cut {
    /// Not yet told: the beginning.
    Undecided(Vec<u8>),
    Lines(Lines),
    Document(Document),
}

/// The reading of one file.
pub(super) struct Reading {
    file: Arc<File>,
    limits: Limits,
    inflate: Option<Inflate>,
    begun: bool,
    cut: Cut,
}

impl Reading {
    pub(super) fn new(file: Arc<File>, limits: Limits) -> Self {
        Self { file, limits, inflate: None, begun: false, cut: Cut::Undecided(Vec::new()) }
    }

    /// How many bytes may come at once: few where they can swell.
    pub(super) fn portion(&self) -> usize {
        if self.begun && self.inflate.is_none() { usize::MAX } else { PORTION }
    }

    /// Takes the next bytes of the file and gives the pieces that are complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        if !self.begun {
            self.begun = true;
            self.inflate = is_gzip(bytes).then(Inflate::default);
        }
        let mut pieces = Vec::new();
        match self.inflate.take() {
            None => self.take(bytes, &mut pieces),
            Some(mut inflate) => {
                let plain = inflate.push(bytes);
                self.take(&plain, &mut pieces);
                self.inflate = Some(inflate);
            }
        }
        pieces
    }

    /// The file has ended: gives what is left.
    pub(super) fn finish(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let truncated = match self.inflate.take() {
            None => false,
            Some(inflate) => {
                let (plain, whole) = inflate.finish();
                self.take(&plain, &mut pieces);
                !whole
            }
        };
        if let Cut::Undecided(head) = &mut self.cut {
            let head = std::mem::take(head);
            self.decide(&head, &mut pieces);
        }
        let mut last = match self.cut {
            Cut::Lines(lines) => lines.finish(),
            Cut::Document(document) => document.finish(),
            Cut::Undecided(_) => return pieces,
        };
        if truncated {
            last.faults.push((FaultKind::Malformed, 0));
        }
        pieces.push(last);
        pieces
    }

    fn take(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        match &mut self.cut {
            Cut::Lines(lines) => lines.push(bytes, pieces),
            Cut::Document(document) => document.push(bytes, pieces),
            Cut::Undecided(head) => {
                head.extend_from_slice(bytes);
                if head.len() >= HEAD {
                    let head = std::mem::take(head);
                    self.decide(&head, pieces);
                }
            }
        }
    }

    /// Tells by the beginning of the file how it is cut.
    fn decide(&mut self, head: &[u8], pieces: &mut Vec<Piece>) {
        let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
        let lines = matches!(self.file.named, Named::Lines(_)) || is_lines(head);
        self.cut = if lines {
            Cut::Lines(Lines::new(Arc::clone(&self.file), self.limits))
        } else {
            Cut::Document(Document::new(Arc::clone(&self.file), self.limits))
        };
        self.take(head, pieces);
    }
}

/// Whether a file that is not named as lines holds lines: its first object ends with its line, and something follows.
fn is_lines(head: &[u8]) -> bool {
    let blank = head.iter().take_while(|byte| is_blank(**byte)).count();
    let head = head.get(blank..).unwrap_or_default();
    if head.first() != Some(&b'{') {
        return false;
    }
    let Some(end) = Nesting::default().close(head) else { return false };
    let (object, rest) = head.split_at(end);
    !object.contains(&b'\n') && rest.contains(&b'\n') && rest.iter().any(|byte| !is_blank(*byte))
}

/// Without the bytes, which are records.
impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({} bytes)", self.bytes.len())
    }
}
