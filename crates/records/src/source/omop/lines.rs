//! CSV: with commas and quotes (RFC 4180), or with tabs and without quotes as OHDSI's vocabularies come.

use std::sync::Arc;

use csv::ByteRecord;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStoreExt as _;

use super::cell::{Cell, Record};
use super::cut::{Cut, Cutter, LONGEST, Piece};
use super::find::{File, Format};
use super::part::{Fault, Part, PartRows};
use super::tables::{Columns, OmopTable};
use crate::source::gzip::Inflate;
use crate::{FaultKind, RecordsError};

/// Compressed bytes that are unpacked at once: at most a thousand times as many come of them.
const UNPACKED_AT_ONCE: usize = 8 << 10;

/// The first line of a file: how its fields are parted and where each column of the table's list stands.
#[derive(Debug)]
pub(super) struct Header {
    delimiter: u8,
    quotes: bool,
    fields: usize,
    places: Vec<Option<usize>>,
}

/// Whole lines of a file.
pub(super) struct Lines {
    header: Arc<Header>,
    piece: Piece,
}

/// One record, by the places of its file's header.
#[derive(Clone, Copy)]
pub(super) struct CsvRecord<'a> {
    record: &'a ByteRecord,
    header: &'a Header,
}

/// The parts of one file: pieces of whole lines, in order, none of them kept.
pub(super) fn parts(
    file: File,
    table: &'static OmopTable,
    columns: Columns,
) -> BoxStream<'static, Result<Part, RecordsError>> {
    stream::once(async move {
        let got = file.store.get(&file.path).await.map_err(RecordsError::reading)?;
        let bytes = got.into_stream().map_err(RecordsError::reading).boxed();
        let reading = Reading {
            inflate: (file.format == Format::Csv { gzip: true }).then(Inflate::default),
            below: file.below.into(),
            table,
            columns,
            head: Vec::new(),
            split: None,
            ended: false,
        };
        Ok::<_, RecordsError>(pieces(bytes, reading))
    })
    .try_flatten()
    .boxed()
}

/// A file on its way from bytes to pieces.
struct Reading {
    inflate: Option<Inflate>,
    below: Arc<str>,
    table: &'static OmopTable,
    columns: Columns,
    /// What has come of the first line.
    head: Vec<u8>,
    /// What cuts the lines after it, once that is whole.
    split: Option<(Arc<Header>, Cutter)>,
    ended: bool,
}

type Chunks = BoxStream<'static, Result<bytes::Bytes, RecordsError>>;

fn pieces(chunks: Chunks, reading: Reading) -> BoxStream<'static, Result<Part, RecordsError>> {
    stream::try_unfold((chunks, reading), |(mut chunks, mut reading)| async move {
        if reading.ended {
            return Ok(None);
        }
        loop {
            let ready = match chunks.next().await {
                Some(chunk) => reading.take(&chunk?)?,
                None => reading.finish()?,
            };
            if reading.ended || !ready.is_empty() {
                return Ok::<_, RecordsError>(Some((stream::iter(ready).map(Ok), (chunks, reading))));
            }
        }
    })
    .try_flatten()
    .boxed()
}

impl Reading {
    fn take(&mut self, chunk: &[u8]) -> Result<Vec<Part>, RecordsError> {
        let Some(mut inflate) = self.inflate.take() else { return self.plain(chunk) };
        let mut ready = Vec::new();
        for packed in chunk.chunks(UNPACKED_AT_ONCE) {
            let plain = inflate.push(packed);
            if inflate.is_broken() {
                self.ended = true;
                ready.extend(self.cut_short());
                return Ok(ready);
            }
            ready.extend(self.plain(&plain)?);
        }
        self.inflate = Some(inflate);
        Ok(ready)
    }

    fn finish(&mut self) -> Result<Vec<Part>, RecordsError> {
        self.ended = true;
        if let Some(inflate) = self.inflate.take() {
            let (plain, whole) = inflate.finish();
            let mut ready = self.plain(&plain)?;
            ready.extend(if whole { self.rest()? } else { self.cut_short() });
            return Ok(ready);
        }
        self.rest()
    }

