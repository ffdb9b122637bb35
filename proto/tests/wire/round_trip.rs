//! Whatever the domain can say arrives as it was said.

use std::fmt::Debug;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use prost::Message;
use renkei_domain::plan::Stage;
use renkei_domain::{AttemptId, Digest, ErrorKind, RunId, ShardId, WorkerId};
use renkei_proto::runs::{Accepted, Run, RunState, StageProgress, Submission, Worker};
use renkei_proto::workers::{
    Announcement, Beat, Begin, Directives, End, Equipment, Permission, RunProgress, Wave, Welcome, WorkerState,
};
use renkei_proto::{PROTOCOL, WireError, v1};
use renkei_runtime::Timestamp;
use renkei_stage::{ExecutorId, ShardError, Ticket, Try};

use crate::samples;

/// Through the wire's bytes and back.
fn arrives<W, T>(said: T)
where
    W: Message + Default + From<T>,
    T: TryFrom<W, Error = WireError> + Clone + PartialEq + Debug,
{
    let bytes = W::from(said.clone()).encode_to_vec();
    assert_eq!(T::try_from(W::decode(bytes.as_slice()).unwrap()).unwrap(), said);
}

fn line() -> impl Strategy<Value = String> {
    "[^\\p{C}\\s]\\PC{0,40}"
}

fn run_id() -> impl Strategy<Value = RunId> {
    line().prop_map(|text| RunId::new(text).unwrap())
}

fn worker_id() -> impl Strategy<Value = WorkerId> {
    line().prop_map(|text| WorkerId::new(text).unwrap())
}

fn stage() -> impl Strategy<Value = Stage> {
    select(&Stage::ALL[..])
}

fn kind() -> impl Strategy<Value = ErrorKind> {
    use ErrorKind::{Conflict, Data, Denied, Exhausted, Fenced, Internal, Invalid, NotFound, Unavailable};
    select(vec![Invalid, NotFound, Conflict, Fenced, Unavailable, Exhausted, Data, Denied, Internal])
}

fn millis() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_millis)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0_i64..253_402_300_800_000).prop_map(|ms| Timestamp::from_unix_millis(ms).unwrap())
}

fn error() -> impl Strategy<Value = ShardError> {
    (kind(), any::<String>()).prop_map(|(kind, message)| ShardError { kind, message })
}

fn caller() -> impl Strategy<Value = ExecutorId> {
    (worker_id(), any::<u64>()).prop_map(|(worker, incarnation)| ExecutorId { worker, incarnation })
}

fn equipment() -> impl Strategy<Value = Equipment> {
    (line(), option::of(line()), 1_u32..=1024, 1_u64.., vec("[a-z0-9._-]{1,64}", 0..4)).prop_map(
        |(software, execution_class, slots, memory_bytes, pools)| Equipment {
            software,
            execution_class,
            slots,
            memory_bytes,
            pools,
        },
    )
}

fn a_try() -> impl Strategy<Value = Try> {
    (run_id(), line(), any::<(u64, u64)>(), stage(), line(), line()).prop_map(
        |(run, store, (epoch, wave), stage, shard, attempt)| Try {
            ticket: Ticket { run, store, epoch, wave },
            stage,
            shard: ShardId::new(shard).unwrap(),
            attempt: AttemptId::new(attempt).unwrap(),
        },
    )
}

fn run_state() -> impl Strategy<Value = RunState> {
    prop_oneof![
        Just(RunState::Queued),
        stage().prop_map(|stage| RunState::Running { stage }),
        any::<[u8; 32]>().prop_map(|bytes| RunState::Sealed { merkle_root: Digest::from(bytes) }),
        (kind(), any::<String>()).prop_map(|(kind, reason)| RunState::Stopped { kind, reason }),
        Just(RunState::Cancelled),
    ]
}

