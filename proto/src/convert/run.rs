//! Runs and workers as users see them.

use std::time::Duration;

use renkei_domain::Digest;
use renkei_runtime::Timestamp;

use super::beat::state;
use super::requests::priority;
use super::shared::stage;
use super::{each, id, line, millis, nested};
use crate::failure::kind;
use crate::fields::present;
use crate::runs::{Run, RunState, StageProgress, Worker};
use crate::v1::run::State;
use crate::{WireError, v1};

impl From<Run> for v1::Run {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.into(),
            name: run.name,
            state: Some(run.state.into()),
            priority: run.priority,
            submitted_unix_ms: run.submitted.unix_millis(),
            since_unix_ms: run.since.unix_millis(),
            submitted_by: run.submitted_by,
            stages: run.stages.into_iter().map(Into::into).collect(),
            epoch: run.epoch,
            leader: run.leader,
        }
    }
}

impl TryFrom<v1::Run> for Run {
    type Error = WireError;

    fn try_from(run: v1::Run) -> Result<Self, WireError> {
        Ok(Self {
            id: id("id", run.id)?,
            name: line("name", run.name)?,
            state: present("state", run.state)?.try_into()?,
            priority: priority(run.priority)?,
            submitted: time("submitted_unix_ms", run.submitted_unix_ms)?,
            since: time("since_unix_ms", run.since_unix_ms)?,
            submitted_by: run.submitted_by,
            stages: each("stages", run.stages)?,
            epoch: run.epoch,
            leader: run.leader,
        })
    }
}

impl From<RunState> for State {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Queued => Self::Queued(v1::Queued {}),
            RunState::Running { stage } => Self::Running(v1::Running { stage: v1::Stage::from(stage).into() }),
            RunState::Sealed { merkle_root } => {
                Self::Sealed(v1::Sealed { merkle_root: merkle_root.as_bytes().to_vec() })
            }
            RunState::Stopped { kind, reason } => {
                Self::Stopped(v1::Stopped { kind: v1::ErrorKind::from(kind).into(), reason })
            }
            RunState::Cancelled => Self::Cancelled(v1::Cancelled {}),
        }
    }
}

impl TryFrom<State> for RunState {
    type Error = WireError;

    fn try_from(state: State) -> Result<Self, WireError> {
        Ok(match state {
            State::Queued(v1::Queued {}) => Self::Queued,
            State::Running(running) => Self::Running { stage: stage("running.stage", running.stage)? },
            State::Sealed(sealed) => Self::Sealed { merkle_root: digest("sealed.merkle_root", &sealed.merkle_root)? },
            State::Stopped(stopped) => {
                Self::Stopped { kind: kind("stopped.kind", stopped.kind)?, reason: stopped.reason }
            }
            State::Cancelled(v1::Cancelled {}) => Self::Cancelled,
        })
    }
}

impl From<StageProgress> for v1::StageProgress {
    fn from(progress: StageProgress) -> Self {
        Self {
            stage: v1::Stage::from(progress.stage).into(),
            planned: progress.planned,
            committed: progress.committed,
            in_flight: progress.in_flight,
            set_aside: progress.set_aside,
            tiles_looked_at: progress.tiles_looked_at,
            tiles_encoded: progress.tiles_encoded,
            tiles_per_second: progress.tiles_per_second,
        }
    }
}

impl TryFrom<v1::StageProgress> for StageProgress {
    type Error = WireError;

    fn try_from(progress: v1::StageProgress) -> Result<Self, WireError> {
        let rate = progress.tiles_per_second;
        if !rate.is_finite() || rate < 0.0 {
            return Err(WireError::field("tiles_per_second", format!("is {rate}: must be 0 or more")));
        }
        Ok(Self {
            stage: stage("stage", progress.stage)?,
            planned: progress.planned,
            committed: progress.committed,
            in_flight: progress.in_flight,
            set_aside: progress.set_aside,
            tiles_looked_at: progress.tiles_looked_at,
            tiles_encoded: progress.tiles_encoded,
            tiles_per_second: rate,
        })
    }
}

impl From<Worker> for v1::Worker {
    fn from(worker: Worker) -> Self {
        Self {
            id: worker.id.into(),
            equipment: Some(worker.equipment.into()),
            busy: worker.busy,
            resident_bytes: worker.resident_bytes,
            state: v1::WorkerState::from(worker.state).into(),
            silent_ms: millis(worker.silent),
        }
    }
}

impl TryFrom<v1::Worker> for Worker {
    type Error = WireError;

    fn try_from(worker: v1::Worker) -> Result<Self, WireError> {
        Ok(Self {
            id: id("id", worker.id)?,
            equipment: nested("equipment", worker.equipment)?,
            busy: worker.busy,
            resident_bytes: worker.resident_bytes,
            state: state("state", worker.state)?,
            silent: Duration::from_millis(worker.silent_ms),
        })
    }
}

fn time(field: &str, unix_ms: i64) -> Result<Timestamp, WireError> {
    Timestamp::from_unix_millis(unix_ms).map_err(|error| WireError::field(field, error.to_string()))
}

fn digest(field: &str, bytes: &[u8]) -> Result<Digest, WireError> {
    let bytes = <[u8; 32]>::try_from(bytes);
    bytes.map(Digest::from).map_err(|_| WireError::field(field, "is not a SHA-256 digest: 32 bytes are needed"))
}
