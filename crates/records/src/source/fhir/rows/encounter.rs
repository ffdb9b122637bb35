//! Encounter (FHIR R4, 8.11): stays and visits.

use crate::canonical::{Row, Visit, VisitClass};
use crate::source::fhir::model::Encounter;
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

pub(super) fn encounter(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let encounter: Encounter<'_> = sheet.parse()?;
    match &*encounter.status {
        "planned" | "cancelled" => {
            door.skip("visit that did not take place", 1);
            return Ok(());
        }
        "entered-in-error" => {
            door.skip("visit entered in error", 1);
            return Ok(());
        }
        _ => {}
    }
    let head = (&*encounter.id, &encounter.meta, [Stated::Absent]);
    let record = sheet.record(head, encounter.subject.as_ref(), encounter.contained, Table::Visit, door);
    let Some(record) = record else { return Ok(()) };
    let row = Visit {
        patient: record.patient(),
        class: class(&encounter.class.code),
        start: encounter.period.start.stated(),
        end: encounter.period.end.stated(),
    };
    record.row(Row::Visit(row), door);
    Ok(())
}

/// ActEncounterCode (HL7 v3): short stays, observation and admissions to come are neither a stay nor a visit for sure.
fn class(code: &str) -> Option<VisitClass> {
    match code {
        "IMP" | "ACUTE" | "NONAC" => Some(VisitClass::Inpatient),
        "AMB" | "FLD" | "HH" | "VR" => Some(VisitClass::Outpatient),
        "EMER" => Some(VisitClass::Emergency),
        _ => None,
    }
}
