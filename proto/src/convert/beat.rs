//! Signs of life, and what they are answered with.

use super::{each, id, nested};
use crate::fields::known;
use crate::workers::{Beat, Directives, RunProgress, Wave, WorkerState};
use crate::{WireError, v1};

impl From<WorkerState> for v1::WorkerState {
    fn from(state: WorkerState) -> Self {
        match state {
            WorkerState::Working => Self::Working,
            WorkerState::Draining => Self::Draining,
        }
    }
}

/// The state that `number` stands for in `field`.
pub(super) fn state(field: &str, number: i32) -> Result<WorkerState, WireError> {
    known(field, number, |state: v1::WorkerState| {
        Some(match state {
            v1::WorkerState::Unspecified => return None,
            v1::WorkerState::Working => WorkerState::Working,
            v1::WorkerState::Draining => WorkerState::Draining,
        })
    })
}

impl From<Beat> for v1::BeatRequest {
    fn from(beat: Beat) -> Self {
        Self {
            caller: Some(beat.caller.into()),
            progress: beat.progress.into_iter().map(Into::into).collect(),
            resident_bytes: beat.resident_bytes,
            state: v1::WorkerState::from(beat.state).into(),
            running: beat.running.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<v1::BeatRequest> for Beat {
    type Error = WireError;

    fn try_from(request: v1::BeatRequest) -> Result<Self, WireError> {
        Ok(Self {
            caller: nested("caller", request.caller)?,
            progress: each("progress", request.progress)?,
            resident_bytes: request.resident_bytes,
            state: state("state", request.state)?,
            running: each("running", request.running)?,
        })
    }
}

impl From<RunProgress> for v1::RunProgress {
    fn from(progress: RunProgress) -> Self {
        Self {
            run: progress.run.into(),
            tiles_looked_at: progress.tiles_looked_at,
            tiles_encoded: progress.tiles_encoded,
        }
    }
}

impl TryFrom<v1::RunProgress> for RunProgress {
    type Error = WireError;

    fn try_from(progress: v1::RunProgress) -> Result<Self, WireError> {
        Ok(Self {
            run: id("run", progress.run)?,
            tiles_looked_at: progress.tiles_looked_at,
            tiles_encoded: progress.tiles_encoded,
        })
    }
}

impl From<Directives> for v1::Directives {
    fn from(directives: Directives) -> Self {
        Self {
            cancelled: directives.cancelled.into_iter().map(Into::into).collect(),
            please_rejoin: directives.please_rejoin,
        }
    }
}

impl TryFrom<v1::Directives> for Directives {
    type Error = WireError;

    fn try_from(directives: v1::Directives) -> Result<Self, WireError> {
        Ok(Self { cancelled: each("cancelled", directives.cancelled)?, please_rejoin: directives.please_rejoin })
    }
}

impl From<Wave> for v1::Wave {
    fn from(wave: Wave) -> Self {
        Self { run: wave.run.into(), epoch: wave.epoch, wave: wave.wave }
    }
}

impl TryFrom<v1::Wave> for Wave {
    type Error = WireError;

    fn try_from(wave: v1::Wave) -> Result<Self, WireError> {
        Ok(Self { run: id("run", wave.run)?, epoch: wave.epoch, wave: wave.wave })
    }
}
