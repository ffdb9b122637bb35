//! Stages, and failures of shards.

use renkei_domain::plan::Stage;
use renkei_stage::ShardError;

use crate::fields::known;
use crate::{WireError, v1};

impl From<Stage> for v1::Stage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Cohort => Self::Cohort,
            Stage::Embed => Self::Embed,
            Stage::Compress => Self::Compress,
            Stage::Cluster => Self::Cluster,
            Stage::Summarise => Self::Summarise,
            Stage::Fit => Self::Fit,
            Stage::Score => Self::Score,
            Stage::Report => Self::Report,
        }
    }
}

/// The stage that `number` stands for in `field`.
pub(super) fn stage(field: &str, number: i32) -> Result<Stage, WireError> {
    known(field, number, |stage: v1::Stage| {
        Some(match stage {
            v1::Stage::Unspecified => return None,
            v1::Stage::Cohort => Stage::Cohort,
            v1::Stage::Embed => Stage::Embed,
            v1::Stage::Compress => Stage::Compress,
            v1::Stage::Cluster => Stage::Cluster,
            v1::Stage::Summarise => Stage::Summarise,
            v1::Stage::Fit => Stage::Fit,
            v1::Stage::Score => Stage::Score,
            v1::Stage::Report => Stage::Report,
        })
    })
}

impl From<ShardError> for v1::ErrorDetail {
    fn from(error: ShardError) -> Self {
        Self::of(error.kind, error.message)
    }
}

impl TryFrom<v1::ErrorDetail> for ShardError {
    type Error = WireError;

    fn try_from(detail: v1::ErrorDetail) -> Result<Self, WireError> {
        let (kind, message) = detail.read()?;
        Ok(Self { kind, message })
    }
}

impl From<WireError> for ShardError {
    fn from(error: WireError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}
