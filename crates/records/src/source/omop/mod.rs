//! OMOP Common Data Model 5.4: a folder with one file or one folder of files a table, in Parquet or CSV, or one DuckDB file
//! (`duckdb`).
//!
//! The export is read twice. A first pass over `person`, `death` and the columns of concepts (`survey`) notes who is
//! there, who has died and which concepts occur, and looks those up in the export's own `concept`; the second hands the
//! rows to the door. Free text (`*_source_value`, `value_as_string`, `sig`, notes) is in no list of columns
//! (`tables`), so it is not even decoded.

mod cell;
mod cut;
pub mod duckdb;
mod find;
mod lines;
mod parquet;
mod part;
mod rows;
mod survey;
mod tables;
mod ucum;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use renkei_artifacts::Location;

use crate::{Door, FileId, Origin, RecordsError, Source, Stated};

use find::Found;
use part::{Fetched, Part};
use rows::Line;
use survey::Survey;
use tables::{CLINICAL, Columns, OmopTable};

/// An export of OMOP CDM 5.4.
#[derive(Debug)]
pub struct Omop {
    root: Location,
    key: Key,
    /// What is beside the folder and not read, by reason.
    left_out: BTreeMap<&'static str, u64>,
}

/// What stands for a person outside the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::omop) enum Key {
    /// `person_id`.
    PersonId,
    /// `person.person_source_value`.
    SourceValue,
}

/// A part of one table, with what the first pass found.
pub struct Unit {
    survey: Arc<Survey>,
    table: &'static OmopTable,
    part: Part,
}

/// The rows of one unit, not yet judged.
pub struct Rows {
    survey: Arc<Survey>,
    table: &'static OmopTable,
    fetched: Fetched,
}

impl Omop {
    /// The export in the folder `root`, in any store. Persons are known by their `person_id` as text.
    #[must_use]
    pub fn new(root: Location) -> Self {
        Self { root, key: Key::PersonId, left_out: BTreeMap::new() }
    }

    /// The same, with persons known by their `person_source_value`: for a site whose other sources use the number that
    /// stands there. A person without one has no rows.
    #[must_use]
    pub fn by_source_value(self) -> Self {
        Self { key: Key::SourceValue, ..self }
    }
}

impl Source for Omop {
    type Unit = Unit;
    type Fetched = Rows;

    fn form(&self) -> &'static str {
        "omop-5.4"
    }

    fn units(self: Arc<Self>) -> BoxStream<'static, Result<Unit, RecordsError>> {
        stream::once(async move {
            let mut found = find::find(&self.root).await?;
            found.left_out.extend(&self.left_out);
            let (survey, aside) = survey::survey(&found, self.key).await?;
            Ok::<_, RecordsError>(units(found, aside, &Arc::new(survey)))
        })
        .try_flatten()
        .boxed()
    }

    async fn fetch(&self, Unit { survey, table, part }: Unit) -> Result<Rows, RecordsError> {
        Ok(Rows { survey, table, fetched: part.fetch().await? })
    }

    fn read(&self, rows: Rows, door: &mut Door) {
        let Rows { survey, table, fetched } = rows;
        for (reason, count) in &fetched.skipped {
            door.skip(reason, *count);
        }
        if let Some(input) = fetched.input {
            door.digested(input.digest, input.bytes);
        }
        let file = door.file(&fetched.file);
        for fault in &fetched.faults {
            door.fault(fault.kind, table.fills, &origin(&file, fault.line));
        }
        let faults = fetched.rows.each(&mut |number, record| {
            door.read(table.name);
            (table.reader)(&mut Line { record, survey: &survey, at: origin(&file, number), table }, door);
        });
        for fault in faults {
            door.fault(fault.kind, table.fills, &origin(&file, fault.line));
        }
    }
}

/// What was found but is not read, what the first pass was enough for, and every part of every table that gives rows.
fn units(found: Found, aside: Vec<Part>, survey: &Arc<Survey>) -> BoxStream<'static, Result<Unit, RecordsError>> {
    let files = CLINICAL.iter().flat_map(|table| found.files.of(table).map(move |file| (*table, file)));
    let parts = stream::iter(files.collect::<Vec<_>>())
        .flat_map(|(table, file)| part::parts(file, table, Columns::All).map_ok(move |part| (table, part)).boxed());
    let left_out = if found.left_out.is_empty() { None } else { Some(Part::left_out(found.left_out)) };
    let first = left_out.into_iter().chain(aside).map(|part| Ok((&tables::CONCEPT, part)));
    let survey = Arc::clone(survey);
    let units = stream::iter(first.collect::<Vec<_>>()).chain(parts);
    units.map_ok(move |(table, part)| Unit { survey: Arc::clone(&survey), table, part }).boxed()
}

/// Where a row comes from. An export says of no row when it was written.
fn origin(file: &FileId, line: u32) -> Origin<'_> {
    Origin { file, line, resource: None, recorded: Stated::Absent }
}

/// Counts only: rows hold persons' numbers.
impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unit({})", self.table.name)
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.table.name)
    }
}
