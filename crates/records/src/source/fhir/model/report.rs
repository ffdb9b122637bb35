//! DiagnosticReport (FHIR R4, 10.3), Specimen (10.5).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Concept, Meta, Once, Period, Reference, Text};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct DiagnosticReport<'a> {
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
    pub(in crate::source::fhir) category: Vec<Concept<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) code: Concept<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) effective_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) effective_period: Period<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) issued: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) specimen: Vec<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) conclusion_code: Vec<Concept<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Specimen<'a> {
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
    #[serde(rename = "type", borrow)]
    pub(in crate::source::fhir) kind: Concept<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub(in crate::source::fhir) collection: Collection<'a>,
}

/// How a specimen was taken.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(in crate::source::fhir) struct Collection<'a> {
    #[serde(borrow)]
    pub(in crate::source::fhir) collected_date_time: Text<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) collected_period: Period<'a>,
    #[serde(borrow)]
    pub(in crate::source::fhir) body_site: Option<Concept<'a>>,
}
