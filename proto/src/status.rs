//! Errors through a gRPC status: a code that every tool understands, and beside it the exact kind and text.
//!
//! The details are laid out as `google.rpc.Status` with one `renkei.v1.ErrorDetail`, where other tools look for them. A
//! status without them comes from a proxy, an older server or the way there; its kind is then inferred.

use std::error::Error;
use std::fmt::Display;

use prost::Message;
use prost_types::Any;
use renkei_domain::ErrorKind;
use tonic::{Code, Status};

use crate::{WireError, v1};

/// The longest text sent, in bytes: it travels three times in one header block, for which many peers take 16 KiB at most.
pub const MAX_TEXT_BYTES: usize = 2048;

const DETAIL_URL: &str = "type.googleapis.com/renkei.v1.ErrorDetail";

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// The status that carries a failure of `kind`. Text longer than [`MAX_TEXT_BYTES`] is cut.
#[must_use]
pub fn status_of(kind: ErrorKind, message: impl Display) -> Status {
    let message = cut(message.to_string());
    let code = code_of(kind);
    let detail = v1::ErrorDetail::of(kind, message.clone());
    let detail = Any { type_url: DETAIL_URL.to_owned(), value: detail.encode_to_vec() };
    let details = RpcStatus { code: code.into(), message: message.clone(), details: vec![detail] };
    Status::with_details(code, message, details.encode_to_vec().into())
}

impl From<WireError> for Status {
    fn from(error: WireError) -> Self {
        status_of(error.kind(), error)
    }
}

/// The failure that a status carries, exactly where it has details, else inferred from its code.
impl From<Status> for WireError {
    fn from(status: Status) -> Self {
        match detail_of(&status) {
            Some((kind, message)) => Self::Answer { kind, message },
            None => Self::Answer { kind: inferred_kind(&status), message: inferred_text(&status) },
        }
    }
}

impl From<tonic::transport::Error> for WireError {
    fn from(error: tonic::transport::Error) -> Self {
        Self::Answer { kind: ErrorKind::Unavailable, message: with_causes(error.to_string(), &error) }
    }
}

/// The code that other tools understand.
fn code_of(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Conflict => Code::AlreadyExists,
        ErrorKind::Fenced => Code::FailedPrecondition,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Exhausted => Code::ResourceExhausted,
        ErrorKind::Data => Code::DataLoss,
        ErrorKind::Denied => Code::PermissionDenied,
        ErrorKind::Internal => Code::Internal,
    }
}

/// The exact failure, if the status carries one that is understood here.
fn detail_of(status: &Status) -> Option<(ErrorKind, String)> {
    let details = RpcStatus::decode(status.details()).ok()?.details;
    let ours = details.into_iter().find(|any| any.type_url == DETAIL_URL)?;
    v1::ErrorDetail::decode(ours.value.as_slice()).ok()?.read().ok()
}

/// Never `Fenced`: only a coordinator itself may tell a worker to stop committing.
fn inferred_kind(status: &Status) -> ErrorKind {
    if status.source().is_some() {
        return ErrorKind::Unavailable; // made on this side, from what broke on the way
    }
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => ErrorKind::Unavailable,
        Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented => ErrorKind::Invalid,
        Code::NotFound => ErrorKind::NotFound,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => ErrorKind::Conflict,
        Code::PermissionDenied | Code::Unauthenticated => ErrorKind::Denied,
        Code::ResourceExhausted => ErrorKind::Exhausted,
        Code::DataLoss => ErrorKind::Data,
        Code::Ok | Code::Unknown | Code::Internal => ErrorKind::Internal,
    }
}

fn inferred_text(status: &Status) -> String {
    let said = if status.message().is_empty() { status.code().description() } else { status.message() };
    match status.code() {
        Code::Unimplemented => format!("{said}: the server is older than this program, or is no coordinator"),
        _ => with_causes(said.to_owned(), status),
    }
}

/// `text` and every cause of `error` that says something new.
fn with_causes(mut text: String, error: &dyn Error) -> String {
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

fn cut(mut text: String) -> String {
    const MARK: &str = "...";
    if text.len() > MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES - MARK.len()));
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests;
