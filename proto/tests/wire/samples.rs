//! One full example of every message that has content.

use std::time::Duration;

use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, Digest, ErrorKind, RunId, ShardId, WorkerId};
use renkei_proto::runs::{Accepted, Run, RunState, StageProgress, Submission, Worker};
use renkei_proto::workers::{
    Announcement, Beat, Begin, Directives, End, Equipment, RunProgress, Wave, Welcome, WorkerState,
};
use renkei_runtime::Timestamp;
use renkei_stage::{ExecutorId, ShardError, Ticket, Try};

pub(crate) fn submission() -> Submission {
    Submission {
        spec_json: r#"{"version":1}"#.to_owned(),
        base_url: "s3://cohort/study/".to_owned(),
        name: Some("prostate".to_owned()),
        priority: -3,
    }
}

pub(crate) fn accepted() -> Accepted {
    Accepted { run: run_id(), is_new: true }
}

pub(crate) fn run() -> Run {
    Run {
        id: run_id(),
        name: "prostate".to_owned(),
        state: RunState::Running { stage: Stage::Embed },
        priority: 7,
        submitted: "2026-11-23T08:08:00.123Z".parse::<Timestamp>().unwrap(),
        since: "2026-11-23T08:09:00Z".parse::<Timestamp>().unwrap(),
        submitted_by: "user/sato".to_owned(),
        stages: vec![stage_progress()],
        epoch: 4,
        leader: "coordinator-1".to_owned(),
    }
}

pub(crate) fn states() -> [RunState; 5] {
    [
        RunState::Queued,
        RunState::Running { stage: Stage::Report },
        RunState::Sealed { merkle_root: Digest::of(b"root") },
        RunState::Stopped { kind: ErrorKind::Exhausted, reason: "the store is full".to_owned() },
        RunState::Cancelled,
    ]
}

fn stage_progress() -> StageProgress {
    StageProgress {
        stage: Stage::Embed,
        planned: 1000,
        committed: 400,
        in_flight: 8,
        set_aside: 1,
        tiles_looked_at: 90_000,
        tiles_encoded: 30_000,
        tiles_per_second: 512.5,
    }
}

pub(crate) fn worker() -> Worker {
    Worker {
        id: WorkerId::new("w-1").unwrap(),
        equipment: equipment(),
        busy: 3,
        resident_bytes: 1 << 30,
        state: WorkerState::Working,
        silent: Duration::from_millis(900),
    }
}

pub(crate) fn announcement() -> Announcement {
    Announcement { caller: caller(), protocol: 1, equipment: equipment() }
}

pub(crate) fn caller() -> ExecutorId {
    ExecutorId { worker: WorkerId::new("w-1").unwrap(), incarnation: 0x0123_4567_89ab_cdef }
}

fn equipment() -> Equipment {
    Equipment {
        software: "0.1.0".to_owned(),
        execution_class: Some("onnxruntime 1.23 cpu avx2".to_owned()),
        slots: 4,
        memory_bytes: 8 << 30,
        pools: vec!["cpu".to_owned(), "site-a.1".to_owned()],
    }
}

pub(crate) fn welcome() -> Welcome {
    Welcome {
        epoch: 4,
        leader: "coordinator-1".to_owned(),
        beat_interval: Duration::from_secs(1),
        lost_after: Duration::from_secs(8),
        engine: "ballista 55.0.0".to_owned(),
    }
}

pub(crate) fn beat() -> Beat {
    Beat {
        caller: caller(),
        progress: vec![RunProgress { run: run_id(), tiles_looked_at: 4096, tiles_encoded: 2048 }],
        resident_bytes: 3 << 30,
        state: WorkerState::Draining,
        running: vec![a_try()],
    }
}

pub(crate) fn directives() -> Directives {
    Directives { cancelled: vec![Wave { run: run_id(), epoch: 4, wave: 17 }], please_rejoin: true }
}

pub(crate) fn begin() -> Begin {
    Begin { caller: caller(), a_try: a_try() }
}

pub(crate) fn end() -> End {
    let error = ShardError::new(ErrorKind::Data, "slide 12 is cut short");
    End { caller: caller(), a_try: a_try(), outcome: Err(error) }
}

fn a_try() -> Try {
    Try {
        ticket: Ticket { run: run_id(), store: "s3://out/runs".to_owned(), epoch: 4, wave: 17 },
        stage: Stage::Embed,
        shard: ShardId::new("0011223344556677-000128").unwrap(),
        attempt: AttemptId::new("7b0c5d1e").unwrap(),
    }
}

pub(crate) fn run_id() -> RunId {
    RunId::new("0123456789abcdef").unwrap()
}