    /// What is left where no more bytes come.
    fn rest(&mut self) -> Result<Vec<Part>, RecordsError> {
        if self.split.is_none() {
            // A file of one line without an end: a header without rows.
            self.begin()?;
        }
        if let Some((_, cutter)) = &mut self.split {
            cutter.finish();
        }
        Ok(self.done())
    }

    /// What is left where the packed bytes break off: the whole lines before, and a fault. What has come of the last
    /// line could be a number that lacks its last digits.
    fn cut_short(&mut self) -> Vec<Part> {
        if let Some((_, cutter)) = &mut self.split {
            cutter.emit();
        }
        let mut ready = self.done();
        ready.push(Part::fault(&self.below, FaultKind::Malformed, 0));
        ready
    }

    fn plain(&mut self, bytes: &[u8]) -> Result<Vec<Part>, RecordsError> {
        if let Some((_, cutter)) = &mut self.split {
            cutter.take(bytes);
            return Ok(self.done());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
        self.head.extend_from_slice(head);
        if end.is_none() && self.head.len() <= LONGEST {
            return Ok(Vec::new());
        }
        self.begin()?;
        self.plain(rest)
    }

    /// Reads the header and begins to cut what comes after it.
    fn begin(&mut self) -> Result<(), RecordsError> {
        let head = std::mem::take(&mut self.head);
        let header = Header::read(&head, self.table, self.columns)?;
        let cutter = Cutter::after_header(header.delimiter, header.quotes);
        self.split = Some((Arc::new(header), cutter));
        Ok(())
    }

    fn done(&mut self) -> Vec<Part> {
        let Some((header, cutter)) = &mut self.split else { return Vec::new() };
        let cuts = cutter.done().into_iter();
        let part = |cut| match cut {
            Cut::Piece(piece) => Part::of(&self.below, PartRows::Lines(Lines { header: Arc::clone(header), piece })),
            Cut::TooLong(line) => Part::fault(&self.below, FaultKind::TooLarge, line),
        };
        cuts.map(part).collect()
    }
}

impl Header {
    /// Reads a header: names in any case, quoted or not. A tab in it means that tabs part the fields.
    fn read(line: &[u8], table: &'static OmopTable, columns: Columns) -> Result<Self, RecordsError> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let tabs = line.contains(&b'\t');
        let delimiter = if tabs { b'\t' } else { b',' };
        let text = String::from_utf8_lossy(line);
        let names: Vec<String> = text
            .split(char::from(delimiter))
            .map(|name| name.trim().trim_matches('"').trim().to_ascii_lowercase())
            .collect();
        let place = |column: &super::tables::Column| {
            let found = names.iter().position(|name| name == column.name);
            match found {
                _ if !columns.has(column) => Ok(None),
                None if column.needed => Err(RecordsError::NoColumn { table: table.name, column: column.name }),
                found => Ok(found),
            }
        };
        let places = table.columns.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { delimiter, quotes: !tabs, fields: names.len(), places })
    }
}

impl Lines {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.piece.bytes
    }

    /// Hands each record over with its line; gives the lines that are no records of this file.
    pub(super) fn each(&self, take: &mut dyn FnMut(u32, &Record<'_>)) -> Vec<Fault> {
        let header = self.header.as_ref();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(header.delimiter)
            .quoting(header.quotes)
            .from_reader(self.piece.bytes.as_slice());
        let mut record = ByteRecord::new();
        let mut faults = Vec::new();
        // Reading from memory into bytes fails in no way.
        while let Ok(true) = reader.read_byte_record(&mut record) {
            let line = self.piece.line + record.position().map_or(0, |position| position.line() - 1);
            if record.len() == header.fields {
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                take(line, &Record::Csv(CsvRecord { record: &record, header }));
            } else {
                faults.push(Fault::new(FaultKind::Malformed, line));
            }
        }
        faults
    }
}

impl<'a> CsvRecord<'a> {
    pub(super) fn cell(self, place: usize) -> Cell<'a> {
        let field = self.header.places.get(place).copied().flatten().and_then(|place| self.record.get(place));
        match field.map(std::str::from_utf8) {
            None => Cell::Null,
            Some(Err(_)) => Cell::Broken,
            Some(Ok(text)) if !self.header.quotes => {
                let inner = text.trim_ascii().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                Cell::written(inner.unwrap_or(text))
            }
            Some(Ok(text)) => Cell::written(text),
        }
    }
}
