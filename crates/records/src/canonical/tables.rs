//! The columns of each canonical table, and the builders that fill them.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, SchemaRef};

use super::Table;
use super::columns::{Day, Kind, Line, MaybeText, Number, TableBuilder, Text, Time, Year, columns};
use crate::RecordsError;

columns!(
    /// Where a row comes from.
    Trace, TraceCells, TraceBuilder {
        source: Text, file: Text, line: Line, resource: MaybeText, recorded: Time,
    }
);
columns!(
    /// What a row is about.
    Code, CodeCells, CodeBuilder {
        system: MaybeText, code: MaybeText, concept: MaybeText, alternates: MaybeText,
    }
);
columns!(
    /// What was measured or found.
    Value, ValueCells, ValueBuilder {
        value: Number, comparator: MaybeText, value_system: MaybeText, value_code: MaybeText,
        unit: MaybeText, source_value: MaybeText, source_unit: MaybeText,
    }
);
columns!(
    /// `person`.
    Person, PersonCells, PersonBuilder {
        person_id: Text, birth_date: Day, birth_year: Year, sex: MaybeText, death_date: Day, trace: Trace,
    }
);
columns!(
    /// `condition`.
    Condition, ConditionCells, ConditionBuilder {
        person_id: Text, code: Code, start_date: Day, end_date: Day, certainty: MaybeText, trace: Trace,
    }
);
columns!(
    /// `measurement`.
    Measurement, MeasurementCells, MeasurementBuilder {
        person_id: Text, code: Code, time: Time, value: Value, trace: Trace,
    }
);
columns!(
    /// `procedure`.
    Procedure, ProcedureCells, ProcedureBuilder {
        person_id: Text, code: Code, start_date: Day, end_date: Day, trace: Trace,
    }
);
columns!(
    /// `drug`.
    Drug, DrugCells, DrugBuilder {
        person_id: Text, code: Code, start_date: Day, end_date: Day, stage: Text, trace: Trace,
    }
);
columns!(
    /// `visit`.
    Visit, VisitCells, VisitBuilder {
        person_id: Text, class: MaybeText, start_date: Day, end_date: Day, trace: Trace,
    }
);
columns!(
    /// `pathology`.
    Pathology, PathologyCells, PathologyBuilder {
        person_id: Text, code: Code, time: Time, value: Value,
        specimen_system: MaybeText, specimen_code: MaybeText, trace: Trace,
    }
);
columns!(
    /// `faults`.
    Fault, FaultCells, FaultBuilder {
        kind: Text, source: Text, file: Text, line: Line, table: MaybeText,
    }
);

/// The rows of one unit of work, by table.
#[derive(Debug, Default)]
pub(crate) struct TableBuilders {
    pub(crate) person: TableBuilder<Person>,
    pub(crate) condition: TableBuilder<Condition>,
    pub(crate) measurement: TableBuilder<Measurement>,
    pub(crate) procedure: TableBuilder<Procedure>,
    pub(crate) drug: TableBuilder<Drug>,
    pub(crate) visit: TableBuilder<Visit>,
    pub(crate) pathology: TableBuilder<Pathology>,
    pub(crate) faults: TableBuilder<Fault>,
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
        Table::Person => TableBuilder::<Person>::schema(),
        Table::Condition => TableBuilder::<Condition>::schema(),
        Table::Measurement => TableBuilder::<Measurement>::schema(),
        Table::Procedure => TableBuilder::<Procedure>::schema(),
        Table::Drug => TableBuilder::<Drug>::schema(),
        Table::Visit => TableBuilder::<Visit>::schema(),
        Table::Pathology => TableBuilder::<Pathology>::schema(),
    }
}

pub(super) fn fault_schema() -> SchemaRef {
    TableBuilder::<Fault>::schema()
}
