//! The half of a run spec that speaks of records: enough to make a cohort before there are slides.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{CohortSpec, EndpointSpec, ModelSpec, RunSpec, SPEC_VERSION, SpecError};

/// Cohort, endpoint and models of a run spec. It is read from a whole run spec, whose other fields are left alone, or from
/// a document that has only these fields; what is no field of a run spec at all is refused.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Document")]
pub struct RecordsSpec {
    /// Version of this document's form: 1.
    pub version: u32,
    /// What people call it.
    pub name: String,
    /// Records: tables, selection, data dictionary, predictors.
    pub cohort: CohortSpec,
    /// What is predicted.
    pub endpoint: EndpointSpec,
    /// Survival models and their validation.
    pub model: ModelSpec,
    /// Seed of every random choice; 1 where the document names none.
    pub seed: u64,
}

/// Every field that a run spec has at its top (a test compares the two).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    name: String,
    cohort: CohortSpec,
    endpoint: EndpointSpec,
    #[serde(default, rename = "store")]
    _store: IgnoredAny,
    #[serde(default)]
    model: ModelSpec,
    #[serde(default = "one")]
    seed: u64,
    #[serde(default, rename = "banner")]
    _banner: IgnoredAny,
    #[serde(default, rename = "slides")]
    _slides: IgnoredAny,
    #[serde(default, rename = "encoder")]
    _encoder: IgnoredAny,
    #[serde(default, rename = "tissue")]
    _tissue: IgnoredAny,
    #[serde(default, rename = "tiles")]
    _tiles: IgnoredAny,
    #[serde(default, rename = "features")]
    _features: IgnoredAny,
}

fn one() -> u64 {
    1
}

impl From<Document> for RecordsSpec {
    fn from(document: Document) -> Self {
        let Document { version, name, cohort, endpoint, model, seed, .. } = document;
        Self { version, name, cohort, endpoint, model, seed }
    }
}

impl From<RunSpec> for RecordsSpec {
    fn from(spec: RunSpec) -> Self {
        let RunSpec { version, name, cohort, endpoint, model, seed, .. } = spec;
        Self { version, name, cohort, endpoint, model, seed }
    }
}

impl RecordsSpec {
    /// Everything that is wrong without opening a source, in the order of the fields.
    #[must_use]
    pub fn faults(&self) -> Vec<SpecError> {
        faults(self.version, &self.name, &self.cohort, &self.endpoint, &self.model)
    }
}

/// What a whole spec and its records' half are checked for alike.
pub(super) fn faults(
    version: u32,
    name: &str,
    cohort: &CohortSpec,
    endpoint: &EndpointSpec,
    model: &ModelSpec,
) -> Vec<SpecError> {
    let mut faults = Vec::new();
    if version != SPEC_VERSION {
        faults.push(SpecError::Version(version));
    }
    if name.trim().is_empty() {
        faults.push(SpecError::field("name", "is empty: give the run a name"));
    }
    faults.extend(cohort.faults());
    faults.extend(endpoint.faults());
    faults.extend(model.faults(&cohort.predictors));
    faults
}
