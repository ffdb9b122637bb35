//! PPR-01 (PPR^ZD1, JAHIS diagnosis exchange 3.0C): the patient's list of diagnoses.

use crate::Door;
use crate::canonical::{Condition, Row};
use crate::source::ssmix2::sheet::{Codes, Sheet, time};

pub(in crate::source::ssmix2) fn conditions(sheet: &Sheet<'_>, door: &mut Door) {
    for problem in sheet.message.named("PRB") {
        // HL7 table 0287: DE deletes.
        if problem.field(1).text() == "DE" {
            door.skip("deleted diagnosis", 1);
            continue;
        }
        // ICD-10 stands in PRB-10, the Japanese standard diagnosis in PRB-3.
        let codes = Codes::of([problem.field(10), problem.field(3)]);
        let onset = problem.field(16);
        let start = if onset.is_empty() { problem.field(7) } else { onset };
        let row = Condition {
            patient: sheet.patient,
            codings: &codes.codings(),
            start: time(start),
            end: time(problem.field(9)),
            certainty: None,
        };
        sheet.row(Row::Condition(row), &problem, door);
    }
}
