//! Who a reference means: found in a first pass over the patients, so that it is known whatever the order of the files.
//! What is held grows with the patients only.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::from_str;

use super::cut::Piece;
use super::items;
use super::json::resource_type;
use super::model::{Patient, Reference};
use super::reference::{id_of, names_type};
use crate::FaultKind;
use crate::map::Map;

/// How many times a patient can be replaced by another; more are a circle.
const REPLACEMENTS: usize = 64;

/// What a reference to a patient comes to.
#[derive(PartialEq, Eq)]
pub(super) enum Who<'a> {
    /// The patient's key.
    Known(Cow<'a, str>),
    /// The key of a patient that the source does not have.
    Unseen(&'a str),
    /// Something that is no patient: a group, a device, a place.
    Nobody,
    /// No key.
    Fault(FaultKind),
}

/// One patient met in the first pass.
pub(super) struct Found {
    file: u32,
    id: Box<str>,
    url: Box<str>,
    key: Option<Box<str>>,
    replaced_by: Option<Box<str>>,
}

/// The key that a patient's records go under.
#[derive(Clone, PartialEq, Eq)]
enum Key {
    /// The same as the id in the reference.
    Id,
    Known(Box<str>),
    /// The patient lacks the number that is the key.
    Missing,
    /// Patients with different keys share the id.
    Unclear,
    /// The patient that replaces this one is not there.
    Dangling,
    Cyclic,
}

/// The patients of a source.
#[derive(Default)]
pub(super) struct Patients {
    /// The system whose numbers are the keys; the ids themselves where there is none.
    system: Option<String>,
    by_id: Map<Box<str>, Key>,
    /// By the address that a bundle gives, which holds within that bundle.
    by_url: Map<u32, Map<Box<str>, Key>>,
}

impl Patients {
    /// Puts together what was found.
    pub(super) fn of(found: &[Found], system: Option<String>) -> Self {
        let mut first = Self { system: system.clone(), ..Self::default() };
        for patient in found {
            first.add(patient, patient.key.clone().map_or(Key::Missing, Key::Known));
        }
        let replaced = Replaced::of(found);
        if replaced.by_id.is_empty() && replaced.by_url.is_empty() {
            return first;
        }
        let mut all = Self { system, ..Self::default() };
        for patient in found {
            all.add(patient, first.followed(patient, &replaced));
        }
        all
    }

    fn add(&mut self, patient: &Found, key: Key) {
        if !patient.url.is_empty() {
            self.by_url.entry(patient.file).or_default().insert(patient.url.clone(), key.clone());
        }
        if !patient.id.is_empty() {
            let key = if key == Key::Known(patient.id.clone()) { Key::Id } else { key };
            let known = self.by_id.entry(patient.id.clone()).or_insert_with(|| key.clone());
            if *known != key {
                *known = Key::Unclear;
            }
        }
    }

    /// The key of whoever replaces a patient in the end.
    fn followed(&self, patient: &Found, replaced: &Replaced<'_>) -> Key {
        let mut at = patient;
        for _ in 0..REPLACEMENTS {
            let Some(by) = at.replaced_by.as_deref() else {
                return at.key.clone().map_or(Key::Missing, Key::Known);
            };
            let next = replaced.find(at.file, by);
            match next {
                Some(next) => at = next,
                None => {
                    return match self.find(at.file, by) {
                        Who::Known(key) => Key::Known(key.into()),
                        _ => Key::Dangling,
                    };
                }
            }
        }
        Key::Cyclic
    }

    /// The key of a patient itself; nothing if it has none.
    pub(super) fn key<'a>(&self, patient: &'a Patient<'_>, url: &'a str) -> Option<&'a str> {
        match &self.system {
            Some(system) => patient.number(system),
            None if !patient.id.is_empty() => Some(&*patient.id),
            // A patient that no server has named yet has only the address that its bundle made for it.
            None => Some(url.strip_prefix("urn:uuid:").or_else(|| id_of(url, "Patient")).unwrap_or(url)),
        }
        .filter(|key| !key.is_empty())
    }

    /// Who is meant in a resource of `file`.
    pub(super) fn who<'a>(&'a self, file: u32, subject: Option<&'a Reference<'_>>) -> Who<'a> {
        let Some(subject) = subject else { return Who::Fault(FaultKind::NoPatient) };
        if !subject.reference.is_empty() {
            return self.find(file, &subject.reference);
        }
        // A logical reference (FHIR R4, 2.3.0.1) names the patient by a number.
        match (&self.system, &subject.identifier) {
            (_, None) => Who::Fault(FaultKind::NoPatient),
            (Some(system), Some(identifier)) => match identifier.of(system) {
                Some(number) => Who::Known(Cow::Borrowed(number)),
                None => Who::Fault(FaultKind::DanglingReference),
            },
            (None, Some(_)) => Who::Fault(FaultKind::DanglingReference),
        }
    }

    fn find<'a>(&'a self, file: u32, reference: &'a str) -> Who<'a> {
        let by_url = || self.by_url.get(&file)?.get(reference);
        // Only an absolute address can be one that a bundle gave.
        if let Some(key) = reference.contains(':').then(by_url).flatten() {
            return key.who(reference);
        }
        if let Some(id) = id_of(reference, "Patient") {
            return match self.by_id.get(id) {
                Some(key) => key.who(id),
                None if self.system.is_none() => Who::Unseen(id),
                None => Who::Fault(FaultKind::DanglingReference),
            };
        }
        // `Patient?identifier=system|number` (FHIR R4, 2.36.5, conditional references).
        let query = reference.strip_prefix("Patient?identifier=").and_then(|query| query.split_once('|'));
        match (query, &self.system) {
            (Some((system, number)), Some(own)) if system == own && !number.is_empty() => {
                Who::Known(Cow::Borrowed(number))
            }
            (None, _) if !reference.starts_with("urn:") && names_type(reference) => Who::Nobody,
            _ => Who::Fault(FaultKind::DanglingReference),
        }
    }

    /// The number by which a contained patient (FHIR R4, 2.3.0.3) is known: its id means nothing outside its resource.
    pub(super) fn contained<'a>(&self, patient: &'a Patient<'_>) -> Who<'a> {
        match self.system.as_deref().and_then(|system| patient.number(system)) {
            Some(number) => Who::Known(Cow::Borrowed(number)),
            None => Who::Fault(FaultKind::NoPatient),
        }
    }
}

