//! Condition (FHIR R4, 9.2): diagnoses.

use crate::canonical::{Certainty, Condition, Row};
use crate::source::fhir::model::{self, first};
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

pub(super) fn condition(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let condition: model::Condition<'_> = sheet.parse()?;
    let verified = &condition.verification_status;
    for (code, reason) in [("refuted", "diagnosis refuted"), ("entered-in-error", "diagnosis entered in error")] {
        if verified.is_one_of(&[code]) {
            door.skip(reason, 1);
            return Ok(());
        }
    }
    let recorded = condition.recorded_date.stated();
    // `recordedDate` is when it was first recorded: its end may well lie after that.
    let head = (&*condition.id, &condition.meta, [Stated::Absent]);
    let record = sheet.record(head, condition.subject.as_ref(), condition.contained, Table::Condition, door);
    let Some(record) = record else { return Ok(()) };
    let row = Condition {
        patient: record.patient(),
        codings: &condition.code.codings(),
        start: first([condition.onset_date_time.stated(), condition.onset_period.start.stated(), recorded]),
        end: first([condition.abatement_date_time.stated(), condition.abatement_period.end.stated()]),
        certainty: if verified.is_one_of(&["confirmed"]) {
            Some(Certainty::Confirmed)
        } else if verified.is_one_of(&["unconfirmed", "provisional", "differential"]) {
            Some(Certainty::Suspected)
        } else {
            None
        },
    };
    record.row(Row::Condition(row), door);
    Ok(())
}
