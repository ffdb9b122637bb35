//! Why a run could not be planned, driven or sealed.

use renkei_artifacts::ArtifactError;
use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_stage::ShardError;

/// A failure of a run. What was committed stays committed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The object store failed.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The store of control facts failed.
    #[error("control store: {0}")]
    Ledger(#[from] renkei_metastore::Error),
    /// A control fact cannot be read.
    #[error("the control fact of run {run} cannot be read: {reason}; it was written by another version of renkei")]
    Fact {
        /// The run.
        run: String,
        /// Why.
        reason: String,
    },
    /// An id that Renkei derived is not valid: a defect.
    #[error("derived id: {0}")]
    Id(#[from] renkei_domain::IdError),
    /// A stage's shard failed for good.
    #[error("stage {stage}: {error}")]
    Stage {
        /// The stage.
        stage: Stage,
        /// What the shard reported.
        error: ShardError,
    },
    /// The engine said it finished, twice, without the commits to show for it.
    #[error("stage {stage}: the engine finished but {missing} shards have no commit; run it again")]
    NoProgress {
        /// The stage.
        stage: Stage,
        /// Shards without a commit.
        missing: usize,
    },
    /// Slides that cannot be used, under `slides.on_failure: stop`, or no usable slide at all.
    #[error("{count} slides cannot be used, the first because: {first}")]
    Slides {
        /// How many.
        count: usize,
        /// The first one's reason.
        first: String,
    },
    /// Asked to stop.
    #[error("stopped; the same command goes on from the committed shards")]
    Stopped,
    /// Another process took the run over.
    #[error(
        "run {run} was taken over by another process (epoch {epoch} is no longer the newest); this one commits no more"
    )]
    Fenced {
        /// The run.
        run: String,
        /// This process's epoch.
        epoch: u64,
    },
}

impl RunError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Artifact(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Fact { .. } | Self::Slides { .. } => ErrorKind::Data,
            Self::Id(_) => ErrorKind::Internal,
            Self::Stage { error, .. } => error.kind,
            Self::NoProgress { .. } | Self::Stopped => ErrorKind::Unavailable,
            Self::Fenced { .. } => ErrorKind::Fenced,
        }
    }
}
