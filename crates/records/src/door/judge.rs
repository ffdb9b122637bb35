//! What is taken of a patient's number, a code, a value and a date, and what is a fault.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};

use super::{Door, Origin};
use crate::canonical::{Coding, Row, Value, ValueCells};
use crate::code::Code;
use crate::number::{Comparator, Number};
use crate::pseudonym::Hashed;
use crate::{FaultKind, Rules, Stated, Table};

/// The length from which a patient's number is not also a laboratory's result, in bytes.
const SHORTEST_TELLING_NUMBER: usize = 6;

/// What rows of persons on the site's list of opt-outs are counted as.
const OPTED_OUT: &str = "opted out";

/// What is taken of a value.
#[derive(Default)]
pub(super) struct Taken<'a> {
    pub(super) value: Option<f64>,
    pub(super) comparator: Option<&'static str>,
    pub(super) system: Option<&'a str>,
    pub(super) code: Option<&'a str>,
    pub(super) unit: Option<Cow<'a, str>>,
    pub(super) source_value: Option<Cow<'a, str>>,
    pub(super) source_unit: Option<Cow<'a, str>>,
}

impl Taken<'_> {
    pub(super) fn cells(&self) -> ValueCells<'_> {
        ValueCells {
            value: self.value,
            comparator: self.comparator,
            value_system: self.system,
            value_code: self.code,
            unit: self.unit.as_deref(),
            source_value: self.source_value.as_deref(),
            source_unit: self.source_unit.as_deref(),
        }
    }
}

impl Door {
    /// Whether a row names its patient.
    pub(super) fn names_patient(&mut self, row: &Row<'_>, at: &Origin<'_>) -> bool {
        let named = !row.patient().trim().is_empty();
        if !named {
            self.fault(FaultKind::NoPatient, Some(row.table()), at);
        }
        named
    }

    /// Whether the rows of a person are to be taken.
    pub(super) fn admits(&mut self, person: &Hashed) -> bool {
        let out = self.rules.opt_outs.contains(person.as_str());
        if out {
            self.skip(OPTED_OUT, 1);
        }
        !out
    }

    /// The code of a row. Codes that cannot be codes are a fault, and so is the patient's own number in the place of a
    /// code of the hospital's own; without any code there is no row.
    pub(super) fn code<'a>(
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
        if codings.iter().all(|coding| is_code(&coding)) {
            return rules.concepts.choose(codings);
        }
        let codes: Vec<Coding<'a>> = codings.iter().filter(is_code).copied().collect();
        if codes.len() < stated {
            self.fault(FaultKind::CodeShape, Some(table), at);
        }
        rules.concepts.choose(&codes)
    }

    pub(super) fn value<'a>(
        &mut self,
        rules: &'a Rules,
        patient: &str,
        concept: Option<&str>,
        value: Value<'a>,
        table: Table,
        at: &Origin<'_>,
    ) -> Taken<'a> {
        match value {
            Value::Absent => Taken::default(),
            Value::Text => self.no_number(table, at),
            Value::Coded(codings) => match self.code(rules, patient, codings, table, at) {
                Some(code) => Taken { system: Some(code.system), code: Some(code.code), ..Taken::default() },
                None => Taken::default(),
            },
            Value::Number { text, comparator, unit } => match Number::parse(comparator, text) {
                // A patient's number in the place of a result; a short one can be a result by chance.
                Some(_) if text == patient && text.len() >= SHORTEST_TELLING_NUMBER => self.no_number(table, at),
                Some(number) => self.quantity(rules, concept, number, unit, table, at),
                None => self.no_number(table, at),
            },
        }
    }

    fn no_number<'a>(&mut self, table: Table, at: &Origin<'_>) -> Taken<'a> {
        self.fault(FaultKind::TextValue, Some(table), at);
        Taken::default()
    }

    fn quantity<'a>(
        &mut self,
        rules: &'a Rules,
        concept: Option<&str>,
        number: Number<'a>,
        unit: &'a str,
        table: Table,
        at: &Origin<'_>,
    ) -> Taken<'a> {
        let normal = rules.units.normal(concept, number.value, unit);
        if let Some(kind) = normal.fault {
            self.fault(kind, Some(table), at);
        }
        Taken {
            value: normal.value,
            comparator: number.comparator.map(Comparator::as_str),
            unit: normal.unit,
            source_value: Some(number.text),
            source_unit: normal.source_unit,
            ..Taken::default()
        }
    }

    /// A day of any time; what is no day is a fault.
    pub(super) fn any_day(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDate> {
        match stated {
            Stated::Impossible => self.fault(FaultKind::ImpossibleDate, Some(table), at),
            Stated::Vague { .. } => self.fault(FaultKind::VagueDate, Some(table), at),
            stated if stated.before_records() => self.fault(FaultKind::AncientDate, Some(table), at),
            _ => {}
        }
        stated.day()
    }

    /// A day that should not lie after its own message.
    pub(super) fn past_day(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDate> {
        if stated.after(at.recorded) {
            self.fault(FaultKind::FutureDate, Some(table), at);
        }
        self.any_day(stated, table, at)
    }

    /// A point in time that should be stated and not lie after its own message.
    pub(super) fn time(&mut self, stated: Stated, table: Table, at: &Origin<'_>) -> Option<NaiveDateTime> {
        self.undated(stated, table, at);
        self.past_day(stated, table, at)?;
        stated.moment()
    }

    pub(super) fn end_day(
        &mut self,
        end: Stated,
        start: Option<NaiveDate>,
        table: Table,
        at: &Origin<'_>,
    ) -> Option<NaiveDate> {
        let end = self.past_day(end, table, at);
        self.ordered(start, end, table, at);
        end
    }

    pub(super) fn ordered(&mut self, start: Option<NaiveDate>, end: Option<NaiveDate>, table: Table, at: &Origin<'_>) {
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            self.fault(FaultKind::EndBeforeStart, Some(table), at);
        }
    }

    pub(super) fn undated(&mut self, stated: Stated, table: Table, at: &Origin<'_>) {
        if stated == Stated::Absent {
            self.fault(FaultKind::Undated, Some(table), at);
        }
    }
}
