//! `measurement` and `observation`.

use std::borrow::Cow;

use super::Line;
use crate::Door;
use crate::canonical::{Measurement, Row, Value};
use crate::source::omop::cell::Concept;

/// What stands for a unit whose concept nobody knows: no unit, so that the number is not used without it.
const UNKNOWN_UNIT: &str = "[concept]";

/// A value before it is borrowed.
enum Stated<'r> {
    Number {
        text: Cow<'r, str>,
        comparator: &'static str,
        unit: &'r str,
    },
    Coded(i64),
    /// A number that an unknown operator stands before, or a concept that is no number.
    Unusable,
    None,
}

pub(in crate::source::omop) fn measurement(line: &mut Line<'_>, door: &mut Door) {
    let operator = line.record.concept(7);
    observed(line, operator, door);
}

/// `observation`: a row only where there is a number or a concept. `value_as_string` is free text.
pub(in crate::source::omop) fn observation(line: &mut Line<'_>, door: &mut Door) {
    if matches!(value(line, Concept::None), Stated::None) {
        return door.skip("observation without a number or a concept", 1);
    }
    observed(line, Concept::None, door);
}

fn observed(line: &Line<'_>, operator: Concept, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    let Some(codes) = line.subject(1, door) else { return };
    let stated = value(line, operator);
    let coded = if let Stated::Coded(id) = stated { Some(line.codes(id, door)) } else { None };
    let coded = coded.as_ref().map(super::Codes::codings).unwrap_or_default();
    let value = match &stated {
        Stated::Number { text, comparator, unit } => Value::Number { text, comparator, unit },
        Stated::Coded(_) => Value::Coded(&coded),
        Stated::Unusable => Value::Text,
        Stated::None => Value::Absent,
    };
    let row = Measurement { patient: &patient, codings: &codes.codings(), time: line.record.time(2, 3), value };
    line.row(known, Row::Measurement(row), door);
}

/// The value: `value_as_number` with its unit and operator, else `value_as_concept_id`.
fn value<'r>(line: &Line<'r>, operator: Concept) -> Stated<'r> {
    if let Some(text) = line.record.cell(4).number() {
        return match comparator(operator) {
            Some(comparator) => Stated::Number { text, comparator, unit: unit(line) },
            None => Stated::Unusable,
        };
    }
    match line.record.concept(5) {
        Concept::None => Stated::None,
        Concept::Id(id) => Stated::Coded(id),
        Concept::Broken => Stated::Unusable,
    }
}

/// Meas Value Operator domain; nothing where the operator is another's, since the number then means something else.
fn comparator(operator: Concept) -> Option<&'static str> {
    match operator {
        Concept::None | Concept::Id(4172703) => Some(""),
        Concept::Id(4171756) => Some("<"),
        Concept::Id(4172704) => Some(">"),
        Concept::Id(4171754) => Some("<="),
        Concept::Id(4171755) => Some(">="),
        Concept::Id(_) | Concept::Broken => None,
    }
}

fn unit<'r>(line: &Line<'r>) -> &'r str {
    match line.record.concept(6) {
        Concept::None => "",
        Concept::Id(id) => line.survey.unit(id).unwrap_or(UNKNOWN_UNIT),
        Concept::Broken => UNKNOWN_UNIT,
    }
}
