//! ADT-00 (ADT^A08): the patient, with the body measures and blood groups that stand in its OBX.

use crate::canonical::{Person, Row, Sex};
use crate::source::ssmix2::sheet::{Sheet, time};
use crate::{Door, FaultKind, Table};

pub(in crate::source::ssmix2) fn person(sheet: &Sheet<'_>, door: &mut Door) {
    let pid = sheet.message.named("PID").next();
    if let Some(pid) = pid {
        let sex = match sex(&pid.field(8).text()) {
            Ok(sex) => sex,
            Err(kind) => {
                door.fault(kind, Some(Table::Person), &sheet.origin(&pid));
                None
            }
        };
        let row = Person { patient: sheet.patient, birth: time(pid.field(7)), sex, death: time(pid.field(29)) };
        sheet.row(Row::Person(row), &pid, door);
    }
    super::results(sheet, door);
}

/// HL7 table 0001; U (unknown) is the same as nothing.
fn sex(code: &str) -> Result<Option<Sex>, FaultKind> {
    match code {
        "" | "U" => Ok(None),
        "F" => Ok(Some(Sex::Female)),
        "M" => Ok(Some(Sex::Male)),
        "O" | "A" | "N" => Ok(Some(Sex::Other)),
        _ => Err(FaultKind::UnknownSex),
    }
}
