//! What is read of FHIR R4 resources: this is the list of what may come in. Nothing here has a field for names, addresses,
//! telecom, narrative, notes or displays, so none of these is ever looked at; members that are not listed are passed
//! over. Values borrow from the text that they stand in.

/// Declares an element by its members, all of which may be absent.
macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(serde::Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        pub(in crate::source::fhir) struct $name<'a> {
            $($(#[$attribute])* pub(in crate::source::fhir) $field: $kind,)*
        }
    };
}

/// Declares a resource about a patient: the members that every one has (FHIR R4, 2.3 and 2.26), and its own.
macro_rules! resource {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        members!(
            $(#[$doc])*
            $name {
                #[serde(rename = "resourceType")]
                _type: super::Once,
                #[serde(borrow)]
                id: super::Text<'a>,
                #[serde(borrow)]
                meta: super::Meta<'a>,
                #[serde(borrow)]
                contained: Option<&'a serde_json::value::RawValue>,
                #[serde(borrow)]
                subject: Option<super::Reference<'a>>,
                $($own)*
            }
        );
    };
}

mod clinical;
mod drug;
mod observation;
mod patient;
mod report;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::Deserialize as Derived;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, Visitor};
use serde_json::value::RawValue;

pub(super) use clinical::{Condition, Encounter, Procedure};
pub(super) use drug::{Administration, Dispense, Medication, MedicationRequest, Statement};
pub(super) use observation::{Measured, Observation};
pub(super) use patient::{Identifier, Patient};
pub(super) use report::{DiagnosticReport, Specimen};

use crate::Stated;
use crate::canonical;

/// A string (FHIR R4, 2.24.0.1), empty if absent.
#[derive(Default, Clone)]
pub(super) struct Text<'a>(Cow<'a, str>);

/// A second member of the same name as one that was read is refused by serde; this takes the one that says the type.
pub(super) type Once = Option<IgnoredAny>;

/// `meta`: when the server wrote the resource.
#[derive(Derived, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta<'a> {
    #[serde(borrow)]
    pub(super) last_updated: Text<'a>,
}

/// A reference to another resource (FHIR R4, 2.3.0).
#[derive(Derived, Default)]
#[serde(default)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) reference: Text<'a>,
    #[serde(borrow)]
    pub(super) identifier: Option<Identifier<'a>>,
}

/// One code (FHIR R4, 2.24.0.5), without its display.
#[derive(Derived, Default)]
#[serde(default)]
pub(super) struct Coding<'a> {
    #[serde(borrow)]
    pub(super) system: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Text<'a>,
}

/// A concept by its codes (FHIR R4, 2.24.0.6), without its text.
#[derive(Derived, Default)]
#[serde(default)]
pub(super) struct Concept<'a> {
    #[serde(borrow)]
    pub(super) coding: Vec<Coding<'a>>,
}

/// A span of time (FHIR R4, 2.24.0.11).
#[derive(Derived, Default)]
#[serde(default)]
pub(super) struct Period<'a> {
    #[serde(borrow)]
    pub(super) start: Text<'a>,
    #[serde(borrow)]
    pub(super) end: Text<'a>,
}

/// A measured amount (FHIR R4, 2.24.0.7); the number as it is written.
#[derive(Derived, Default)]
#[serde(default)]
pub(super) struct Quantity<'a> {
    #[serde(borrow)]
    pub(super) value: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) comparator: Text<'a>,
    #[serde(borrow)]
    pub(super) unit: Text<'a>,
    #[serde(borrow)]
    pub(super) system: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Text<'a>,
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> Visitor<'de> for Borrowed {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrowed)
    }
}

impl<'a> Text<'a> {
    /// The string, borrowed where it stands without escapes.
    pub(super) fn into_inner(self) -> Cow<'a, str> {
        self.0
    }

    /// The date or time that it is.
    pub(super) fn stated(&self) -> Stated {
        Stated::iso(self)
    }
}

impl Concept<'_> {
    /// Its codes as rows take them.
    pub(super) fn codings(&self) -> Vec<canonical::Coding<'_>> {
        let stated = self.coding.iter().filter(|coding| !coding.code.is_empty());
        stated.map(|coding| canonical::Coding { system: &coding.system, code: &coding.code }).collect()
    }

    /// Whether one of its codes is among `codes`, whatever the system.
    pub(super) fn is_one_of(&self, codes: &[&str]) -> bool {
        self.coding.iter().any(|coding| codes.contains(&&*coding.code))
    }
}

/// The first of several statements that says anything.
pub(super) fn first<const N: usize>(stated: [Stated; N]) -> Stated {
    stated.into_iter().find(|stated| *stated != Stated::Absent).unwrap_or_default()
}
