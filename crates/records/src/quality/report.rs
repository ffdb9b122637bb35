//! What a report says. Counts, names of columns, codes and units; numbers of records only as quartiles.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{FaultKind, Table};

/// What the imports of a site hold, lack and got wrong. It stays at the site, as the tables do: counts below five are in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityReport {
    /// By the name that the site gave, in its order.
    pub sources: Vec<SourceQuality>,
}

/// One source, all its imports together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceQuality {
    /// The name that the site gave.
    pub source: String,
    /// The forms of its records, such as `ss-mix2`.
    pub forms: Vec<String>,
    /// Folders that were read.
    pub imports: u64,
    /// Persons with a row in any table.
    pub persons: u64,
    /// Every table, also those without rows.
    pub tables: BTreeMap<Table, TableQuality>,
    /// What was found wrong at the import.
    pub faults: BTreeMap<FaultKind, FaultsOf>,
}

/// Faults of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FaultsOf {
    /// How many.
    pub count: u64,
    /// How many of them were in a row of which table; the others were of files or messages.
    pub tables: BTreeMap<Table, u64>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableQuality {
    /// Rows.
    pub rows: u64,
    /// Persons who have one.
    pub persons: u64,
    /// The first and the last year that rows speak of; nothing of `person`, where the first would be that of the oldest.
    pub years: Option<(i32, i32)>,
    /// The columns that can be empty, in the table's order.
    pub missing: Vec<Missing>,
    /// Of tables with values: what was measured, concepts first, the most frequent first.
    pub subjects: Vec<Subject>,
    /// Codes without a concept that are not among the subjects, being rare or too many.
    pub other: Other,
}

/// An empty column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its name.
    pub column: String,
    /// Rows that have nothing there.
    pub rows: u64,
}

/// Rows under codes that are not shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Different codes; those that were too many to hold are not counted.
    pub codes: u64,
    /// Rows.
    pub rows: u64,
}

/// What rows are about: one of Renkei's concepts, or else a code.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// The concept (`psa`), or `system|code`.
    pub name: String,
    /// Whether it is a concept.
    pub concept: bool,
    /// Rows.
    pub rows: u64,
    /// Units as the source wrote them with rows, the most frequent first; nothing stands for no unit, or one that is not
    /// known. Only of rows with a number.
    pub written_units: Vec<(Option<String>, u64)>,
    /// Its numbers, by the unit that they were brought to.
    pub numbers: Vec<InUnit>,
}

/// Numbers in one unit. A limit (`<0.01`) counts as the number that it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InUnit {
    /// The unit in UCUM; nothing if none was stated and none is needed.
    pub unit: Option<String>,
    /// How many.
    pub count: u64,
    /// How they spread; nothing of fewer than 20.
    pub spread: Option<Spread>,
}

/// Quartiles and what lies far from them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// A quarter is not above it.
    pub first_quartile: f64,
    /// Half is not above it.
    pub median: f64,
    /// Three quarters are not above it.
    pub third_quartile: f64,
    /// Numbers more than one and a half times the distance of the quartiles outside them.
    pub outliers: u64,
    /// Whether all are exact; of more than 2048 different numbers they are rounded, to some tenths of a per cent.
    pub exact: bool,
}
