//! What cannot be planted or studied.

use renkei_model::ModelError;
use renkei_stats::StatsError;

/// Errors of planting and of the study.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlantedError {
    /// The truth contradicts itself.
    #[error("the truth `{truth}` cannot be drawn: {reason}")]
    Truth {
        /// Its name.
        truth: String,
        /// Why.
        reason: String,
    },
    /// The tiles do not fit.
    #[error("the library of tiles cannot be used: {0}")]
    Library(String),
    /// The analysis refused the cohort.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A statistic failed.
    #[error(transparent)]
    Stats(#[from] StatsError),
}
