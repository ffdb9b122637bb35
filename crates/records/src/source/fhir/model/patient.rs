//! Patient (FHIR R4, 8.1).

use serde::Deserialize;

use super::{Meta, Once, Reference, Text};

/// Birth, sex, death; the numbers only to choose the key among them.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Patient<'a> {
    #[serde(rename = "resourceType")]
    _type: Once,
    #[serde(borrow)]
    pub(in crate::source::fhir) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) meta: Meta<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) identifier: Vec<Identifier<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) birth_date: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) gender: Text<'a>,
    pub(in crate::source::fhir) deceased_boolean: bool,
    #[serde(borrow)]
    pub(in crate::source::fhir) deceased_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) link: Vec<Link<'a>>,
}

/// A number and what gave it (FHIR R4, 2.24.0.10).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::source::fhir) struct Identifier<'a> {
    #[serde(rename = "use", borrow)]
    pub(in crate::source::fhir) usage: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) system: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) value: Text<'a>,
}

/// Another resource about the same person.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::source::fhir) struct Link<'a> {
    #[serde(borrow)]
    other: Reference<'a>,
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
}

impl<'a> Patient<'a> {
    /// The patient that is to be used instead of this one (FHIR R4, 8.1.5, link type `replaced-by`).
    pub(in crate::source::fhir) fn replaced_by(&self) -> Option<&str> {
        let link = self.link.iter().find(|link| &*link.kind == "replaced-by")?;
        Some(&link.other.reference)
    }

    /// The number that `system` gave and that is not an old one.
    pub(in crate::source::fhir) fn number(&self, system: &str) -> Option<&str> {
        self.identifier.iter().find_map(|identifier| identifier.of(system))
    }
}

impl Identifier<'_> {
    /// The number, if `system` gave it and it is not an old one.
    pub(in crate::source::fhir) fn of(&self, system: &str) -> Option<&str> {
        (&*self.system == system && &*self.usage != "old" && !self.value.is_empty()).then_some(&*self.value)
    }
}
