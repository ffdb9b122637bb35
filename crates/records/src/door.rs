//! The door: the one place where a source's row becomes canonical.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{NaiveDate, NaiveDateTime};
use renkei_domain::Digest;

use crate::canonical::{
    Certainty, Coding, Condition, ConditionCells, Drug, DrugCells, DrugStage, FaultCells, Measurement,
    MeasurementCells, Pathology, PathologyCells, Person, PersonCells, Procedure, ProcedureCells, Row, Sex,
    TableBuilders, Value, Visit, VisitCells, VisitClass,
};
use crate::code::Code;
use crate::number::Number;
use crate::{FaultCounts, FaultKind, RecordsError, Rules, Stated, Table};

/// How many pseudonyms are remembered before all are forgotten.
const REMEMBERED: usize = 4096;
/// The length from which a patient's number is not also a laboratory's result, in bytes.
const SHORTEST_TELLING_NUMBER: usize = 6;

/// The keyed hash of a file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileId(String);

/// The keyed hash of a message's or resource's own id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId(String);

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
struct Pseudonyms(HashMap<String, String>);

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

/// The columns that a value fills.
#[derive(Default)]
struct ValueCells<'a> {
    value: Option<f64>,
    comparator: Option<&'static str>,
    system: Option<&'a str>,
    code: Option<&'a str>,
    unit: Option<String>,
    source_value: Option<String>,
    source_unit: Option<String>,
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
        self.counts.files += 1;
        self.counts.bytes += bytes.len() as u64;
        self.counts.inputs.push(Digest::of(bytes));
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
            file: &at.file.0,
            line: at.line,
            table: table.map(Table::name),
        });
    }

    /// Takes one row.
    pub fn row(&mut self, row: Row<'_>, at: &Origin<'_>) {
        match row {
            Row::Person(row) => self.person(row, at),
            Row::Condition(row) => self.condition(row, at),
            Row::Measurement(row) => self.measurement(row, at),
            Row::Procedure(row) => self.procedure(row, at),
            Row::Drug(row) => self.drug(row, at),
            Row::Visit(row) => self.visit(row, at),
            Row::Pathology(row) => self.pathology(row, at),
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

    fn person(&mut self, row: Person<'_>, at: &Origin<'_>) {
        let Some(person) = self.pseudonym(row.patient, Table::Person, at) else { return };
        // A year alone is no fault here: it has a column of its own.
        let birth = match row.birth {
            Stated::Vague { .. } => None,
            stated => self.past_day(stated, Table::Person, at),
        };
        let death = self.past_day(row.death, Table::Person, at);
        self.tables.person.append(PersonCells {
            person_id: &person,
            birth_date: birth,
            birth_year: row.birth.year().and_then(|year| i16::try_from(year).ok()),
            sex: row.sex.map(Sex::as_str),
            death_date: death,
            source: &self.rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn condition(&mut self, row: Condition<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(person) = self.pseudonym(row.patient, Table::Condition, at) else { return };
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Condition, at) else { return };
        let start = self.past_day(row.start, Table::Condition, at);
        let end = self.end_day(row.end, start, Table::Condition, at);
        self.tables.condition.append(ConditionCells {
            person_id: &person,
            system: Some(code.system),
            code: Some(code.code),
            concept: code.concept,
            alternates: code.alternates.as_deref(),
            start_date: start,
            end_date: end,
            certainty: row.certainty.map(|certainty| match certainty {
                Certainty::Confirmed => "confirmed",
                Certainty::Suspected => "suspected",
            }),
            source: &rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn measurement(&mut self, row: Measurement<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(person) = self.pseudonym(row.patient, Table::Measurement, at) else { return };
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Measurement, at) else { return };
        let time = self.time(row.time, Table::Measurement, at);
        let value = self.value(&rules, row.patient, code.concept, row.value, Table::Measurement, at);
        self.tables.measurement.append(MeasurementCells {
            person_id: &person,
            system: Some(code.system),
            code: Some(code.code),
            concept: code.concept,
            alternates: code.alternates.as_deref(),
            time,
            value: value.value,
            comparator: value.comparator,
            value_system: value.system,
            value_code: value.code,
            unit: value.unit.as_deref(),
            source_value: value.source_value.as_deref(),
            source_unit: value.source_unit.as_deref(),
            source: &rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn pathology(&mut self, row: Pathology<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(person) = self.pseudonym(row.patient, Table::Pathology, at) else { return };
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Pathology, at) else { return };
        let time = self.time(row.time, Table::Pathology, at);
        let value = self.value(&rules, row.patient, code.concept, row.value, Table::Pathology, at);
        let specimen = match row.specimen {
            [] => None,
            codings => self.code(&rules, row.patient, codings, Table::Pathology, at),
        };
        self.tables.pathology.append(PathologyCells {
            person_id: &person,
            system: Some(code.system),
            code: Some(code.code),
            concept: code.concept,
            alternates: code.alternates.as_deref(),
            time,
            value: value.value,
            comparator: value.comparator,
            value_system: value.system,
            value_code: value.code,
            unit: value.unit.as_deref(),
            source_value: value.source_value.as_deref(),
            source_unit: value.source_unit.as_deref(),
            specimen_system: specimen.as_ref().map(|specimen| specimen.system),
            specimen_code: specimen.as_ref().map(|specimen| specimen.code),
            source: &rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn procedure(&mut self, row: Procedure<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(person) = self.pseudonym(row.patient, Table::Procedure, at) else { return };
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Procedure, at) else { return };
        let start = self.past_day(row.start, Table::Procedure, at);
        self.undated(row.start, Table::Procedure, at);
        let end = self.end_day(row.end, start, Table::Procedure, at);
        self.tables.procedure.append(ProcedureCells {
            person_id: &person,
            system: Some(code.system),
            code: Some(code.code),
            concept: code.concept,
            alternates: code.alternates.as_deref(),
            start_date: start,
            end_date: end,
            source: &rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn drug(&mut self, row: Drug<'_>, at: &Origin<'_>) {
        let rules = Arc::clone(&self.rules);
        let Some(person) = self.pseudonym(row.patient, Table::Drug, at) else { return };
        let Some(code) = self.code(&rules, row.patient, row.codings, Table::Drug, at) else { return };
        // An order speaks of days to come.
        let (start, end) = match row.stage {
            DrugStage::Ordered => (self.any_day(row.start, Table::Drug, at), self.any_day(row.end, Table::Drug, at)),
            DrugStage::Given => (self.past_day(row.start, Table::Drug, at), self.past_day(row.end, Table::Drug, at)),
        };
        self.undated(row.start, Table::Drug, at);
        self.ordered(start, end, Table::Drug, at);
        self.tables.drug.append(DrugCells {
            person_id: &person,
            system: Some(code.system),
            code: Some(code.code),
            concept: code.concept,
            alternates: code.alternates.as_deref(),
            start_date: start,
            end_date: end,
            stage: match row.stage {
                DrugStage::Ordered => "ordered",
                DrugStage::Given => "given",
            },
            source: &rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn visit(&mut self, row: Visit<'_>, at: &Origin<'_>) {
        let Some(person) = self.pseudonym(row.patient, Table::Visit, at) else { return };
        let start = self.past_day(row.start, Table::Visit, at);
        let end = self.end_day(row.end, start, Table::Visit, at);
        if row.end == Stated::Absent {
            self.undated(row.start, Table::Visit, at);
        }
        self.tables.visit.append(VisitCells {
            person_id: &person,
            class: row.class.map(|class| match class {
                VisitClass::Inpatient => "inpatient",
                VisitClass::Outpatient => "outpatient",
                VisitClass::Emergency => "emergency",
            }),
            start_date: start,
            end_date: end,
            source: &self.rules.source,
            file: &at.file.0,
            line: at.line,
            resource: at.resource.map(|id| id.0.as_str()),
            recorded: at.recorded.moment(),
        });
    }

    fn pseudonym(&mut self, patient: &str, table: Table, at: &Origin<'_>) -> Option<String> {
        if patient.trim().is_empty() {
            self.fault(FaultKind::NoPatient, Some(table), at);
            return None;
        }
        Some(self.people.of(patient, &self.rules))
    }

    /// The code of a row. Codes that cannot be codes are a fault, and so is the patient's own number in the place of a
    /// code of the hospital's own; without any code there is no row.
    fn code<'a>(
        &mut self,
        rules: &'a Rules,
        patient: &str,
        codings: &[Coding<'a>],
        table: Table,
        at: &Origin<'_>,
    ) -> Option<Code<'a>> {
        let stated = codings.iter().filter(|coding| !coding.code.is_empty()).count();
        if stated == 0 {
            self.fault(FaultKind::NoCode, Some(table), at);
            return None;
        }
        let is_code = |coding: &&Coding<'_>| {
            rules.concepts.fits(coding) && !(coding.code == patient && rules.concepts.is_local(coding))
        };
        let codes: Vec<Coding<'a>> = codings.iter().filter(is_code).copied().collect();
        if codes.len() < stated {
            self.fault(FaultKind::CodeShape, Some(table), at);
        }
        rules.concepts.choose(&codes)
    }

    fn value<'a>(
        &mut self,
        rules: &'a Rules,
        patient: &str,
        concept: Option<&str>,
        value: Value<'a>,
        table: Table,
        at: &Origin<'_>,
    ) -> ValueCells<'a> {
        match value {
            Value::Absent => ValueCells::default(),
            Value::Text => self.no_number(table, at),
            Value::Coded(codings) => match self.code(rules, patient, codings, table, at) {
                Some(code) => ValueCells { system: Some(code.system), code: Some(code.code), ..ValueCells::default() },
                None => ValueCells::default(),
            },
            Value::Number { text, comparator, unit } => match Number::parse(comparator, text) {
                // A patient's number in the place of a result; a short one can be a result by chance.
                Some(_) if text == patient && text.len() >= SHORTEST_TELLING_NUMBER => self.no_number(table, at),
                Some(number) => self.quantity(rules, concept, number, unit, table, at),
                None => self.no_number(table, at),
            },
        }
    }

    fn no_number<'a>(&mut self, table: Table, at: &Origin<'_>) -> ValueCells<'a> {
        self.fault(FaultKind::TextValue, Some(table), at);
        ValueCells::default()
    }

    fn quantity<'a>(
        &mut self,
        rules: &Rules,
        concept: Option<&str>,
        number: Number,
        unit: &str,
        table: Table,
        at: &Origin<'_>,
    ) -> ValueCells<'a> {
        let normal = rules.units.normal(concept, number.value, unit);
        if let Some(kind) = normal.fault {
            self.fault(kind, Some(table), at);
        }
        ValueCells {
            value: normal.value,
            comparator: number.comparator.map(crate::number::Comparator::as_str),
            unit: normal.unit,
            source_value: Some(number.text),
            source_unit: normal.source_unit,
            ..ValueCells::default()
        }
    }

    /// A day of any time; what is no day is a fault.
    fn any_day(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDate> {
        match stated {
            Stated::Impossible => self.fault(FaultKind::ImpossibleDate, Some(table), at),
            Stated::Vague { .. } => self.fault(FaultKind::VagueDate, Some(table), at),
            stated if stated.before_records() => self.fault(FaultKind::AncientDate, Some(table), at),
            _ => {}
        }
        stated.day()
    }

    /// A day that should not lie after its own message.
    fn past_day(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDate> {
        if stated.after(at.recorded) {
            self.fault(FaultKind::FutureDate, Some(table), at);
        }
        self.any_day(stated, table, at)
    }

    /// A point in time that should be stated and not lie after its own message.
    fn time(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDateTime> {
        self.undated(stated, table, at);
        self.past_day(stated, table, at)?;
        stated.moment()
    }

    fn end_day(&mut self, end: Stated, start: Option<NaiveDate>, table: Table, at: &Origin<'_>) -> Option<NaiveDate> {
        let end = self.past_day(end, table, at);
        self.ordered(start, end, table, at);
        end
    }

    fn ordered(&mut self, start: Option<NaiveDate>, end: Option<NaiveDate>, table: Table, at: &Origin<'_>) {
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            self.fault(FaultKind::EndBeforeStart, Some(table), at);
        }
    }

    fn undated(&mut self, stated: Stated, table: Table, at: &Origin<'_>) {
        if stated == Stated::Absent {
            self.fault(FaultKind::Undated, Some(table), at);
        }
    }
}

impl Pseudonyms {
    fn of(&mut self, patient: &str, rules: &Rules) -> String {
        if let Some(known) = self.0.get(patient) {
            return known.clone();
        }
        if self.0.len() == REMEMBERED {
            self.0.clear();
        }
        let pseudonym = rules.pseudonyms.pseudonym(patient);
        self.0.insert(patient.to_owned(), pseudonym.clone());
        pseudonym
    }
}

/// Without the patient numbers that are its keys.
impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pseudonyms({} withheld)", self.0.len())
    }
}
