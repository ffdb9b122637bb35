//! OBX: laboratory results (OML-11, OUL^R22), physiological results (OMG-13, ORU^R01) and body measures (ADT-00).

use crate::canonical::{Measurement, Row, Value};
use crate::hl7::Segment;
use crate::source::ssmix2::sheet::{Codes, Sheet, time};
use crate::{Door, Stated};

pub(in crate::source::ssmix2) fn results(sheet: &Sheet<'_>, door: &mut Door) {
    let (mut taken, mut observed) = (Stated::Absent, Stated::Absent);
    for segment in sheet.message.segments() {
        match segment.name() {
            // SPM-17 is a range of time stamps: the first is the start.
            "SPM" => taken = time(segment.field(17)),
            "OBR" => observed = time(segment.field(7)),
            "OBX" => {
                let stated = [time(segment.field(14)), taken, observed];
                let at = stated.into_iter().find(|stated| *stated != Stated::Absent).unwrap_or_default();
                result(sheet, segment, at, door);
            }
            _ => {}
        }
    }
}

fn result(sheet: &Sheet<'_>, obx: &Segment<'_>, at: Stated, door: &mut Door) {
    // HL7 table 0085: final and corrected. All else is preliminary, missing or taken back.
    if !matches!(obx.field(11).text().as_ref(), "F" | "C") {
        return door.skip("observation not final", 1);
    }
    let codes = Codes::of([obx.field(3)]);
    let codings = codes.codings();
    let unit = obx.field(6).text();
    for value in obx.field(5).repetitions() {
        let mut hand = |value: Value<'_>| {
            let row = Measurement { patient: sheet.patient, codings: &codings, time: at, value };
            sheet.row(Row::Measurement(row), obx, door);
        };
        match obx.field(2).text().as_ref() {
            _ if value.is_empty() => door.skip("observation without a value", 1),
            "NM" | "ST" => hand(Value::Number { text: &value.text(), comparator: "", unit: &unit }),
            "SN" => {
                let [comparator, number, separator, second] = [1, 2, 3, 4].map(|place| value.component(place).text());
                // Two numbers are a range or a ratio, and no number (HL7 v2.5, 2.A.71).
                let single = separator.is_empty() && second.is_empty();
                let number = Value::Number { text: &number, comparator: &comparator, unit: &unit };
                hand(if single { number } else { Value::Text });
            }
            "CWE" | "CE" | "CNE" => {
                let codes = Codes::of([value]);
                let codings = codes.codings();
                hand(if codings.is_empty() { Value::Text } else { Value::Coded(&codings) });
            }
            "TX" | "FT" => door.skip("observation in free text", 1),
            _ => door.skip("observation of another type", 1),
        }
    }
}
