//! Kinds of failure, failures and stages.

use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;
use renkei_stage::ShardError;

use super::known;
use crate::{WireError, v1};

impl From<ErrorKind> for v1::ErrorKind {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid => Self::Invalid,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Fenced => Self::Fenced,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Exhausted => Self::Exhausted,
            ErrorKind::Data => Self::Data,
            ErrorKind::Denied => Self::Denied,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

/// The kind that `number` stands for in `field`.
pub(super) fn kind(field: &str, number: i32) -> Result<ErrorKind, WireError> {
    known(field, number, |kind: v1::ErrorKind| {
        Some(match kind {
            v1::ErrorKind::Unspecified => return None,
            v1::ErrorKind::Invalid => ErrorKind::Invalid,
            v1::ErrorKind::NotFound => ErrorKind::NotFound,
            v1::ErrorKind::Conflict => ErrorKind::Conflict,
            v1::ErrorKind::Fenced => ErrorKind::Fenced,
            v1::ErrorKind::Unavailable => ErrorKind::Unavailable,
            v1::ErrorKind::Exhausted => ErrorKind::Exhausted,
            v1::ErrorKind::Data => ErrorKind::Data,
            v1::ErrorKind::Denied => ErrorKind::Denied,
            v1::ErrorKind::Internal => ErrorKind::Internal,
        })
    })
}

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
        Self { kind: v1::ErrorKind::from(error.kind).into(), message: error.message }
    }
}

impl TryFrom<v1::ErrorDetail> for ShardError {
    type Error = WireError;

    fn try_from(detail: v1::ErrorDetail) -> Result<Self, WireError> {
        Ok(Self { kind: kind("kind", detail.kind)?, message: detail.message })
    }
}
