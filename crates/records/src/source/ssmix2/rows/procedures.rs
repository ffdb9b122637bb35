//! OMG-11 and OMG-12 (OMI^Z23): what radiology and endoscopy performed. Operations are no part of the standardised
//! storage.

use crate::canonical::{Procedure, Row};
use crate::source::ssmix2::sheet::{Codes, Sheet, time};
use crate::{Door, Stated};

pub(in crate::source::ssmix2) fn procedures(sheet: &Sheet<'_>, door: &mut Door) {
    let mut started = Stated::Absent;
    for segment in sheet.message.segments() {
        match segment.name() {
            "OBR" => started = time(segment.field(7)),
            // ZE1-2: RS is performed; all else is planned (JAHIS radiology exchange 2.2).
            "ZE1" if segment.field(2).text() != "RS" => door.skip("procedure not performed", 1),
            "ZE1" => {
                let codes = Codes::of([segment.field(3)]);
                let row = Procedure {
                    patient: sheet.patient,
                    codings: &codes.codings(),
                    start: started,
                    end: Stated::Absent,
                };
                sheet.row(Row::Procedure(row), segment, door);
            }
            _ => {}
        }
    }
}
