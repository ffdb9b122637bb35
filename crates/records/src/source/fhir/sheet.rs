//! One resource, checked against its file's name, and handed to what reads its type.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cut::Piece;
use super::files::Named;
use super::items::{self, Item};
use super::json::resource_type;
use super::medications::Code;
use super::model::{Meta, Patient, Reference, first};
use super::patients::Who;
use super::{Index, rows, types};
use crate::canonical::Row;
use crate::{Door, FaultKind, FileId, Origin, ResourceId, Stated, Table};

/// Where a resource comes from.
pub(super) struct Sheet<'a> {
    pub(super) text: &'a str,
    /// The address that its bundle gives it.
    pub(super) url: &'a str,
    index: &'a Index,
    number: u32,
    file: &'a FileId,
    line: u32,
}

/// A resource whose patient is sure.
pub(super) struct Record<'a> {
    pub(super) patient: Cow<'a, str>,
    sheet: &'a Sheet<'a>,
    resource: Option<ResourceId>,
    recorded: Stated,
}

/// Reads every resource of a piece.
pub(super) fn read(piece: &Piece, index: &Index, longest: usize, door: &mut Door) {
    door.input(&piece.bytes);
    let file = door.file(&piece.file.below);
    let at = |line| Origin { file: &file, line, resource: None, recorded: Stated::Absent };
    for (kind, line) in &piece.faults {
        door.fault(*kind, None, &at(*line));
    }
    items::each(
        piece,
        longest,
        |_| true,
        |line, item| {
            let read = item.and_then(|Item { line, url, resource }| {
                let Some(text) = resource else {
                    door.skip("bundle entry without a resource", 1);
                    return Ok(());
                };
                let number = piece.file.number;
                one(&Sheet { text, url: &url, index, number, file: &file, line }, piece.file.named, door)
            });
            if let Err(kind) = read {
                door.fault(kind, None, &at(line));
            }
        },
    );
}

fn one(sheet: &Sheet<'_>, named: Named, door: &mut Door) -> Result<(), FaultKind> {
    let stated = resource_type(sheet.text).ok_or(FaultKind::Malformed)?;
    if matches!(named, Named::Lines(Some(other)) if other != stated) {
        return Err(types::known(stated).map_or(FaultKind::UnknownType, |_| FaultKind::TypeMismatch));
    }
    match rows::reader(stated) {
        Some((of_type, reader)) => {
            reader(sheet, door)?;
            door.read(of_type);
        }
        None => door.skip(types::known(stated).ok_or(FaultKind::UnknownType)?, 1),
    }
    Ok(())
}

impl<'a> Sheet<'a> {
    /// The resource, if it is in the form of its type.
    pub(super) fn parse<T: Deserialize<'a>>(&self) -> Result<T, FaultKind> {
        serde_json::from_str(self.text).map_err(|_| FaultKind::Malformed)
    }

    /// The contained resource that a reference like `#x` means (FHIR R4, 2.3.0.3).
    pub(super) fn contained<T: Deserialize<'a>>(
        contained: Option<&'a RawValue>,
        reference: &str,
        of_type: &str,
    ) -> Option<T> {
        #[derive(Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        struct Head<'h> {
            #[serde(borrow)]
            resource_type: super::model::Text<'h>,
            #[serde(borrow)]
            id: super::model::Text<'h>,
        }
        let id = reference.strip_prefix('#')?;
        let all: Vec<&RawValue> = serde_json::from_str(contained?.get()).ok()?;
        let meant = all.into_iter().find(|resource| {
            serde_json::from_str::<Head<'_>>(resource.get())
                .is_ok_and(|head| &*head.id == id && &*head.resource_type == of_type)
        })?;
        serde_json::from_str(meant.get()).ok()
    }

    /// The codes of the Medication that `reference` names, which is not one contained; nothing if it is not in the source.
    pub(super) fn medication(&self, reference: &str) -> Option<&'a [Code]> {
        self.index.medications.codes(self.number, reference)
    }

    /// The record of the patient that `subject` names; nothing, and a fault, where that is nobody.
    pub(super) fn record(
        &'a self,
        head: (&str, &Meta<'_>, [Stated; 1]),
        subject: Option<&'a Reference<'a>>,
        contained: Option<&'a RawValue>,
        table: Table,
        door: &mut Door,
    ) -> Option<Record<'a>> {
        let (id, meta, [written]) = head;
        let mut record = Record {
            patient: Cow::Borrowed(""),
            sheet: self,
            resource: door.resource(if id.is_empty() { self.url } else { id }),
            recorded: first([meta.last_updated.stated(), written]),
        };
        let reference = subject.map_or("", |subject| &*subject.reference);
        let who = if reference.starts_with('#') {
            match Self::contained::<Patient<'_>>(contained, reference, "Patient") {
                Some(patient) => owned(self.index.patients.contained(&patient)),
                None => Who::Fault(FaultKind::DanglingReference),
            }
        } else {
            self.index.patients.who(self.number, subject)
        };
        match who {
            Who::Known(key) => record.patient = key,
            Who::Unseen(key) => {
                door.fault(FaultKind::DanglingReference, Some(table), &record.origin());
                record.patient = Cow::Borrowed(key);
            }
            Who::Nobody => {
                door.skip("record of something that is no patient", 1);
                return None;
            }
            Who::Fault(kind) => {
                door.fault(kind, Some(table), &record.origin());
                return None;
            }
        }
        Some(record)
    }

    /// The record that a patient itself is.
    pub(super) fn of_patient(&'a self, patient: &'a Patient<'_>, door: &mut Door) -> Option<Record<'a>> {
        let mut record = Record {
            patient: Cow::Borrowed(""),
            sheet: self,
            resource: door.resource(if patient.id.is_empty() { self.url } else { &patient.id }),
            recorded: patient.meta.last_updated.stated(),
        };
        match self.index.patients.key(patient, self.url) {
            Some(key) => record.patient = Cow::Borrowed(key),
            None => {
                door.fault(FaultKind::NoPatient, Some(Table::Person), &record.origin());
                return None;
            }
        }
        Some(record)
    }
}

fn owned<'a>(who: Who<'_>) -> Who<'a> {
    match who {
        Who::Known(key) => Who::Known(Cow::Owned(key.into_owned())),
        Who::Unseen(_) | Who::Nobody => Who::Nobody,
        Who::Fault(kind) => Who::Fault(kind),
    }
}

impl Record<'_> {
    pub(super) fn origin(&self) -> Origin<'_> {
        let (file, line) = (self.sheet.file, self.sheet.line);
        Origin { file, line, resource: self.resource.as_ref(), recorded: self.recorded }
    }

    /// Hands over one of its rows.
    pub(super) fn row(&self, row: Row<'_>, door: &mut Door) {
        door.row(row, &self.origin());
    }

    /// The patient, for a row.
    pub(super) fn patient(&self) -> &str {
        &self.patient
    }
}
