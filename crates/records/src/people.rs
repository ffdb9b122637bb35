//! One patient, several rows: found over the whole import, in 24 bytes a patient.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Date32Type, Int16Type, UInt32Type};

use crate::FaultKind;
use crate::map::Map;

/// What each patient's first row said, as a hash.
#[derive(Debug, Default)]
pub(crate) struct People(Map<u128, u64>);

/// A row of `person` that is not its patient's first.
#[derive(Debug)]
pub(crate) struct Repeated {
    pub(crate) kind: FaultKind,
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl People {
    /// Notes the rows of a batch of `person` and gives those that repeat or contradict an earlier one.
    pub(crate) fn repeated(&mut self, batch: &RecordBatch) -> Vec<Repeated> {
        let column = |name: &str| batch.column_by_name(name).cloned();
        let (Some(ids), Some(birth), Some(year), Some(sex), Some(death), Some(file), Some(line)) = (
            column("person_id"),
            column("birth_date"),
            column("birth_year"),
            column("sex"),
            column("death_date"),
            column("file"),
            column("line"),
        ) else {
            return Vec::new();
        };
        let (ids, sex, file) = (ids.as_string::<i32>(), sex.as_string::<i32>(), file.as_string::<i32>());
        let (birth, death) = (birth.as_primitive::<Date32Type>(), death.as_primitive::<Date32Type>());
        let (year, line) = (year.as_primitive::<Int16Type>(), line.as_primitive::<UInt32Type>());
        let mut found = Vec::new();
        for row in 0..batch.num_rows() {
            let facts = (
                birth.is_valid(row).then(|| birth.value(row)),
                year.is_valid(row).then(|| year.value(row)),
                sex.is_valid(row).then(|| sex.value(row)),
                death.is_valid(row).then(|| death.value(row)),
            );
            let Ok(id) = u128::from_str_radix(ids.value(row), 16) else { continue };
            if let Some(kind) = self.note(id, &facts) {
                found.push(Repeated { kind, file: file.value(row).to_owned(), line: line.value(row) });
            }
        }
        found
    }

    fn note(&mut self, person: u128, facts: &impl Hash) -> Option<FaultKind> {
        let mut hasher = DefaultHasher::new();
        facts.hash(&mut hasher);
        let said = hasher.finish();
        match self.0.get(&person) {
            None => {
                self.0.insert(person, said);
                None
            }
            Some(first) if *first == said => Some(FaultKind::DuplicatePerson),
            Some(_) => Some(FaultKind::ConflictingPerson),
        }
    }
}
