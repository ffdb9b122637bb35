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
    /// The spec, or what it names, does not make a run.
    #[error(transparent)]
    Launch(#[from] renkei_launch::LaunchError),
    /// The store that slides lie in failed while their headers were read.
    #[error("the slides' headers cannot be read: {0}")]
    Survey(renkei_slide::SlideError),
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
    /// A user cancelled the run.
    #[error("cancelled; submitted anew, the run goes on from the committed shards")]
    Cancelled,
    /// A stage in one piece whose tries ended with a lost worker again and again.
    #[error(
        "stage {stage}: {deaths} workers that tried it were lost; look for what ended them (memory?) in their logs"
    )]
    Poison {
        /// The stage.
        stage: Stage,
        /// How often.
        deaths: u32,
    },
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
    /// Another coordinator leads.
    #[error("another coordinator leads now; this one writes no more")]
    NotLeading,
    /// The facts of the election cannot be read.
    #[error("the control fact {key} cannot be read: {reason}; it was written by another version of renkei")]
    LeaderFact {
        /// Which.
        key: String,
        /// Why.
        reason: String,
    },
    /// Another run of the same name has not ended.
    #[error(
        "the name '{name}' is in use by run {run}, which has not ended: wait for it, cancel it, or choose another name"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The other run.
        run: String,
    },
    /// A run that nobody submitted.
    #[error("there is no run {run}: `renkei status` lists them")]
    UnknownRun {
        /// What was asked for.
        run: String,
    },
}

impl RunError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Artifact(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Launch(error) => error.kind(),
            Self::Survey(error) => error.kind(),
            Self::Fact { .. } | Self::LeaderFact { .. } | Self::Slides { .. } => ErrorKind::Data,
            Self::Id(_) | Self::Poison { .. } => ErrorKind::Internal,
            Self::Stage { error, .. } => error.kind,
            Self::NoProgress { .. } | Self::Stopped => ErrorKind::Unavailable,
            Self::Fenced { .. } | Self::NotLeading => ErrorKind::Fenced,
            Self::Cancelled | Self::NameTaken { .. } => ErrorKind::Conflict,
            Self::UnknownRun { .. } => ErrorKind::NotFound,
        }
    }
}

/// Why a worker may not join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another version of Renkei: its results could differ.
    #[error("worker {worker} runs renkei {found}, this coordinator {expected}: install the same version on both")]
    Software {
        /// The worker.
        worker: String,
        /// Its version.
        found: String,
        /// The coordinator's.
        expected: String,
    },
    /// Another version of the wire.
    #[error("worker {worker} speaks protocol {found}, this coordinator {expected}: install the same version on both")]
    Protocol {
        /// The worker.
        worker: String,
        /// Its version.
        found: u32,
        /// The coordinator's.
        expected: u32,
    },
    /// A number of slots that no worker has.
    #[error("worker {worker} announces {slots} slots: set 1 to 1024, about one a core")]
    Slots {
        /// The worker.
        worker: String,
        /// What it announced.
        slots: u32,
    },
    /// An amount of memory that no worker has.
    #[error("worker {worker} announces {bytes} bytes of memory: set between 16MiB and 64TiB")]
    Memory {
        /// The worker.
        worker: String,
        /// What it announced.
        bytes: u64,
    },
    /// Another process uses the id.
    #[error(
        "another process is present as worker {worker}: give this one an id of its own, or wait until that one is gone"
    )]
    Present {
        /// The id.
        worker: String,
    },
}

impl Refusal {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Software { .. } | Self::Protocol { .. } | Self::Slots { .. } | Self::Memory { .. } => {
                ErrorKind::Invalid
            }
            Self::Present { .. } => ErrorKind::Conflict,
        }
    }
}
