//! Newline-delimited JSON, cut behind line ends.

use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::{Items, Limits, Piece};
use crate::FaultKind;
use crate::source::fhir::files::File;

/// The lines of one file.
pub(super) struct Lines {
    file: Arc<File>,
    limits: Limits,
    /// Whole lines and the beginning of the next.
    held: Vec<u8>,
    /// Where that beginning is.
    line: usize,
    /// The number of the first line that is held.
    first: u32,
    /// Whether the rest of a line that is too long is being left out.
    dropping: bool,
    faults: Vec<(FaultKind, u32)>,
}

impl Lines {
    pub(super) fn new(file: Arc<File>, limits: Limits) -> Self {
        Self { file, limits, held: Vec::new(), line: 0, first: 1, dropping: false, faults: Vec::new() }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], pieces: &mut Vec<Piece>) {
        while !bytes.is_empty() {
            bytes = self.take(bytes);
            if self.line >= self.limits.piece {
                pieces.push(self.piece());
            }
        }
    }

    pub(super) fn finish(mut self) -> Piece {
        self.line = self.held.len();
        self.piece()
    }

    /// Takes bytes up to where a piece ends, or all; gives the rest.
    fn take<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if self.dropping {
            let Some(end) = memchr(b'\n', bytes) else { return &[] };
            // The line stays as an empty one, so that the others keep their numbers.
            self.dropping = false;
            self.held.push(b'\n');
            self.line = self.held.len();
            return bytes.get(end + 1..).unwrap_or_default();
        }
        // The line end that closes the piece: the first that makes it long enough.
        let needed = self.limits.piece.saturating_sub(self.held.len() + 1);
        let end = bytes.get(needed..).and_then(|rest| Some(needed + memchr(b'\n', rest)? + 1));
        let (taken, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        self.hold(taken);
        rest
    }

    fn hold(&mut self, bytes: &[u8]) {
        if let Some(end) = memrchr(b'\n', bytes) {
            self.line = self.held.len() + end + 1;
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() - self.line > self.limits.longest {
            self.faults.push((FaultKind::TooLong, self.number_at(self.line)));
            self.held.truncate(self.line);
            self.dropping = true;
        }
    }

    fn number_at(&self, place: usize) -> u32 {
        let ends = memchr_iter(b'\n', self.held.get(..place).unwrap_or_default()).count();
        self.first.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX))
    }

    /// The whole lines held, which leaves the beginning of the next.
    fn piece(&mut self) -> Piece {
        let next = self.number_at(self.line);
        let rest = self.held.split_off(self.line);
        let bytes = std::mem::replace(&mut self.held, rest);
        let first = std::mem::replace(&mut self.first, next);
        self.line = 0;
        let faults = std::mem::take(&mut self.faults);
        Piece { file: Arc::clone(&self.file), bytes, items: Items::Lines(first), faults }
    }
}
