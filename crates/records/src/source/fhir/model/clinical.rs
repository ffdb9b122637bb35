//! Encounter (FHIR R4, 8.11), Condition (9.2), Procedure (9.3).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Coding, Concept, Meta, Once, Period, Reference, Text};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Encounter<'a> {
    #[serde(rename = "resourceType")]
    _type: Once,
    #[serde(borrow)]
    pub(in crate::source::fhir) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) meta: Meta<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) contained: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::source::fhir) status: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) class: Coding<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) period: Period<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Condition<'a> {
    #[serde(rename = "resourceType")]
    _type: Once,
    #[serde(borrow)]
    pub(in crate::source::fhir) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) meta: Meta<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) contained: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::source::fhir) verification_status: Concept<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) code: Concept<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) onset_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) onset_period: Period<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) abatement_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) abatement_period: Period<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) recorded_date: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Procedure<'a> {
    #[serde(rename = "resourceType")]
    _type: Once,
    #[serde(borrow)]
    pub(in crate::source::fhir) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) meta: Meta<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) contained: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::source::fhir) status: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) code: Concept<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) performed_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) performed_period: Period<'a>,
}
