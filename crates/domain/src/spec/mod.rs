//! The run spec: one document that says everything a run depends on. Unknown fields are refused.
//!
//! `docs/run-spec.md` is the reference of every field; `renkei plan --schema` prints the JSON Schema made from these types.

mod baselines;
mod cohort;
mod endpoint;
mod images;
mod model;
mod new_cases;
mod records;
mod recurrence;

pub use baselines::{Baseline, Capra, CapraS, ClinicalInput, MskccPostoperative, MskccPreoperative, Refit};
pub use cohort::{
    CaseIds, CohortSpec, ColumnNote, Exclusion, Known, Predictor, PredictorKind, TableFormat, TableSource, Transform,
};
pub use endpoint::{EndpointSpec, EventRule, TimeRule, TimeUnit};
pub use images::{EncoderSpec, FeatureSpec, SlideFailure, SlideSpec, TileSpec, TissueMethod, TissueSpec};
pub use model::{Missing, ModelSpec, Ties};
pub use new_cases::{NewCasesSpec, NewRecords, NewSlides};
pub use records::RecordsSpec;
pub use recurrence::{FirstTreatment, RecurrenceRule};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The only version of the run spec so far.
pub const SPEC_VERSION: u32 = 1;

/// One run over one cohort at one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// Version of this document's form: 1.
    pub version: u32,
    /// What people call the run; part of no object key.
    pub name: String,
    /// Where everything lands: `file:///…`, `s3://bucket/prefix`, `gs://…`, `az://…`, or a path relative to the spec.
    pub store: String,
    /// Seed of every random choice (clustering, folds, bootstrap).
    pub seed: u64,
    /// A sentence shown on every figure that rests on images, e.g. that the link to the outcome was planted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// Records: tables, selection, data dictionary, predictors.
    pub cohort: CohortSpec,
    /// What is predicted.
    pub endpoint: EndpointSpec,
    /// The slide table.
    pub slides: SlideSpec,
    /// The tile encoder.
    pub encoder: EncoderSpec,
    /// Tissue detection.
    #[serde(default)]
    pub tissue: TissueSpec,
    /// The tile grid and the size of shards.
    #[serde(default)]
    pub tiles: TileSpec,
    /// Compression of features and key features.
    #[serde(default)]
    pub features: FeatureSpec,
    /// Survival models and their validation.
    #[serde(default)]
    pub model: ModelSpec,
}

/// What is wrong with a spec, before any source is opened.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SpecError {
    /// Written for another version of Renkei.
    #[error("spec version {0} is not known: this renkei reads version {SPEC_VERSION}; set `version: {SPEC_VERSION}`")]
    Version(u32),
    /// A field's value is out of its range.
    #[error("`{field}` {reason}")]
    Field {
        /// Path of the field, with dots.
        field: String,
        /// What is wrong and what is allowed.
        reason: String,
    },
}

impl SpecError {
    pub(crate) fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Field { field: field.into(), reason: reason.into() }
    }
}

impl RunSpec {
    /// Checks every value that can be checked without opening a source; the first fault found is returned.
    pub fn check(&self) -> Result<(), SpecError> {
        let records = records::faults(self.version, &self.name, &self.cohort, &self.endpoint, &self.model);
        if let Some(first) = records.into_iter().next() {
            return Err(first);
        }
        self.tissue.check()?;
        self.tiles.check()?;
        self.features.check()
    }
}

#[cfg(test)]
mod tests;
