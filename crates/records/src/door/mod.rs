//! The door: the one place where a source's row becomes canonical.

mod judge;
mod rows;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use renkei_domain::Digest;

use crate::canonical::{Coding, FaultCells, Row, TableBuilders};
use crate::map::Map;
use crate::pseudonym::Hashed;
use crate::{FaultCounts, FaultKind, RecordsError, Rules, Stated, Table};

/// How many pseudonyms are remembered before all are forgotten: some 6 MiB, and all persons of a unit of results in the
/// order in which they came in.
const REMEMBERED: usize = 65_536;

/// The keyed hash of a file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileId(Hashed);

/// The keyed hash of a message's or resource's own id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId(Hashed);

/// The keyed hash of one patient's number, made when their first row comes: for a source that looks each row's person up
/// itself, and holds this with what else it knows of them.
#[derive(Default)]
pub struct KeptPerson(OnceLock<Hashed>);

/// Where a row comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The file.
    pub file: &'a FileId,
    /// The line, segment or entry, from 1; 0 for the file as a whole.
    pub line: u32,
    /// The message or resource.
    pub resource: Option<&'a ResourceId>,
    /// When the message or resource was written.
    pub recorded: Stated,
}

/// Takes the rows and faults of one unit of work.
#[derive(Debug)]
pub struct Door {
    rules: Arc<Rules>,
    people: Pseudonyms,
    tables: TableBuilders,
    counts: Counts,
}

/// The pseudonyms met last, since records of one patient come together.
#[derive(Default)]
struct Pseudonyms(Map<String, Hashed>);

/// What a unit of work counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) faults: FaultCounts,
    pub(crate) read: BTreeMap<&'static str, u64>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// The digest of each file that was read, in order.
    pub(crate) inputs: Vec<Digest>,
}

/// What came of one unit of work.
#[derive(Debug)]
pub(crate) struct Harvest {
    pub(crate) tables: Vec<(Table, RecordBatch)>,
    pub(crate) faults: Option<RecordBatch>,
    pub(crate) counts: Counts,
}

impl Door {
    /// A door without rows.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules, people: Pseudonyms::default(), tables: TableBuilders::default(), counts: Counts::default() }
    }

    /// The id of a file by its path below the source's folder.
    #[must_use]
    pub fn file(&self, path: &str) -> FileId {
        FileId(self.rules.pseudonyms.keyed("file", path))
    }

    /// The id of a message or resource by its own id; nothing if that is empty.
    #[must_use]
    pub fn resource(&self, id: &str) -> Option<ResourceId> {
        (!id.is_empty()).then(|| ResourceId(self.rules.pseudonyms.keyed("resource", id)))
    }

    /// Notes that bytes of the source were read: they go into the digest of the input.
    pub fn input(&mut self, bytes: &[u8]) {
        self.digested(Digest::of(bytes), bytes.len() as u64);
    }

    /// Notes that `bytes` bytes of the source were read, of which only the digest is left.
    pub fn digested(&mut self, digest: Digest, bytes: u64) {
        self.counts.files += 1;
        self.counts.bytes += bytes;
        self.counts.inputs.push(digest);
    }

    /// Whether the mapping tables know a code's system and it can be one of its codes.
    #[must_use]
    pub fn knows(&self, coding: &Coding<'_>) -> bool {
        !self.rules.concepts.is_local(coding) && self.rules.concepts.fits(coding)
    }

    /// Counts a message or resource of a type that gives rows.
    pub fn read(&mut self, of_type: &'static str) {
        *self.counts.read.entry(of_type).or_default() += 1;
    }

    /// Counts things that are left out without being a fault. The reason is a fixed text, never one of a record.
    pub fn skip(&mut self, reason: &'static str, count: u64) {
        *self.counts.skipped.entry(reason).or_default() += count;
    }

    /// Lists a fault. The table is that of the row that it belongs to, if there is one.
    pub fn fault(&mut self, kind: FaultKind, table: Option<Table>, at: &Origin<'_>) {
        *self.counts.faults.entry(kind).or_default() += 1;
        self.tables.faults.append(FaultCells {
            kind: kind.as_str(),
            source: &self.rules.source,
            file: at.file.0.as_str(),
            line: at.line,
            table: table.map(Table::name),
        });
    }

    /// Takes one row.
    pub fn row(&mut self, row: Row<'_>, at: &Origin<'_>) {
        if self.names_patient(&row, at) {
            let person = self.people.of(row.patient(), &self.rules);
            self.take(&person, row, at);
        }
    }

    /// Takes one row of a person of whom the source keeps something anyway: the same as [`Self::row`], only quicker.
    pub fn row_of(&mut self, kept: &KeptPerson, row: Row<'_>, at: &Origin<'_>) {
        if self.names_patient(&row, at) {
            let person = *kept.0.get_or_init(|| self.rules.pseudonyms.person(row.patient()));
            self.take(&person, row, at);
        }
    }

    fn take(&mut self, person: &Hashed, row: Row<'_>, at: &Origin<'_>) {
        if !self.admits(person) {
            return;
        }
        match row {
            Row::Person(row) => self.person(person, row, at),
            Row::Condition(row) => self.condition(person, row, at),
            Row::Measurement(row) => self.measurement(person, row, at),
            Row::Procedure(row) => self.procedure(person, row, at),
            Row::Drug(row) => self.drug(person, row, at),
            Row::Visit(row) => self.visit(person, row, at),
            Row::Pathology(row) => self.pathology(person, row, at),
        }
    }

    /// What came of the unit of work.
    pub(crate) fn finish(mut self) -> Result<Harvest, RecordsError> {
        let mut tables = Vec::new();
        for table in Table::ALL {
            tables.extend(self.tables.take(table)?.map(|batch| (table, batch)));
        }
        Ok(Harvest { tables, faults: self.tables.faults.take()?, counts: self.counts })
    }
}

impl Pseudonyms {
    fn of(&mut self, patient: &str, rules: &Rules) -> Hashed {
        if let Some(known) = self.0.get(patient) {
            return *known;
        }
        if self.0.len() == REMEMBERED {
            self.0.clear();
        }
        let pseudonym = rules.pseudonyms.person(patient);
        self.0.insert(patient.to_owned(), pseudonym);
        pseudonym
    }
}

/// Without the hash: whoever sees it beside a number can find that person in the tables.
impl std::fmt::Debug for KeptPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeptPerson(withheld)")
    }
}

/// Without the patient numbers that are its keys.
impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms({} withheld)", self.0.len())
    }
}
