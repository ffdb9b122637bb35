//! A part of a table's file: what there is to fetch, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::BoxStream;
use renkei_domain::Digest;

use super::cell::Record;
use super::find::{File, Format};
use super::lines::{self, Lines};
use super::parquet::{self, Batches, Slice};
use super::tables::{Columns, OmopTable};
use crate::{FaultKind, RecordsError};

/// A fault that shows while rows are parted: of a row, or with 0 of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) line: u32,
}

/// A part of a file.
pub(super) struct Part {
    file: Arc<str>,
    skipped: BTreeMap<&'static str, u64>,
    faults: Vec<Fault>,
    input: Option<Input>,
    rows: PartRows,
}

/// Where a part's rows are.
pub(super) enum PartRows {
    None,
    Lines(Lines),
    Slice(Slice),
}

/// What was read of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    pub(super) digest: Digest,
    pub(super) bytes: u64,
}

/// A part's rows, here.
pub(super) struct Fetched {
    pub(super) file: Arc<str>,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    pub(super) faults: Vec<Fault>,
    pub(super) input: Option<Input>,
    pub(super) rows: FetchedRows,
}

/// Rows in either form.
pub(super) enum FetchedRows {
    None,
    Lines(Lines),
    Batches(Batches),
}

impl Fault {
    pub(super) fn new(kind: FaultKind, line: u64) -> Self {
        Self { kind, line: u32::try_from(line).unwrap_or(u32::MAX) }
    }
}

/// The parts of a file, in order, cut in the same way whatever reads them.
pub(super) fn parts(
    file: File,
    table: &'static OmopTable,
    columns: Columns,
) -> BoxStream<'static, Result<Part, RecordsError>> {
    match file.format {
        Format::Parquet => parquet::parts(file, table, columns),
        Format::Csv { .. } => lines::parts(file, table, columns),
    }
}

impl Part {
    pub(super) fn of(file: &Arc<str>, rows: PartRows) -> Self {
        Self { file: Arc::clone(file), skipped: BTreeMap::new(), faults: Vec::new(), input: None, rows }
    }

    pub(super) fn fault(file: &Arc<str>, kind: FaultKind, line: u64) -> Self {
        Self { faults: vec![Fault::new(kind, line)], ..Self::of(file, PartRows::None) }
    }

    /// Files that are not read, by reason.
    pub(super) fn left_out(skipped: BTreeMap<&'static str, u64>) -> Self {
        Self { skipped, ..Self::of(&Arc::from(""), PartRows::None) }
    }

    /// Reads the part. Rows that cannot be decoded are a fault of the whole part.
    pub(super) async fn fetch(self) -> Result<Fetched, RecordsError> {
        let mut fetched = Fetched {
            file: self.file,
            skipped: self.skipped,
            faults: self.faults,
            input: self.input,
            rows: FetchedRows::None,
        };
        match self.rows {
            PartRows::None => {}
            PartRows::Lines(lines) => {
                let bytes = lines.bytes();
                fetched.input = Some(Input { digest: Digest::of(bytes), bytes: bytes.len() as u64 });
                fetched.rows = FetchedRows::Lines(lines);
            }
            PartRows::Slice(slice) => {
                let line = slice.first_row();
                match slice.read().await? {
                    Ok((batches, input)) => {
                        fetched.input = Some(input);
                        fetched.rows = FetchedRows::Batches(batches);
                    }
                    Err(kind) => fetched.faults.push(Fault::new(kind, line)),
                }
            }
        }
        Ok(fetched)
    }
}

impl Fetched {
    /// The same without its rows, which were read in another way, and with the faults that they gave.
    pub(super) fn aside(self, more: Vec<Fault>) -> Part {
        let faults = self.faults.into_iter().chain(more).collect();
        Part { file: self.file, skipped: self.skipped, faults, input: self.input, rows: PartRows::None }
    }
}

impl FetchedRows {
    /// Hands each row over with its line, or its number in a Parquet file; gives the faults met on the way.
    pub(super) fn each(&self, take: &mut dyn FnMut(u32, &Record<'_>)) -> Vec<Fault> {
        match self {
            Self::None => Vec::new(),
            Self::Lines(lines) => lines.each(take),
            Self::Batches(batches) => {
                batches.each(take);
                Vec::new()
            }
        }
    }
}
