//! From batches of canonical rows to counts. Held are some 50 bytes a person and, of at most 2048 codes a table and every
//! concept, at most 2048 different numbers in each of eight units: a few MiB of real records, 600 MiB at the worst.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use chrono::Datelike as _;

use super::report::{FaultsOf, InUnit, Missing, Other, Subject, TableQuality};
use super::spread::{FEWEST, Numbers};
use crate::canonical::fault_schema;
use crate::{FaultKind, Table};

/// Codes without a concept that are held of one table, in the order in which they come.
const MOST_CODES: usize = 2048;
/// Units that are held of one subject. Rows with others are counted as without one; their numbers are left out.
const MOST_UNITS: usize = 8;

/// The batch is not one of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit;

/// The counts of one source.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Persons with the tables that they are in, as bits.
    persons: HashMap<u128, u8>,
    tables: BTreeMap<Table, OfTable>,
    faults: BTreeMap<FaultKind, FaultsOf>,
}

#[derive(Debug, Default)]
struct OfTable {
    rows: u64,
    missing: Vec<u64>,
    years: Option<(i32, i32)>,
    /// By system and code; concepts have an empty system.
    subjects: HashMap<String, HashMap<String, OfSubject>>,
    codes: usize,
    beyond: u64,
}

#[derive(Debug, Default)]
struct OfSubject {
    rows: u64,
    written: BTreeMap<Option<String>, u64>,
    numbers: BTreeMap<Option<String>, Numbers>,
}

impl Tally {
    /// Counts rows of a table.
    pub(super) fn rows(&mut self, table: Table, batch: &RecordBatch) -> Result<(), Unfit> {
        if batch.schema().fields() != table.schema().fields() {
            return Err(Unfit);
        }
        let of_table = self.tables.entry(table).or_default();
        of_table.count(table, batch)?;
        let ids = column(batch, "person_id")?;
        for id in ids.as_string::<i32>().iter().flatten() {
            let id = u128::from_str_radix(id, 16).map_err(|_| Unfit)?;
            *self.persons.entry(id).or_default() |= 1 << table as u8;
        }
        Ok(())
    }

    /// Counts faults.
    pub(super) fn faults(&mut self, batch: &RecordBatch) -> Result<(), Unfit> {
        if batch.schema().fields() != fault_schema().fields() {
            return Err(Unfit);
        }
        let (kinds, tables) = (column(batch, "kind")?, column(batch, "table")?);
        for (kind, table) in kinds.as_string::<i32>().iter().zip(tables.as_string::<i32>()) {
            let kind = FaultKind::ALL.into_iter().find(|known| kind == Some(known.as_str())).ok_or(Unfit)?;
            let of_kind = self.faults.entry(kind).or_default();
            of_kind.count += 1;
            if let Some(table) = Table::ALL.into_iter().find(|known| table == Some(known.name())) {
                *of_kind.tables.entry(table).or_default() += 1;
            }
        }
        Ok(())
    }

    pub(super) fn persons(&self) -> u64 {
        self.persons.len() as u64
    }

    /// What was counted.
    pub(super) fn finish(mut self) -> (BTreeMap<Table, TableQuality>, BTreeMap<FaultKind, FaultsOf>) {
        let mut of_persons = [0; Table::ALL.len()];
        for tables in self.persons.values() {
            Table::ALL.iter().zip(&mut of_persons).for_each(|(table, count)| {
                *count += u64::from(tables >> (*table as u8) & 1);
            });
        }
        let tables = Table::ALL.into_iter().zip(of_persons).map(|(table, persons)| {
            let of_table = self.tables.remove(&table).unwrap_or_default();
            (table, of_table.finish(table, persons))
        });
        (tables.collect(), self.faults)
    }
}

impl OfTable {
    fn count(&mut self, table: Table, batch: &RecordBatch) -> Result<(), Unfit> {
        self.rows += batch.num_rows() as u64;
        self.missing.resize(batch.num_columns(), 0);
        for (missing, column) in self.missing.iter_mut().zip(batch.columns()) {
            *missing += column.null_count() as u64;
        }
        let when = match table {
            Table::Person => return Ok(()),
            Table::Measurement | Table::Pathology => "time",
            Table::Condition | Table::Procedure | Table::Drug | Table::Visit => "start_date",
        };
        self.add_years(column(batch, when)?)?;
        if matches!(table, Table::Measurement | Table::Pathology) { self.add_values(batch) } else { Ok(()) }
    }

