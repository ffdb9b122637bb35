//! Observation (FHIR R4, 10.1): a row for its value and one for each of its components.

use crate::canonical::{Coding, Measurement, Row, Value};
use crate::source::fhir::model::{Measured, Observation, Quantity, first};
use crate::source::fhir::sheet::{Record, Sheet};
use crate::{Door, FaultKind, Stated, Table};

/// The system of UCUM codes.
const UCUM: &str = "http://unitsofmeasure.org";

pub(super) fn observation(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let observation: Observation<'_> = sheet.parse()?;
    // ObservationStatus (FHIR R4).
    let left_out = match &*observation.status {
        "final" | "amended" | "corrected" => None,
        "registered" | "preliminary" => Some("observation not final"),
        "cancelled" => Some("observation cancelled"),
        "entered-in-error" => Some("observation entered in error"),
        _ => Some("observation of unknown status"),
    };
    if let Some(reason) = left_out {
        door.skip(reason, 1);
        return Ok(());
    }
    let issued = observation.issued.stated();
    let head = (&*observation.id, &observation.meta, [issued]);
    let record = sheet.record(head, observation.subject.as_ref(), observation.contained, Table::Measurement, door);
    let Some(record) = record else { return Ok(()) };
    let time = first([
        observation.effective_date_time.stated(),
        observation.effective_instant.stated(),
        observation.effective_period.start.stated(),
        issued,
    ]);
    let measured = observation.measured();
    // What consists of components need have no value of its own.
    if observation.component.is_empty() || !matches!(measured, Measured::Nothing) {
        row(&record, &observation.code.codings(), time, &measured, door);
    }
    for component in &observation.component {
        row(&record, &component.code.codings(), time, &component.measured(), door);
    }
    Ok(())
}

fn row(record: &Record<'_>, codings: &[Coding<'_>], time: Stated, measured: &Measured<'_, '_>, door: &mut Door) {
    let mut hand = |value: Value<'_>| {
        let row = Measurement { patient: record.patient(), codings, time, value };
        record.row(Row::Measurement(row), door);
    };
    match measured {
        Measured::Quantity(Quantity { value: Some(value), comparator, unit, system, code }) => {
            let unit: &str = if &**system == UCUM && !code.is_empty() { code } else { unit };
            hand(Value::Number { text: value.get(), comparator, unit });
        }
        Measured::Coded(concept) => {
            let values = concept.codings();
            hand(if values.is_empty() { Value::Text } else { Value::Coded(&values) });
        }
        Measured::Number(text) => hand(Value::Number { text, comparator: "", unit: "" }),
        Measured::Other => door.skip("observation of another type", 1),
        Measured::Missing => door.skip("observation whose value is stated to be missing", 1),
        Measured::Quantity(_) | Measured::Nothing => door.skip("observation without a value", 1),
    }
}
