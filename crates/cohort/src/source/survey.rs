//! One pass over a table's bytes before SQL sees them: digest, form, and the type of every column from all of its rows.
//!
//! A type guessed from the first rows fails on a later one, in the middle of a query and with the record's value in
//! the message. After this pass reading cannot fail on a value.

use std::collections::HashMap;

use arrow::datatypes::{Field, Schema};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use futures::TryStreamExt as _;
use object_store::{GetResult, ObjectStoreExt as _};
use renkei_domain::Digest;
use sha2::{Digest as _, Sha256};

use super::types::ColumnType;
use super::{Dialect, Source};
use crate::CohortError;
use crate::error::CsvFault;

/// The longest row accepted, in bytes: a quotation mark that is never closed must not take the machine's memory.
const ROW_LIMIT: usize = 16 << 20;

/// What a CSV or TSV file holds.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) schema: Schema,
    pub(super) digest: Digest,
}

async fn get(source: &Source) -> Result<GetResult, CohortError> {
    source.location.store.get(&source.location.path).await.map_err(|error| store_fault(source, error))
}

fn store_fault(source: &Source, error: object_store::Error) -> CohortError {
    match error {
        object_store::Error::NotFound { .. } => {
            CohortError::NoTable { table: source.name.clone(), location: source.location.to_string() }
        }
        error => CohortError::Store { table: source.name.clone(), source: error },
    }
}

/// The SHA-256 of the table's bytes, read in chunks.
pub(super) async fn digest(source: &Source) -> Result<Digest, CohortError> {
    let mut chunks = get(source).await?.into_stream();
    let mut hasher = Sha256::new();
    while let Some(chunk) = chunks.try_next().await.map_err(|error| store_fault(source, error))? {
        hasher.update(&chunk);
    }
    Ok(Digest::from(<[u8; 32]>::from(hasher.finalize())))
}

/// Reads a CSV or TSV file through; columns named in `text_columns` stay text.
pub(super) async fn text(source: &Source, dialect: Dialect, text_columns: &[&str]) -> Result<Survey, CohortError> {
    let fault = |fault| CohortError::Csv { table: source.name.clone(), fault };
    let mut chunks = get(source).await?.into_stream();
    let mut hasher = Sha256::new();
    let mut rows = Rows::new(dialect);
    let mut columns = Columns::default();
    while let Some(chunk) = chunks.try_next().await.map_err(|error| store_fault(source, error))? {
        hasher.update(&chunk);
        rows.feed(&chunk, &mut |row, fields| columns.see(row, fields)).map_err(fault)?;
    }
    rows.finish(&mut |row, fields| columns.see(row, fields)).map_err(fault)?;
    if columns.rows == 0 {
        return Err(CohortError::EmptyTable { table: source.name.clone() });
    }
    let digest = Digest::from(<[u8; 32]>::from(hasher.finalize()));
    Ok(Survey { schema: columns.schema(text_columns), digest })
}

/// Cuts bytes into rows of fields, across the borders of chunks. Row 0 is the header.
struct Rows {
    reader: Reader,
    bytes: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    fields: usize,
    row: u64,
}

type TakeRow<'a> = dyn FnMut(u64, &[&str]) -> Result<(), CsvFault> + Send + 'a;

impl Rows {
    fn new(dialect: Dialect) -> Self {
        let reader = ReaderBuilder::new().delimiter(dialect.delimiter).comment(dialect.comment).build();
        Self { reader, bytes: vec![0; 4096], filled: 0, ends: vec![0; 64], fields: 0, row: 0 }
    }

    fn feed(&mut self, mut input: &[u8], take: &mut TakeRow<'_>) -> Result<(), CsvFault> {
        while !input.is_empty() {
            let (_, used) = self.step(input, take)?;
            input = &input[used..];
        }
        Ok(())
    }

    /// Ends a last row that has no line end.
    fn finish(&mut self, take: &mut TakeRow<'_>) -> Result<(), CsvFault> {
        while self.step(&[], take)?.0 != ReadRecordResult::End {}
        Ok(())
    }

    fn step(&mut self, input: &[u8], take: &mut TakeRow<'_>) -> Result<(ReadRecordResult, usize), CsvFault> {
        let (output, ends) = (&mut self.bytes[self.filled..], &mut self.ends[self.fields..]);
        let (result, used, written, ended) = self.reader.read_record(input, output, ends);
        self.filled += written;
        self.fields += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull if self.bytes.len() >= ROW_LIMIT => {
                return Err(CsvFault::TooLong { row: self.row, limit: ROW_LIMIT });
            }
            ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => self.hand_over(take)?,
        }
        Ok((result, used))
    }

    fn hand_over(&mut self, take: &mut TakeRow<'_>) -> Result<(), CsvFault> {
        let not_text = CsvFault::NotUtf8 { row: self.row };
        let mut start = 0;
        let fields = self.ends[..self.fields].iter().map(|&end| {
            let field = std::str::from_utf8(&self.bytes[start..end]).map_err(|_| not_text);
            start = end;
            field
        });
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        take(self.row, &fields)?;
        self.row += 1;
        self.filled = 0;
        self.fields = 0;
        Ok(())
    }
}

/// The header, and what the rows allow each column to be.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    types: Vec<ColumnType>,
    rows: u64,
}

impl Columns {
    fn see(&mut self, row: u64, fields: &[&str]) -> Result<(), CsvFault> {
        if row == 0 {
            return self.header(fields);
        }
        if fields.len() != self.names.len() {
            return Err(CsvFault::Ragged { row, found: fields.len(), expected: self.names.len() });
        }
        self.types.iter_mut().zip(fields).for_each(|(column, field)| column.see(field));
        self.rows = row;
        Ok(())
    }

    fn header(&mut self, fields: &[&str]) -> Result<(), CsvFault> {
        let mut seen = HashMap::new();
        for (index, name) in fields.iter().enumerate() {
            if let Some(first) = seen.insert(*name, index) {
                return Err(CsvFault::SameName { first: first + 1, second: index + 1 });
            }
        }
        self.names = fields.iter().map(|&name| name.to_owned()).collect();
        self.types = vec![ColumnType::new(); fields.len()];
        Ok(())
    }

    fn schema(&self, text_columns: &[&str]) -> Schema {
        let fields = self.names.iter().zip(&self.types).map(|(name, column)| {
            let text = text_columns.contains(&name.as_str());
            let data_type = if text { arrow::datatypes::DataType::Utf8 } else { column.data_type() };
            Field::new(name, data_type, true)
        });
        Schema::new(fields.collect::<Vec<_>>())
    }
}
