//! `person` and `death`.

use chrono::NaiveDate;

use super::Line;
use crate::canonical::{Person, Row, Sex};
use crate::source::omop::cell::Concept;
use crate::{Door, FaultKind, Stated};

/// `person`, with the death that the first pass found.
pub(in crate::source::omop) fn person(line: &mut Line<'_>, door: &mut Door) {
    let Some((patient, known)) = line.person(door) else { return };
    // Gender domain: 8507 male, 8532 female, 8521 other, 8551 unknown.
    let sex = match line.record.concept(1) {
        Concept::None | Concept::Id(8551) => None,
        Concept::Id(8507) => Some(Sex::Male),
        Concept::Id(8532) => Some(Sex::Female),
        Concept::Id(8521) => Some(Sex::Other),
        Concept::Id(_) | Concept::Broken => {
            line.fault(FaultKind::UnknownSex, door);
            None
        }
    };
    let row = Person { patient: &patient, birth: birth(line), sex, death: known.death() };
    line.row(known, Row::Person(row), door);
}

/// Birth by `year_of_birth`, `month_of_birth` and `day_of_birth`; where those make no day, `birth_datetime`, and where
/// that is not stated either the year alone.
fn birth(line: &Line<'_>) -> Stated {
    let part = |place| line.record.cell(place).integer();
    let [year, month, day] = [2, 3, 4].map(part);
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return match (line.record.stated(5), year) {
            (Stated::Absent, Some(year)) => {
                i32::try_from(year).map_or(Stated::Impossible, |year| Stated::Vague { year })
            }
            (stated, _) => stated,
        };
    };
    let date = || {
        let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    };
    date().map_or(Stated::Impossible, Stated::Day)
}

/// `death`: its date stands in the person's row, so what is left is to say where another row contradicts it.
pub(in crate::source::omop) fn death(line: &mut Line<'_>, door: &mut Door) {
    let Some((_, known)) = line.person(door) else { return };
    let stated = line.record.time(1, 2);
    if stated.day() != known.death().day() {
        line.fault(FaultKind::ConflictingDeath, door);
    }
}
