//! The canonical tables: what every form of hospital record is read into.
//!
//! Dates and times are wall-clock at the hospital. Every row says where it comes from: `source` (the name that the site
//! gave), `file` (keyed hash of the file's path), `line` (line, segment or entry, from 1), `resource` (keyed hash of the
//! message's or resource's own id) and `recorded` (when the message was written).

mod columns;
mod rows;
mod tables;

use std::fmt;

use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

pub use rows::{
    Certainty, Coding, Condition, Drug, DrugStage, Measurement, Pathology, Person, Procedure, Row, Sex, Value, Visit,
    VisitClass,
};
pub(crate) use tables::{
    CodeCells, ConditionCells, DrugCells, FaultCells, MeasurementCells, PathologyCells, PersonCells, ProcedureCells,
    TableBuilders, TraceCells, ValueCells, VisitCells,
};

/// The version of the tables' schemas: it rises whenever a column changes its name, type or meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// One canonical table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// One row a patient: birth, sex, death.
    Person,
    /// Diagnoses.
    Condition,
    /// Laboratory results, body measures, and other observations with a number or a code.
    Measurement,
    /// Operations and examinations that were performed.
    Procedure,
    /// Drugs ordered, dispensed and given.
    Drug,
    /// Stays and outpatient visits.
    Visit,
    /// Findings on tissue.
    Pathology,
}

impl Table {
    /// Every table, in the order in which they are written.
    pub const ALL: [Self; 7] =
        [Self::Person, Self::Condition, Self::Measurement, Self::Procedure, Self::Drug, Self::Visit, Self::Pathology];

    /// The table's name in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Condition => "condition",
            Self::Measurement => "measurement",
            Self::Procedure => "procedure",
            Self::Drug => "drug",
            Self::Visit => "visit",
            Self::Pathology => "pathology",
        }
    }

    /// The table's file in the output folder.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Person => "person.parquet",
            Self::Condition => "condition.parquet",
            Self::Measurement => "measurement.parquet",
            Self::Procedure => "procedure.parquet",
            Self::Drug => "drug.parquet",
            Self::Visit => "visit.parquet",
            Self::Pathology => "pathology.parquet",
        }
    }

    /// The table's columns.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        tables::schema(self)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The columns of `faults.parquet`.
#[must_use]
pub fn fault_schema() -> SchemaRef {
    tables::fault_schema()
}
