//! Malformed messages: each is refused as `Invalid`, and the fault names its field.

use std::fmt::Debug;

use proptest::prelude::*;
use prost::Message;
use renkei_domain::ErrorKind;
use renkei_proto::runs::{Accepted, Run, Submission, Worker};
use renkei_proto::workers::{Announcement, Beat, Begin, Directives, End, Permission, Welcome};
use renkei_proto::{PROTOCOL, WireError, v1};
use v1::begin_response::Permission as WirePermission;
use v1::run::State;

use crate::samples;

type Change<W> = fn(&mut W);

/// Each change of the sample is refused with a fault of its field.
fn refused<W, T>(sample: T, changes: &[(&str, Change<W>)])
where
    W: From<T>,
    T: TryFrom<W, Error = WireError> + Clone + Debug,
{
    for (field, change) in changes {
        let mut message = W::from(sample.clone());
        change(&mut message);
        let error = T::try_from(message).expect_err(field);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let names = format!("message field '{field}': ");
        assert!(error.to_string().starts_with(&names), "{error} should name {field}");
    }
}

#[test]
fn submissions() {
    refused::<v1::SubmitRequest, Submission>(
        samples::submission(),
        &[
            ("spec_json", |m| m.spec_json = " ".to_owned()),
            ("base_url", |m| m.base_url.clear()),
            ("base_url", |m| m.base_url = "x".repeat(4097)),
            ("name", |m| m.name = Some(String::new())),
            ("name", |m| m.name = Some("a\u{1b}[31m".to_owned())),
            ("priority", |m| m.priority = 101),
            ("priority", |m| m.priority = i32::MIN),
        ],
    );
    refused::<v1::SubmitResponse, Accepted>(samples::accepted(), &[("run", |m| m.run.clear())]);
}

#[test]
fn runs() {
    refused::<v1::Run, Run>(
        samples::run(),
        &[
            ("id", |m| m.id = "x".repeat(257)),
            ("name", |m| m.name.clear()),
            ("state", |m| m.state = None),
            ("running.stage", |m| m.state = Some(State::Running(v1::Running { stage: 0 }))),
            ("running.stage", |m| m.state = Some(State::Running(v1::Running { stage: 9 }))),
            ("sealed.merkle_root", |m| m.state = Some(State::Sealed(v1::Sealed { merkle_root: vec![0; 31] }))),
            ("stopped.kind", |m| m.state = Some(State::Stopped(v1::Stopped { kind: -1, reason: String::new() }))),
            ("priority", |m| m.priority = -101),
            ("submitted_unix_ms", |m| m.submitted_unix_ms = i64::MAX),
            ("since_unix_ms", |m| m.since_unix_ms = i64::MIN),
            ("stages[0].stage", |m| m.stages[0].stage = 99),
            ("stages[0].tiles_per_second", |m| m.stages[0].tiles_per_second = f64::NAN),
            ("stages[1].tiles_per_second", |m| {
                m.stages.push(v1::StageProgress { tiles_per_second: -1.0, ..m.stages[0] });
            }),
        ],
    );
}

