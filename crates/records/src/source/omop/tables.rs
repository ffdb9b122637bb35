//! The tables of OMOP CDM 5.4 that are read and the columns that are looked at: a list of what is allowed. No column of
//! free text is in it, and `person_source_value` is decoded only for a site that asked for it.

use super::rows::{self, Reader};
use crate::Table;

/// One column.
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Whether rows mean nothing without it.
    pub(super) needed: bool,
    /// Whether it holds a concept that is looked up.
    concept: bool,
}

/// One table.
pub(super) struct OmopTable {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    /// The canonical table that its rows go into.
    pub(super) fills: Option<Table>,
    pub(super) reader: Reader,
}

/// Which columns a pass needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// All that the table lists.
    All,
    /// Those of concepts.
    Concepts,
}

impl Columns {
    /// Whether the pass needs a column.
    pub(super) fn has(self, column: &Column) -> bool {
        self == Self::All || column.concept
    }
}

const fn needed(name: &'static str) -> Column {
    Column { name, needed: true, concept: false }
}

const fn optional(name: &'static str) -> Column {
    Column { name, needed: false, concept: false }
}

/// The concept that a row is about.
const fn subject(name: &'static str) -> Column {
    Column { name, needed: true, concept: true }
}

/// A further concept of a row that is looked up.
const fn concept(name: &'static str) -> Column {
    Column { name, needed: false, concept: true }
}

/// The place of `person_id` in every table that has one.
pub(super) const PERSON_ID: usize = 0;

pub(super) static PERSON: OmopTable = OmopTable {
    name: "person",
    columns: &[
        needed("person_id"),
        optional("gender_concept_id"),
        optional("year_of_birth"),
        optional("month_of_birth"),
        optional("day_of_birth"),
        optional("birth_datetime"),
    ],
    fills: Some(Table::Person),
    reader: rows::person,
};

/// `person` as the first pass reads it where persons are known by their source value.
pub(super) static PERSON_KEYS: OmopTable = OmopTable {
    name: "person",
    columns: &[needed("person_id"), needed("person_source_value")],
    fills: Some(Table::Person),
    reader: rows::person,
};

pub(super) static DEATH: OmopTable = OmopTable {
    name: "death",
    columns: &[needed("person_id"), needed("death_date"), optional("death_datetime")],
    fills: Some(Table::Person),
    reader: rows::death,
};

static CONDITION: OmopTable = OmopTable {
    name: "condition_occurrence",
    columns: &[
        needed("person_id"),
        subject("condition_concept_id"),
        needed("condition_start_date"),
        optional("condition_start_datetime"),
        optional("condition_end_date"),
        optional("condition_end_datetime"),
        optional("condition_status_concept_id"),
    ],
    fills: Some(Table::Condition),
    reader: rows::condition,
};

static DRUG: OmopTable = OmopTable {
    name: "drug_exposure",
    columns: &[
        needed("person_id"),
        subject("drug_concept_id"),
        needed("drug_exposure_start_date"),
        optional("drug_exposure_start_datetime"),
        optional("drug_exposure_end_date"),
        optional("drug_exposure_end_datetime"),
        optional("verbatim_end_date"),
        optional("drug_type_concept_id"),
    ],
    fills: Some(Table::Drug),
    reader: rows::drug,
};

static PROCEDURE: OmopTable = OmopTable {
    name: "procedure_occurrence",
    columns: &[
        needed("person_id"),
        subject("procedure_concept_id"),
        needed("procedure_date"),
        optional("procedure_datetime"),
        optional("procedure_end_date"),
        optional("procedure_end_datetime"),
    ],
    fills: Some(Table::Procedure),
    reader: rows::procedure,
};

static MEASUREMENT: OmopTable = OmopTable {
    name: "measurement",
    columns: &[
        needed("person_id"),
        subject("measurement_concept_id"),
        needed("measurement_date"),
        optional("measurement_datetime"),
        needed("value_as_number"),
        concept("value_as_concept_id"),
        concept("unit_concept_id"),
        optional("operator_concept_id"),
    ],
    fills: Some(Table::Measurement),
    reader: rows::measurement,
};

static OBSERVATION: OmopTable = OmopTable {
    name: "observation",
    columns: &[
        needed("person_id"),
        subject("observation_concept_id"),
        needed("observation_date"),
        optional("observation_datetime"),
        needed("value_as_number"),
        concept("value_as_concept_id"),
        concept("unit_concept_id"),
    ],
    fills: Some(Table::Measurement),
    reader: rows::observation,
};

static VISIT: OmopTable = OmopTable {
    name: "visit_occurrence",
    columns: &[
        needed("person_id"),
        needed("visit_concept_id"),
        needed("visit_start_date"),
        optional("visit_start_datetime"),
        optional("visit_end_date"),
        optional("visit_end_datetime"),
    ],
    fills: Some(Table::Visit),
    reader: rows::visit,
};

/// `observation_period` and `specimen` have no canonical table: their rows are counted.
static OBSERVATION_PERIOD: OmopTable =
    OmopTable { name: "observation_period", columns: &[needed("person_id")], fills: None, reader: rows::counted };

static SPECIMEN: OmopTable =
    OmopTable { name: "specimen", columns: &[needed("person_id")], fills: None, reader: rows::counted };

pub(super) static CONCEPT: OmopTable = OmopTable {
    name: "concept",
    columns: &[needed("concept_id"), needed("vocabulary_id"), needed("concept_code")],
    fills: None,
    reader: rows::counted,
};

/// The tables of the second pass, in the order in which they are read.
pub(super) static CLINICAL: [&OmopTable; 10] = [
    &PERSON,
    &DEATH,
    &CONDITION,
    &DRUG,
    &PROCEDURE,
    &MEASUREMENT,
    &OBSERVATION,
    &VISIT,
    &OBSERVATION_PERIOD,
    &SPECIMEN,
];

/// The tables that name concepts.
pub(super) static CODED: [&OmopTable; 5] = [&CONDITION, &DRUG, &PROCEDURE, &MEASUREMENT, &OBSERVATION];
