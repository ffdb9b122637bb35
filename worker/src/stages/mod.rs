//! One stage, one file: what it reads, what it writes.

pub mod cluster;
pub mod cohort;
pub mod compress;
pub mod embed;
pub mod fit;
pub mod report;
pub mod score;
pub mod summarise;

use renkei_domain::ErrorKind;
use renkei_stage::ShardError;

/// Something that cannot happen unless Renkei itself is wrong.
pub(crate) fn defect(what: impl std::fmt::Display) -> ShardError {
    ShardError::new(ErrorKind::Internal, what.to_string())
}

/// Runs heavy arithmetic where it holds up no reading or writing.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ShardError> + Send + 'static,
) -> Result<T, ShardError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(defect(error)),
    }
}

/// Arithmetic that the data do not allow.
pub(crate) fn stats_error(error: impl std::fmt::Display) -> ShardError {
    ShardError::new(ErrorKind::Data, error.to_string())
}
