//! Patient (FHIR R4, 8.1): birth, sex, death.

use crate::canonical::{Person, Row, Sex};
use crate::source::fhir::model::Patient;
use crate::source::fhir::sheet::Sheet;
use crate::{Door, FaultKind, Stated, Table};

pub(super) fn patient(sheet: &Sheet<'_>, door: &mut Door) -> Result<(), FaultKind> {
    let patient: Patient<'_> = sheet.parse()?;
    if patient.replaced_by().is_some() {
        door.skip("patient replaced by another", 1);
        return Ok(());
    }
    let Some(record) = sheet.of_patient(&patient, door) else { return Ok(()) };
    let sex = match sex(&patient.gender) {
        Ok(sex) => sex,
        Err(kind) => {
            door.fault(kind, Some(Table::Person), &record.origin());
            None
        }
    };
    let death = patient.deceased_date_time.stated();
    if patient.deceased_boolean && death == Stated::Absent {
        door.skip("death without a date", 1);
    }
    let row = Person { patient: record.patient(), birth: patient.birth_date.stated(), sex, death };
    record.row(Row::Person(row), door);
    Ok(())
}

/// AdministrativeGender (FHIR R4); `unknown` is the same as nothing.
fn sex(code: &str) -> Result<Option<Sex>, FaultKind> {
    match code {
        "" | "unknown" => Ok(None),
        "female" => Ok(Some(Sex::Female)),
        "male" => Ok(Some(Sex::Male)),
        "other" => Ok(Some(Sex::Other)),
        _ => Err(FaultKind::UnknownSex),
    }
}
