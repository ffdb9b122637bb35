//! Procedure (FHIR R4, 9.3): what was performed.

use crate::canonical::{Procedure, Row};
use crate::source::fhir::model::{self, first};
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

pub(super) fn procedure(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let procedure: model::Procedure<'_> = sheet.parse()?;
    let left_out = match &*procedure.status {
        "completed" => None,
        "entered-in-error" => Some("procedure entered in error"),
        "not-done" => Some("procedure not done"),
        _ => Some("procedure not completed"),
    };
    if let Some(reason) = left_out {
        door.skip(reason, 1);
        return Ok(());
    }
    let head = (&*procedure.id, &procedure.meta, [Stated::Absent]);
    let record = sheet.record(head, procedure.subject.as_ref(), procedure.contained, Table::Procedure, door);
    let Some(record) = record else { return Ok(()) };
    let row = Procedure {
        patient: record.patient(),
        codings: &procedure.code.codings(),
        start: first([procedure.performed_date_time.stated(), procedure.performed_period.start.stated()]),
        end: procedure.performed_period.end.stated(),
    };
    record.row(Row::Procedure(row), door);
    Ok(())
}
