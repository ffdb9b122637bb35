//! One message, checked against its file's name: character set, type, patient.

use std::borrow::Cow;

use super::kinds::EventMatch;
use super::walk::Entry;
use crate::canonical::{Coding, Row};
use crate::hl7::{Field, Message, Segment, decode};
use crate::{Door, FaultKind, FileId, Origin, ResourceId, Stated};

/// A message whose patient is sure.
pub(super) struct Sheet<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) patient: &'a str,
    file: &'a FileId,
    resource: Option<ResourceId>,
    recorded: Stated,
}

/// A coded field: its codes with the names of their systems, the first triplet and the alternate one
/// (HL7 v2.5, 2.A.13 CWE: components 1 and 3, 4 and 6).
pub(super) struct Codes<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// Reads a file and hands its rows to the door, or says why nothing can be taken from it.
pub(super) fn read(entry: &Entry, bytes: &[u8], door: &mut Door) -> Result<(), FaultKind> {
    let Some(reader) = entry.kind.reader else { return Ok(()) };
    let decoded = decode(bytes).ok_or(FaultKind::BrokenEncoding)?;
    let message = Message::parse(&decoded.text).ok_or(FaultKind::Malformed)?;
    let file = door.file(&entry.below);
    let declared = message.field("MSH", 18).raw();
    if !decoded.charset.is_declared(declared, message.separators().repetition) {
        if !declared.is_empty() {
            return Err(FaultKind::UnknownCharset);
        }
        let at = Origin { file: &file, line: 1, resource: None, recorded: Stated::Absent };
        door.fault(FaultKind::UndeclaredCharset, None, &at);
    }
    let of_type = message.field("MSH", 9);
    match entry.kind.meets(&of_type.component(1).text(), &of_type.component(2).text()) {
        EventMatch::Same => {}
        EventMatch::Cancels => {
            door.skip("cancelled", 1);
            return Ok(());
        }
        EventMatch::Other => return Err(FaultKind::TypeMismatch),
    }
    check_patient(&message, &entry.patient)?;
    let sheet = Sheet {
        message: &message,
        patient: &entry.patient,
        file: &file,
        resource: door.resource(&message.field("MSH", 10).text()),
        recorded: Stated::hl7(&message.field("MSH", 7).text()),
    };
    door.read(entry.kind.name);
    reader(&sheet, door);
    Ok(())
}

/// Every PID must name the patient of the folder, by one of its identifiers (PID-3).
fn check_patient(message: &Message<'_>, patient: &str) -> Result<(), FaultKind> {
    let mut named = false;
    for pid in message.named("PID") {
        let ids = pid.field(3);
        if ids.repetitions().all(|id| id.text().is_empty()) {
            return Err(FaultKind::NoPatient);
        }
        if !ids.repetitions().any(|id| id.text() == patient) {
            return Err(FaultKind::PatientMismatch);
        }
        named = true;
    }
    if named { Ok(()) } else { Err(FaultKind::NoPatient) }
}

impl Sheet<'_> {
    /// Where a segment's row comes from.
    pub(super) fn origin(&self, segment: &Segment<'_>) -> Origin<'_> {
        Origin { file: self.file, line: segment.number, resource: self.resource.as_ref(), recorded: self.recorded }
    }

    /// Hands over the row that a segment gives.
    pub(super) fn row(&self, row: Row<'_>, segment: &Segment<'_>, door: &mut Door) {
        door.row(row, &self.origin(segment));
    }
}

impl<'a> Codes<'a> {
    /// The codes of a field, those of further fields after them.
    pub(super) fn of(fields: impl IntoIterator<Item = Field<'a>>) -> Self {
        let triplets = fields.into_iter().flat_map(|field| [(1, 3), (4, 6)].map(|places| (field, places)));
        let codes =
            triplets.map(|(field, (code, system))| (field.component(system).text(), field.component(code).text()));
        Self(codes.filter(|(_, code)| !code.is_empty()).collect())
    }

    /// The same, as rows take them.
    pub(super) fn codings(&self) -> Vec<Coding<'_>> {
        self.0.iter().map(|(system, code)| Coding { system, code }).collect()
    }
}

/// A time stamp of a field.
pub(super) fn time(field: Field<'_>) -> Stated {
    Stated::hl7(&field.text())
}
