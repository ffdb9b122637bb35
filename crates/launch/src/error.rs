//! Why a spec cannot become a run.

use std::path::PathBuf;

use renkei_domain::ErrorKind;

/// A failure before any work was done.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The spec file cannot be read.
    #[error("cannot read the spec {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The spec is not one.
    #[error("the spec {path} is not valid: {reason}")]
    Malformed {
        /// The file, or where it came from.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The spec contradicts itself.
    #[error(transparent)]
    Spec(#[from] renkei_domain::spec::SpecError),
    /// A place cannot be opened.
    #[error(transparent)]
    Artifact(#[from] renkei_artifacts::ArtifactError),
    /// The records do not give a cohort.
    #[error(transparent)]
    Cohort(#[from] renkei_cohort::CohortError),
    /// The encoder or the tissue model is not what its card or the spec says.
    #[error(transparent)]
    Inference(#[from] renkei_inference::InferenceError),
    /// The models would refuse these cases.
    #[error(transparent)]
    Model(#[from] renkei_model::ModelError),
    /// An id that the records give is not valid.
    #[error(transparent)]
    Id(#[from] renkei_domain::IdError),
    /// No slide belongs to a selected case.
    #[error("no slide of {table} belongs to a selected case: compare its case_id column with the cohort's")]
    NoSlides {
        /// The slide table.
        table: String,
    },
    /// The spec cannot be written down.
    #[error("the spec cannot be serialised: {0}")]
    Serialise(#[from] serde_json::Error),
}

impl LaunchError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } | Self::Spec(_) | Self::NoSlides { .. } => {
                ErrorKind::Invalid
            }
            Self::Artifact(error) => error.kind(),
            Self::Cohort(error) => error.kind(),
            Self::Inference(error) => error.kind(),
            Self::Model(error) => error.kind(),
            Self::Id(_) => ErrorKind::Data,
            Self::Serialise(_) => ErrorKind::Internal,
        }
    }
}
