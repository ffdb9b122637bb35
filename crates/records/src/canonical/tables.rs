//! The columns of each canonical table, and the builders that fill them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::Table;
use super::columns::{Day, Kind, Line, MaybeText, Number, Text, Time, Year, table};
use crate::RecordsError;

table!(
    /// `person`.
    PersonCells, PersonBuilder {
        person_id: Text, birth_date: Day, birth_year: Year, sex: MaybeText, death_date: Day,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `condition`.
    ConditionCells, ConditionBuilder {
        person_id: Text, system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
        start_date: Day, end_date: Day, certainty: MaybeText,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `measurement`.
    MeasurementCells, MeasurementBuilder {
        person_id: Text, system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
        time: Time, value: Number, comparator: MaybeText, value_system: MaybeText, value_code: MaybeText,
        unit: MaybeText, source_value: MaybeText, source_unit: MaybeText,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `procedure`.
    ProcedureCells, ProcedureBuilder {
        person_id: Text, system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
        start_date: Day, end_date: Day,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `drug`.
    DrugCells, DrugBuilder {
        person_id: Text, system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
        start_date: Day, end_date: Day, stage: Text,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `visit`.
    VisitCells, VisitBuilder {
        person_id: Text, class: MaybeText, start_date: Day, end_date: Day,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `pathology`.
    PathologyCells, PathologyBuilder {
        person_id: Text, system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
        time: Time, value: Number, comparator: MaybeText, value_system: MaybeText, value_code: MaybeText,
        unit: MaybeText, source_value: MaybeText, source_unit: MaybeText,
        specimen_system: MaybeText, specimen_code: MaybeText,
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
table!(
    /// `faults`.
    FaultCells, FaultBuilder {
        kind: Text, source: Text, file: Text, line: Line, table: MaybeText,
    }
);

/// The rows of one unit of work, by table.
#[derive(Debug, Default)]
pub(crate) struct TableBuilders {
    pub(crate) person: PersonBuilder,
    pub(crate) condition: ConditionBuilder,
    pub(crate) measurement: MeasurementBuilder,
    pub(crate) procedure: ProcedureBuilder,
    pub(crate) drug: DrugBuilder,
    pub(crate) visit: VisitBuilder,
    pub(crate) pathology: PathologyBuilder,
    pub(crate) faults: FaultBuilder,
}

impl TableBuilders {
    /// The rows appended so far of one table, which leaves it empty.
    pub(crate) fn take(&mut self, table: Table) -> Result<Option<RecordBatch>, RecordsError> {
        match table {
            Table::Person => self.person.take(),
            Table::Condition => self.condition.take(),
            Table::Measurement => self.measurement.take(),
            Table::Procedure => self.procedure.take(),
            Table::Drug => self.drug.take(),
            Table::Visit => self.visit.take(),
            Table::Pathology => self.pathology.take(),
        }
    }
}

pub(super) fn schema(table: Table) -> SchemaRef {
    match table {
        Table::Person => PersonBuilder::schema(),
        Table::Condition => ConditionBuilder::schema(),
        Table::Measurement => MeasurementBuilder::schema(),
        Table::Procedure => ProcedureBuilder::schema(),
        Table::Drug => DrugBuilder::schema(),
        Table::Visit => VisitBuilder::schema(),
        Table::Pathology => PathologyBuilder::schema(),
    }
}

pub(super) fn fault_schema() -> SchemaRef {
    FaultBuilder::schema()
}
