//! Why a request about runs is refused, or a run cannot be gone on with.

use renkei_artifacts::ArtifactError;
use renkei_domain::ErrorKind;

use crate::RunError;
use crate::config::Outside;

/// A failure of what a user asked for.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Planning, the ledger or the store failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The spec is not one.
    #[error("the spec is not valid: {0}")]
    Spec(String),
    /// The folder that relative paths start from cannot be one.
    #[error(
        "`base_url` {0}: send the file:// URL of a folder that the coordinator and its workers see under the same path"
    )]
    Base(&'static str),
    /// The spec names a place that runs of this coordinator may not touch.
    #[error(transparent)]
    Outside(#[from] Outside),
    /// Nobody is there to say what the features' bytes will depend on.
    #[error(
        "no worker has joined yet, and the run's identity depends on what its workers compute with: start one, then submit again"
    )]
    NoWorker,
    /// Planning takes longer than an answer may.
    #[error("the run is still being planned: submit it again to hear of it")]
    StillPlanning,
    /// The run's workers have not yet stopped.
    #[error("the run is being cancelled: submit it again when it has stopped")]
    Cancelling,
    /// Another run of this name has not ended.
    #[error(
        "the name '{name}' is in use by run {run}, which has not ended and differs in {}: wait for it, cancel it, or choose another name",
        named(differences)
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The other run.
        run: String,
        /// What of the other run's identity is otherwise here.
        differences: Vec<String>,
    },
    /// What a run was made from is no longer the same.
    #[error("the run cannot go on, because its inputs changed: {}; submit it as a new run", named(differences))]
    Changed {
        /// What differs from the identity that was kept.
        differences: Vec<String>,
    },
    /// The store holds no launch or no identity of a run that was submitted.
    #[error("{store} holds no {what} of the run: submit it again")]
    Forgotten {
        /// The store's URL.
        store: String,
        /// What is missing.
        what: &'static str,
    },
    /// A defect of Renkei.
    #[error("planning broke off: {0}; please report this")]
    Defect(String),
}

/// The first few differences.
fn named(differences: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = differences.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown: Vec<&str> = differences.iter().take(SHOWN).map(String::as_str).collect();
    if shown.is_empty() { "nothing that is known".to_owned() } else { shown.join(", ") + &more }
}

impl HostError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            // For whoever asks: another coordinator answers.
            Self::Run(RunError::NotLeading | RunError::Fenced { .. }) => ErrorKind::Unavailable,
            Self::Run(error) => error.kind(),
            Self::Spec(_) | Self::Base(_) => ErrorKind::Invalid,
            Self::Outside(_) => ErrorKind::Denied,
            Self::NoWorker | Self::StillPlanning | Self::Cancelling => ErrorKind::Unavailable,
            Self::NameTaken { .. } | Self::Changed { .. } => ErrorKind::Conflict,
            Self::Forgotten { .. } => ErrorKind::NotFound,
            Self::Defect(_) => ErrorKind::Internal,
        }
    }
}

impl From<ArtifactError> for HostError {
    fn from(error: ArtifactError) -> Self {
        Self::Run(error.into())
    }
}

impl From<renkei_launch::LaunchError> for HostError {
    fn from(error: renkei_launch::LaunchError) -> Self {
        Self::Run(error.into())
    }
}

impl AsRef<Self> for HostError {
    fn as_ref(&self) -> &Self {
        self
    }
}