    fn add_years(&mut self, times: &ArrayRef) -> Result<(), Unfit> {
        let days = cast(times, &DataType::Date32).map_err(|_| Unfit)?;
        let days = days.as_primitive::<Date32Type>();
        let year = |day: i32| Date32Type::to_naive_date_opt(day).map(|day| day.year());
        if let (Some(first), Some(last)) = (min(days).and_then(year), max(days).and_then(year)) {
            let known = self.years.unwrap_or((first, last));
            self.years = Some((known.0.min(first), known.1.max(last)));
        }
        Ok(())
    }

    fn add_values(&mut self, batch: &RecordBatch) -> Result<(), Unfit> {
        let text = |name| column(batch, name).map(|column| column.as_string::<i32>());
        let [concepts, systems, codes] = [text("concept")?, text("system")?, text("code")?];
        let [units, written, numbers] = [text("unit")?, text("source_unit")?, text("source_value")?];
        let values = column(batch, "value")?.as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let cell = |column: &arrow::array::StringArray| column.is_valid(row).then(|| column.value(row).to_owned());
            let (system, code) =
                if concepts.is_valid(row) { ("", concepts.value(row)) } else { (systems.value(row), codes.value(row)) };
            let Some(subject) = self.subject(system, code) else {
                self.beyond += 1;
                continue;
            };
            subject.rows += 1;
            if numbers.is_valid(row) {
                match held(&mut subject.written, cell(written)) {
                    Some(rows) => *rows += 1,
                    None => *subject.written.entry(None).or_default() += 1,
                }
            }
            if values.is_valid(row)
                && values.value(row).is_finite()
                && let Some(numbers) = held(&mut subject.numbers, cell(units))
            {
                numbers.add(values.value(row));
            }
        }
        Ok(())
    }

    fn subject(&mut self, system: &str, code: &str) -> Option<&mut OfSubject> {
        let known = self.subjects.get(system).is_some_and(|codes| codes.contains_key(code));
        if !known {
            if !system.is_empty() && self.codes == MOST_CODES {
                return None;
            }
            self.codes += usize::from(!system.is_empty());
            self.subjects.entry(system.to_owned()).or_default().insert(code.to_owned(), OfSubject::default());
        }
        self.subjects.get_mut(system)?.get_mut(code)
    }

    fn finish(self, table: Table, persons: u64) -> TableQuality {
        let mut other = Other { codes: 0, rows: self.beyond };
        let mut subjects = Vec::new();
        for (system, codes) in self.subjects {
            for (code, of_subject) in codes {
                // A code that few rows have can be a person's number in the wrong place.
                if !system.is_empty() && of_subject.rows < FEWEST {
                    other = Other { codes: other.codes + 1, rows: other.rows + of_subject.rows };
                    continue;
                }
                subjects.push(of_subject.finish(&system, &code));
            }
        }
        subjects.sort_by(|one, two| (two.concept, two.rows, &one.name).cmp(&(one.concept, one.rows, &two.name)));
        let columns = table.schema();
        let missing = columns.fields().iter().zip(self.missing.into_iter().chain(std::iter::repeat(0)));
        let missing = missing.filter(|(field, _)| field.is_nullable());
        let missing = missing.map(|(field, rows)| Missing { column: field.name().clone(), rows }).collect();
        TableQuality { rows: self.rows, persons, years: self.years, missing, subjects, other }
    }
}

impl OfSubject {
    fn finish(self, system: &str, code: &str) -> Subject {
        let concept = system.is_empty();
        let name = if concept { code.to_owned() } else { format!("{system}|{code}") };
        let mut written_units: Vec<_> = self.written.into_iter().collect();
        written_units.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let numbers = self.numbers.into_iter();
        let mut numbers: Vec<InUnit> =
            numbers.map(|(unit, numbers)| InUnit { unit, count: numbers.count(), spread: numbers.spread() }).collect();
        numbers.sort_by_key(|numbers| std::cmp::Reverse(numbers.count));
        Subject { name, concept, rows: self.rows, written_units, numbers }
    }
}

/// What is held of a unit; nothing where there are too many.
fn held<T: Default>(units: &mut BTreeMap<Option<String>, T>, unit: Option<String>) -> Option<&mut T> {
    let known = units.len() < MOST_UNITS || units.contains_key(&unit);
    known.then(|| units.entry(unit).or_default())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Unfit> {
    batch.column_by_name(name).ok_or(Unfit)
}