fn stage_progress() -> impl Strategy<Value = StageProgress> {
    (stage(), any::<[u64; 6]>(), 0.0..1e9).prop_map(
        |(stage, [planned, committed, in_flight, set_aside, tiles_looked_at, tiles_encoded], tiles_per_second)| {
            StageProgress {
                stage,
                planned,
                committed,
                in_flight,
                set_aside,
                tiles_looked_at,
                tiles_encoded,
                tiles_per_second,
            }
        },
    )
}

proptest! {
    #[test]
    fn submissions(
        spec_json in "[^\\s]\\PC{0,80}", base_url in line(), name in option::of(line()), priority in -100..=100, run in run_id(),
        is_new: bool,
    ) {
        arrives::<v1::SubmitRequest, _>(Submission { spec_json, base_url, name, priority });
        arrives::<v1::GetRequest, _>(run.clone());
        arrives::<v1::WatchRequest, _>(run.clone());
        arrives::<v1::CancelRequest, _>(run.clone());
        arrives::<v1::SubmitResponse, _>(Accepted { run, is_new });
    }

    #[test]
    fn runs(
        (id, name, leader) in (run_id(), line(), any::<String>()), state in run_state(), priority in -100..=100,
        (submitted, since) in (time(), time()), submitted_by: String, stages in vec(stage_progress(), 0..4), epoch: u64,
    ) {
        arrives::<v1::Run, _>(Run { id, name, state, priority, submitted, since, submitted_by, stages, epoch, leader });
    }

    #[test]
    fn workers(
        id in worker_id(), equipment in equipment(), busy: u32, resident_bytes: u64, silent in millis(),
        state in select(vec![WorkerState::Working, WorkerState::Draining]),
    ) {
        arrives::<v1::Worker, _>(Worker { id, equipment, busy, resident_bytes, state, silent });
    }

    #[test]
    fn membership(
        caller in caller(), equipment in equipment(), (epoch, beat, more) in (any::<u64>(), 1..1_u64 << 40, 1..1_u64 << 40),
        leader: String, engine in line(),
    ) {
        let (beat_interval, lost_after) = (Duration::from_millis(beat), Duration::from_millis(beat + more));
        arrives::<v1::Welcome, _>(Welcome { epoch, leader, beat_interval, lost_after, engine });
        arrives::<v1::LeaveRequest, _>(caller.clone());
        arrives::<v1::Announcement, _>(Announcement { caller, protocol: PROTOCOL, equipment });
    }

    #[test]
    fn beats(
        caller in caller(), runs in vec((run_id(), any::<(u64, u64)>()), 0..4), resident_bytes: u64, please_rejoin: bool,
        running in vec(a_try(), 0..3), state in select(vec![WorkerState::Working, WorkerState::Draining]),
    ) {
        let wave = |(run, (epoch, wave)): &(RunId, (u64, u64))| Wave { run: run.clone(), epoch: *epoch, wave: *wave };
        let cancelled = runs.iter().map(wave).collect();
        let progress = |(run, (tiles_looked_at, tiles_encoded))| RunProgress { run, tiles_looked_at, tiles_encoded };
        let progress = runs.into_iter().map(progress).collect();
        arrives::<v1::Directives, _>(Directives { cancelled, please_rejoin });
        arrives::<v1::BeatRequest, _>(Beat { caller, progress, resident_bytes, state, running });
    }

    #[test]
    fn tries(caller in caller(), a_try in a_try(), error in error(), wait in millis()) {
        arrives::<v1::BeginRequest, _>(Begin { caller: caller.clone(), a_try: a_try.clone() });
        for permission in
            [Permission::Go, Permission::NotWanted, Permission::Wait(wait), Permission::Refused(error.clone())]
        {
            arrives::<v1::BeginResponse, _>(permission);
        }
        for outcome in [Ok(()), Err(error)] {
            arrives::<v1::EndRequest, _>(End { caller: caller.clone(), a_try: a_try.clone(), outcome });
        }
    }
}

#[test]
fn every_state_of_a_run_arrives() {
    for state in samples::states() {
        arrives::<v1::Run, _>(Run { state, ..samples::run() });
    }
}