#[test]
fn workers() {
    refused::<v1::Worker, Worker>(
        samples::worker(),
        &[
            ("id", |m| m.id = "a\nb".to_owned()),
            ("equipment", |m| m.equipment = None),
            ("equipment.slots", |m| m.equipment.as_mut().unwrap().slots = 0),
            ("state", |m| m.state = -1),
        ],
    );
    refused::<v1::Announcement, Announcement>(
        samples::announcement(),
        &[
            ("caller", |m| m.caller = None),
            ("caller.worker", |m| m.caller.as_mut().unwrap().worker.clear()),
            ("protocol", |m| m.protocol = 0),
            ("protocol", |m| *m = v1::Announcement { protocol: PROTOCOL + 1, ..v1::Announcement::default() }),
            ("equipment.slots", |m| m.equipment.as_mut().unwrap().slots = u32::MAX),
            ("equipment.memory_bytes", |m| m.equipment.as_mut().unwrap().memory_bytes = 0),
            ("equipment.software", |m| m.equipment.as_mut().unwrap().software.clear()),
            ("equipment.execution_class", |m| m.equipment.as_mut().unwrap().execution_class = Some("a\0".to_owned())),
            ("equipment.pools", |m| m.equipment.as_mut().unwrap().pools = vec!["a".to_owned(); 33]),
            ("equipment.pools[1]", |m| m.equipment.as_mut().unwrap().pools[1] = "GPU".to_owned()),
            ("equipment.pools[0]", |m| m.equipment.as_mut().unwrap().pools[0] = "x".repeat(65)),
            ("equipment.pools[0]", |m| m.equipment.as_mut().unwrap().pools[0].clear()),
        ],
    );
    refused::<v1::Welcome, Welcome>(
        samples::welcome(),
        &[
            ("beat_interval_ms", |m| m.beat_interval_ms = 0),
            ("lost_after_ms", |m| m.lost_after_ms = m.beat_interval_ms),
            ("scheduler", |m| m.scheduler = None),
            ("scheduler.engine", |m| m.scheduler.as_mut().unwrap().engine.clear()),
        ],
    );
    refused::<v1::BeatRequest, Beat>(
        samples::beat(),
        &[
            ("state", |m| m.state = 3),
            ("state", |m| m.state = 0),
            ("progress[0].run", |m| m.progress[0].run.clear()),
            ("running[0].shard", |m| m.running[0].shard.clear()),
        ],
    );
    refused::<v1::Directives, Directives>(
        samples::directives(),
        &[("cancelled[0].run", |m| m.cancelled[0].run.clear())],
    );
}

#[test]
fn tries() {
    refused::<v1::BeginRequest, Begin>(
        samples::begin(),
        &[
            ("caller", |m| m.caller = None),
            ("a_try", |m| m.a_try = None),
            ("a_try.ticket", |m| m.a_try.as_mut().unwrap().ticket = None),
            ("a_try.ticket.run", |m| m.a_try.as_mut().unwrap().ticket.as_mut().unwrap().run.clear()),
            ("a_try.ticket.store", |m| m.a_try.as_mut().unwrap().ticket.as_mut().unwrap().store.clear()),
            ("a_try.stage", |m| m.a_try.as_mut().unwrap().stage = 0),
            ("a_try.shard", |m| m.a_try.as_mut().unwrap().shard.clear()),
            ("a_try.attempt", |m| m.a_try.as_mut().unwrap().attempt.clear()),
        ],
    );
    refused::<v1::EndRequest, End>(
        samples::end(),
        &[
            ("outcome", |m| m.outcome = None),
            ("failed.kind", |m| m.outcome = Some(v1::end_request::Outcome::Failed(v1::ErrorDetail::default()))),
        ],
    );
    refused::<v1::BeginResponse, Permission>(
        Permission::Go,
        &[
            ("permission", |m| m.permission = None),
            ("refused.kind", |m| m.permission = Some(WirePermission::Refused(v1::ErrorDetail::default()))),
        ],
    );
}

/// Cuts and flips bits of real messages: read as every message, each ends in a value or in `Invalid`, never in a panic.
fn survives<W: Message + Default, T: TryFrom<W, Error = WireError>>(bytes: &[u8]) {
    if let Ok(Err(error)) = W::decode(bytes).map(T::try_from) {
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(which in 0_usize..4, cut in 0_usize..200, at in 0_usize..200, flip in 1_u8..) {
        let mut bytes = match which {
            0 => v1::Run::from(samples::run()).encode_to_vec(),
            1 => v1::Announcement::from(samples::announcement()).encode_to_vec(),
            2 => v1::EndRequest::from(samples::end()).encode_to_vec(),
            _ => v1::BeatRequest::from(samples::beat()).encode_to_vec(),
        };
        bytes.truncate(bytes.len() - cut % bytes.len());
        let at = at % bytes.len();
        bytes[at] ^= flip;
        survives::<v1::Run, Run>(&bytes);
        survives::<v1::Worker, Worker>(&bytes);
        survives::<v1::SubmitRequest, Submission>(&bytes);
        survives::<v1::Announcement, Announcement>(&bytes);
        survives::<v1::Welcome, Welcome>(&bytes);
        survives::<v1::BeatRequest, Beat>(&bytes);
        survives::<v1::Directives, Directives>(&bytes);
        survives::<v1::BeginRequest, Begin>(&bytes);
        survives::<v1::BeginResponse, Permission>(&bytes);
        survives::<v1::EndRequest, End>(&bytes);
    }
}
