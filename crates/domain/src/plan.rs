//! What a run is cut into: stages, and shards within a stage.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{CaseId, Digest, IdError, ShardId, SlideId, UmPerPx};

/// A step of a run. Each begins when the one before has committed all its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Records -> one row a case.
    Cohort,
    /// Slides -> tiles -> features: the heavy one.
    Embed,
    /// Features -> few dimensions.
    Compress,
    /// Compressed features -> key features.
    Cluster,
    /// Tiles' key features -> histograms per slide and case.
    Summarise,
    /// Cases -> survival models, validation, nulls.
    Fit,
    /// Models -> tile contributions -> risk surfaces.
    Score,
    /// Everything -> one page.
    Report,
}

impl Stage {
    /// In order of execution.
    pub const ALL: [Self; 8] = [
        Self::Cohort,
        Self::Embed,
        Self::Compress,
        Self::Cluster,
        Self::Summarise,
        Self::Fit,
        Self::Score,
        Self::Report,
    ];

    /// The name in object keys and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cohort => "cohort",
            Self::Embed => "embed",
            Self::Compress => "compress",
            Self::Cluster => "cluster",
            Self::Summarise => "summarise",
            Self::Fit => "fit",
            Self::Score => "score",
            Self::Report => "report",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The smallest schedulable piece of a stage's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Stable under re-planning: depends on the slide and the band, not on the other slides.
    pub id: ShardId,
    /// The stage it belongs to.
    pub stage: Stage,
    /// What is to be done.
    pub work: Work,
}

/// What a shard asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Embed the tiles of some grid rows of one slide.
    Band(Band),
    /// The stage in one piece, from everything that the stages before committed.
    Whole,
}

/// Consecutive grid rows of one slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The slide, one for all its bands: a plan holds a million of them.
    pub slide: Arc<SlideRef>,
    /// Rows of the tile grid.
    pub grid_rows: Range<u32>,
    /// Cells in those rows, an upper bound of the tiles to encode.
    pub cells: u64,
}

/// A slide as the plan knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideRef {
    /// As the slide table names it.
    pub slide: SlideId,
    /// Whose slide it is.
    pub case: CaseId,
    /// Absolute URL of the object.
    pub url: String,
    /// Digest of the slide's header and size at planning time; a worker that reads another one refuses the shard.
    pub digest: Digest,
    /// Resolution of level 0: the slide's own, or the slide table's.
    pub um_per_px: UmPerPx,
}

impl Shard {
    /// A shard of grid rows.
    pub fn band(band: Band) -> Result<Self, IdError> {
        let id = ShardId::new(format!("{}-{:06}", band.slide.slide.hashed(), band.grid_rows.start))?;
        Ok(Self { id, stage: Stage::Embed, work: Work::Band(band) })
    }

    /// A stage in one piece.
    pub fn whole(stage: Stage) -> Result<Self, IdError> {
        Ok(Self { id: ShardId::new("whole")?, stage, work: Work::Whole })
    }

    /// Tiles to look at, for progress; a whole stage counts as one.
    #[must_use]
    pub fn units(&self) -> u64 {
        match &self.work {
            Work::Band(band) => band.cells,
            Work::Whole => 1,
        }
    }
}
