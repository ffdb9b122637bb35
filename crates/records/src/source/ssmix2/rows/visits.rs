//! ADT-12, ADT-22 and ADT-52 (ADT^A04, A01, A03): receptions, admissions and discharges.

use crate::canonical::{Row, Visit, VisitClass};
use crate::source::ssmix2::sheet::{Sheet, time};
use crate::{Door, Stated};

pub(in crate::source::ssmix2) fn outpatient(sheet: &Sheet<'_>, door: &mut Door) {
    visit(sheet, VisitClass::Outpatient, false, door);
}

pub(in crate::source::ssmix2) fn admission(sheet: &Sheet<'_>, door: &mut Door) {
    visit(sheet, VisitClass::Inpatient, false, door);
}

/// A discharge is a row of its own: the standard gives it no number in common with its admission.
pub(in crate::source::ssmix2) fn discharge(sheet: &Sheet<'_>, door: &mut Door) {
    visit(sheet, VisitClass::Inpatient, true, door);
}

fn visit(sheet: &Sheet<'_>, class: VisitClass, ends: bool, door: &mut Door) {
    let Some(pv1) = sheet.message.named("PV1").next() else {
        return door.skip("visit without PV1", 1);
    };
    // HL7 table 0004: an emergency is one whatever the type of message.
    let class = if pv1.field(2).text() == "E" { VisitClass::Emergency } else { class };
    let end = if ends { time(pv1.field(45)) } else { Stated::Absent };
    let row = Visit { patient: sheet.patient, class: Some(class), start: time(pv1.field(44)), end };
    sheet.row(Row::Visit(row), &pv1, door);
}
