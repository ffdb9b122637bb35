//! What a source hands to the door: one borrowed row. No row has a field for a name, an address or free text, so none
//! of these can enter; a text that stands in a field meant for a code is refused by the shape of codes. What holds
//! values of a record shows none of them when it is debugged.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Table;
use crate::when::Stated;

/// A code and the system that it belongs to, as the record names it (`JC10`, `http://loinc.org`, `I10` ...).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Coding<'a> {
    /// The system by any of its names; empty if the record has none.
    pub system: &'a str,
    /// The code.
    pub code: &'a str,
}

/// The value of an observation.
#[derive(Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// None is stated.
    Absent,
    /// A number as it is written, with its comparator in front if there is one (`<0.01`), and its unit.
    Number {
        /// The number's text.
        text: &'a str,
        /// `<`, `>`, `<=`, `>=` if stated apart from the number; else empty.
        comparator: &'a str,
        /// The unit's text; empty if none is stated.
        unit: &'a str,
    },
    /// A code.
    Coded(&'a [Coding<'a>]),
    /// Free text: it is not taken, so it is not even handed over.
    Text,
}

/// Sex as the record states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Stated as neither.
    Other,
}

impl Sex {
    /// The text of the `sex` column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }
}

/// How sure a diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Stated as confirmed.
    Confirmed,
    /// Stated as suspected, provisional or differential.
    Suspected,
}

/// How far a drug has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrugStage {
    /// Ordered or prescribed.
    Ordered,
    /// Dispensed or given.
    Given,
}

/// What kind of contact a visit was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitClass {
    /// A stay.
    Inpatient,
    /// A visit without a stay.
    Outpatient,
    /// An emergency.
    Emergency,
}

/// One patient. `patient` is the hospital's own number here and in every row: the door replaces it.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// Birth; a year alone fills `birth_year` only.
    pub birth: Stated,
    /// Sex.
    pub sex: Option<Sex>,
    /// Death.
    pub death: Stated,
}

/// One diagnosis.
#[derive(Clone, Copy)]
pub struct Condition<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// Its codes, the most telling first.
    pub codings: &'a [Coding<'a>],
    /// Onset, or first stated.
    pub start: Stated,
    /// End.
    pub end: Stated,
    /// How sure it is.
    pub certainty: Option<Certainty>,
}

/// One observation with a number or a code.
#[derive(Clone, Copy)]
pub struct Measurement<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// What was observed, the most telling code first.
    pub codings: &'a [Coding<'a>],
    /// When the specimen was taken, or else when it was observed.
    pub time: Stated,
    /// The value.
    pub value: Value<'a>,
}

/// One operation or examination that was performed.
#[derive(Clone, Copy)]
pub struct Procedure<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// Its codes, the most telling first.
    pub codings: &'a [Coding<'a>],
    /// When it began.
    pub start: Stated,
    /// When it ended.
    pub end: Stated,
}

/// One drug, ordered or given.
#[derive(Clone, Copy)]
pub struct Drug<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// Its codes, the most telling first.
    pub codings: &'a [Coding<'a>],
    /// First day.
    pub start: Stated,
    /// Last day.
    pub end: Stated,
    /// Ordered or given.
    pub stage: DrugStage,
}

/// One stay or visit, or one end of it: a source that reports admission and discharge apart gives two rows.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// Stay, visit or emergency.
    pub class: Option<VisitClass>,
    /// Admission or arrival.
    pub start: Stated,
    /// Discharge.
    pub end: Stated,
}

/// One finding on tissue.
#[derive(Clone, Copy)]
pub struct Pathology<'a> {
    /// The hospital's number.
    pub patient: &'a str,
    /// What was found or graded, the most telling code first.
    pub codings: &'a [Coding<'a>],
    /// When the specimen was taken, or else when it was reported.
    pub time: Stated,
    /// The grade, count or finding.
    pub value: Value<'a>,
    /// The kind of specimen.
    pub specimen: &'a [Coding<'a>],
}

/// One row of any table.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// For `person`.
    Person(Person<'a>),
    /// For `condition`.
    Condition(Condition<'a>),
    /// For `measurement`.
    Measurement(Measurement<'a>),
    /// For `procedure`.
    Procedure(Procedure<'a>),
    /// For `drug`.
    Drug(Drug<'a>),
    /// For `visit`.
    Visit(Visit<'a>),
    /// For `pathology`.
    Pathology(Pathology<'a>),
}

impl<'a> Row<'a> {
    /// The hospital's number of the row's patient.
    pub(crate) fn patient(&self) -> &'a str {
        match self {
            Self::Person(row) => row.patient,
            Self::Condition(row) => row.patient,
            Self::Measurement(row) => row.patient,
            Self::Procedure(row) => row.patient,
            Self::Drug(row) => row.patient,
            Self::Visit(row) => row.patient,
            Self::Pathology(row) => row.patient,
        }
    }

    /// The table that it goes into.
    pub(crate) fn table(&self) -> Table {
        match self {
            Self::Person(_) => Table::Person,
            Self::Condition(_) => Table::Condition,
            Self::Measurement(_) => Table::Measurement,
            Self::Procedure(_) => Table::Procedure,
            Self::Drug(_) => Table::Drug,
            Self::Visit(_) => Table::Visit,
            Self::Pathology(_) => Table::Pathology,
        }
    }
}

macro_rules! debug_without_values {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(values withheld)"))
            }
        }
    )*};
}

debug_without_values!(Coding, Value, Person, Condition, Measurement, Procedure, Drug, Visit, Pathology, Row);
