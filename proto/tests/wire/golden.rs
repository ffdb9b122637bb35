//! Bytes of version 1, written down once: they are read and written the same for ever.

use std::fmt::Debug;

use prost::Message;
use renkei_proto::WireError;
use renkei_proto::runs::{Accepted, Run, Submission, Worker};
use renkei_proto::workers::{Announcement, Beat, Begin, Directives, End, Equipment, Welcome};
use renkei_proto::{status, v1};

use crate::samples;

/// Golden bytes are written and read as ever, and read the same where a newer side has added a field.
fn holds<W, T>(golden: &str, sample: T)
where
    W: Message + Default + From<T>,
    T: TryFrom<W, Error = WireError> + Clone + PartialEq + Debug,
{
    let bytes = W::from(sample.clone()).encode_to_vec();
    assert_eq!(hex::encode(&bytes), golden.trim(), "the bytes of {sample:?} have changed");
    let read = |bytes: &[u8]| T::try_from(W::decode(bytes).unwrap()).unwrap();
    assert_eq!(read(&bytes), sample);
    assert_eq!(read(&[&bytes, UNKNOWN_FIELD].concat()), sample);
}

/// Field 1000, text "new".
const UNKNOWN_FIELD: &[u8] = b"\xc2\x3e\x03new";

#[test]
fn messages_of_users() {
    holds::<v1::SubmitRequest, Submission>(include_str!("../golden/submission.hex"), samples::submission());
    holds::<v1::SubmitResponse, Accepted>(include_str!("../golden/accepted.hex"), samples::accepted());
    holds::<v1::Run, Run>(include_str!("../golden/run.hex"), samples::run());
    holds::<v1::Worker, Worker>(include_str!("../golden/worker.hex"), samples::worker());
}

#[test]
fn messages_of_workers() {
    holds::<v1::Announcement, Announcement>(include_str!("../golden/announcement.hex"), samples::announcement());
    holds::<v1::Welcome, Welcome>(include_str!("../golden/welcome.hex"), samples::welcome());
    holds::<v1::BeatRequest, Beat>(include_str!("../golden/beat.hex"), samples::beat());
    holds::<v1::Directives, Directives>(include_str!("../golden/directives.hex"), samples::directives());
    holds::<v1::BeginRequest, Begin>(include_str!("../golden/begin.hex"), samples::begin());
    holds::<v1::EndRequest, End>(include_str!("../golden/end.hex"), samples::end());
}

#[test]
fn status_details() {
    let golden = include_str!("../golden/status.hex");
    let status = status::status_of(renkei_domain::ErrorKind::Fenced, "another leads since epoch 5");
    assert_eq!(hex::encode(status.details()), golden.trim());
    assert_eq!(WireError::from(status).to_string(), "another leads since epoch 5");
}

/// What a side sends that knows only the fields without which a message has no meaning.
#[test]
fn messages_with_fewer_fields_take_the_defaults_that_are_written_down() {
    let older: Submission = from_hex::<v1::SubmitRequest, _>("0a027b7d120373333a".to_owned());
    let expected = Submission { spec_json: "{}".into(), base_url: "s3:".into(), name: None, priority: 0 };
    assert_eq!(older, expected);

    let older: Announcement = from_hex::<v1::Announcement, _>("0a030a017710011a070a013018012001".to_owned());
    assert_eq!(older.caller.incarnation, 0);
    let software = "0".to_owned();
    assert_eq!(
        older.equipment,
        Equipment { software, execution_class: None, slots: 1, memory_bytes: 1, pools: vec![] }
    );

    let older: Beat = from_hex::<v1::BeatRequest, _>("0a030a01772001".to_owned());
    assert_eq!((older.progress, older.resident_bytes, older.running), (vec![], 0, vec![]));

    let older: Directives = from_hex::<v1::Directives, _>(String::new());
    assert_eq!(older, Directives::default());

    let older: Run = from_hex::<v1::Run, _>("0a017212016e1a00".to_owned());
    assert_eq!((older.priority, older.epoch, older.submitted.unix_millis(), older.stages), (0, 0, 0, vec![]));
    assert_eq!((older.submitted_by, older.leader), (String::new(), String::new()));
}

fn from_hex<W: Message + Default, T: TryFrom<W, Error = WireError>>(hex: String) -> T {
    T::try_from(W::decode(hex::decode(hex).unwrap().as_slice()).unwrap()).unwrap()
}
