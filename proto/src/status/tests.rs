use super::*;

const KINDS: [ErrorKind; 9] = [
    ErrorKind::Invalid,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
    ErrorKind::Fenced,
    ErrorKind::Unavailable,
    ErrorKind::Exhausted,
    ErrorKind::Data,
    ErrorKind::Denied,
    ErrorKind::Internal,
];

fn kind(status: Status) -> ErrorKind {
    WireError::from(status).kind()
}

#[test]
fn every_kind_and_its_text_survive() {
    for kind in KINDS {
        let error = WireError::Answer { kind, message: "連携 failed:\n line 2 % \"x\"".to_owned() };
        assert_eq!(WireError::from(Status::from(error.clone())), error);
    }
}

#[test]
fn kinds_have_codes_of_their_own_that_mean_the_same_to_others() {
    let codes: std::collections::BTreeSet<i32> = KINDS.iter().map(|&kind| code_of(kind).into()).collect();
    assert_eq!(codes.len(), KINDS.len());
    for sent in KINDS.into_iter().filter(|kind| *kind != ErrorKind::Fenced) {
        assert_eq!(kind(Status::new(code_of(sent), "no details")), sent);
    }
}

#[test]
fn a_field_fault_arrives_as_invalid_with_its_field() {
    let error = WireError::from(Status::from(WireError::field("priority", "is 101")));
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.to_string(), "message field 'priority': is 101");
}

#[test]
fn no_proxy_can_fence_a_worker() {
    for code in (0..=16).map(Code::from_i32) {
        assert_ne!(kind(Status::new(code, "")), ErrorKind::Fenced, "{code:?}");
    }
}

#[test]
fn timeouts_and_what_breaks_on_the_way_are_unavailable() {
    assert_eq!(kind(Status::cancelled("Timeout expired")), ErrorKind::Unavailable);
    assert_eq!(kind(Status::deadline_exceeded("")), ErrorKind::Unavailable);
    let broken = Status::from_error(Box::new(std::io::Error::other("connection reset")));
    assert_eq!(broken.code(), Code::Unknown);
    assert_eq!(kind(broken), ErrorKind::Unavailable);
}

#[test]
fn a_status_without_a_word_still_says_something() {
    assert!(!WireError::from(Status::new(Code::Unknown, "")).to_string().is_empty());
    let older = WireError::from(Status::unimplemented(""));
    assert_eq!(older.kind(), ErrorKind::Invalid);
    assert!(older.to_string().contains("older than this program"), "{older}");
}

#[test]
fn details_that_are_not_understood_leave_the_code_to_speak() {
    let newer = v1::ErrorDetail { kind: 99, message: "a kind of tomorrow".to_owned() };
    let any = |value| Any { type_url: DETAIL_URL.to_owned(), value };
    for value in [newer.encode_to_vec(), b"\xff\xff".to_vec()] {
        let details = RpcStatus { code: 5, message: String::new(), details: vec![any(value)] }.encode_to_vec();
        let error = WireError::from(Status::with_details(Code::NotFound, "no such run", details.into()));
        assert_eq!(error, WireError::Answer { kind: ErrorKind::NotFound, message: "no such run".to_owned() });
    }
    assert_eq!(kind(Status::with_details(Code::Aborted, "", b"\xff".to_vec().into())), ErrorKind::Conflict);
}

#[test]
fn details_of_others_are_passed_over() {
    let ours = status_of(ErrorKind::Data, "broken slide");
    let mut details = RpcStatus::decode(ours.details()).unwrap();
    details.details.insert(0, Any { type_url: "type.googleapis.com/google.rpc.DebugInfo".to_owned(), value: vec![1] });
    let mixed = Status::with_details(Code::Unknown, "", details.encode_to_vec().into());
    assert_eq!(WireError::from(mixed).to_string(), "broken slide");
}

#[test]
fn long_text_is_cut_between_characters() {
    let status = status_of(ErrorKind::Invalid, "連".repeat(1000));
    assert!(status.message().len() <= MAX_TEXT_BYTES);
    assert!(status.message().ends_with("連..."));
    let whole = "x".repeat(MAX_TEXT_BYTES);
    assert_eq!(status_of(ErrorKind::Invalid, &whole).message(), whole);
}