/// Patients that are replaced by others, by what they are called.
#[derive(Default)]
struct Replaced<'f> {
    by_id: Map<&'f str, &'f Found>,
    by_url: Map<(u32, &'f str), &'f Found>,
}

impl<'f> Replaced<'f> {
    fn of(found: &'f [Found]) -> Self {
        let mut all = Self::default();
        for patient in found.iter().filter(|patient| patient.replaced_by.is_some()) {
            if !patient.id.is_empty() {
                all.by_id.insert(&patient.id, patient);
            }
            if !patient.url.is_empty() {
                all.by_url.insert((patient.file, &patient.url), patient);
            }
        }
        all
    }

    fn find(&self, file: u32, reference: &str) -> Option<&'f Found> {
        let by_url = self.by_url.get(&(file, reference));
        by_url.or_else(|| self.by_id.get(id_of(reference, "Patient")?)).copied()
    }
}

impl Key {
    fn who<'a>(&'a self, id: &'a str) -> Who<'a> {
        match self {
            Self::Id => Who::Known(Cow::Borrowed(id)),
            Self::Known(key) => Who::Known(Cow::Borrowed(key)),
            Self::Missing => Who::Fault(FaultKind::NoPatient),
            Self::Unclear | Self::Dangling => Who::Fault(FaultKind::DanglingReference),
            Self::Cyclic => Who::Fault(FaultKind::CyclicReference),
        }
    }
}

/// The patients in a piece.
pub(super) fn found(piece: &Piece, longest: usize, system: Option<&str>) -> Vec<Found> {
    let finder = memmem::Finder::new(br#""Patient""#);
    let mut all = Vec::new();
    if finder.find(&piece.bytes).is_none() {
        return all;
    }
    let keys = Patients { system: system.map(str::to_owned), ..Patients::default() };
    let wanted = |bytes: &[u8]| finder.find(bytes).is_some();
    items::each(piece, longest, wanted, |_, item| {
        let Ok(item) = item else { return };
        let Some(text) = item.resource.filter(|text| resource_type(text) == Some("Patient")) else { return };
        let Ok(patient) = from_str::<Patient<'_>>(text) else { return };
        all.push(Found {
            file: piece.file.number,
            id: Box::from(&*patient.id),
            key: keys.key(&patient, &item.url).map(Box::from),
            replaced_by: patient.replaced_by().map(Box::from),
            url: item.url.into(),
        });
    });
    all
}

/// How many only: the keys are patients' numbers.
impl std::fmt::Debug for Patients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Patients({} withheld)", self.by_id.len())
    }
}
