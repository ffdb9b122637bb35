//! What a failed request says about whether it was done.

use std::error::Error as _;

use etcd_client::Error;
use renkei_domain::ErrorKind;
use tonic::{Code, ConnectError, Status};

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It was certainly not done: ask another member, or again later.
    NotDone,
    /// It may have been done, and may even be done later: only a read may simply be asked again.
    Unknown,
    /// It was certainly not done, and every member would say so again.
    Wrong(ErrorKind),
}

impl Certainty {
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::NotDone | Self::Unknown => ErrorKind::Unavailable,
            Self::Wrong(kind) => kind,
        }
    }
}

/// Decides for an error of the client library. Whatever is not known to be harmless is `Unknown`.
pub(crate) fn judge(error: &Error) -> Certainty {
    match error {
        Error::GRpcStatus(status) if never_sent(status) => Certainty::NotDone,
        Error::GRpcStatus(status) => judge_status(status.code(), status.message()),
        // Files and texts that the library could not use; these come before anything is sent.
        Error::InvalidArgs(_) | Error::InvalidUri(_) | Error::TransportError(_) | Error::InvalidMetadataValue(_) => {
            Certainty::Wrong(ErrorKind::Invalid)
        }
        _ => Certainty::Unknown,
    }
}

/// Whether there was no connection to send it over.
fn never_sent(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if error.is::<ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// etcd's own words: <https://github.com/etcd-io/etcd/blob/v3.4.23/etcdserver/api/v3rpc/rpctypes/error.go>. The same codes
/// come from proxies and from HTTP/2 itself, where they promise nothing.
fn judge_status(code: Code, message: &str) -> Certainty {
    let Some(words) = message.strip_prefix("etcdserver: ") else {
        return match code {
            Code::Unimplemented => Certainty::Wrong(ErrorKind::Invalid),
            _ => Certainty::Unknown,
        };
    };
    match code {
        // Both are said before a request goes to the other members.
        Code::Unavailable if words == "no leader" => Certainty::NotDone,
        Code::ResourceExhausted if words == "too many requests" => Certainty::NotDone,
        Code::ResourceExhausted => Certainty::Wrong(ErrorKind::Exhausted),
        Code::InvalidArgument if words.starts_with("authentication failed") || words == "user name is empty" => {
            Certainty::Wrong(ErrorKind::Denied)
        }
        Code::PermissionDenied | Code::Unauthenticated => Certainty::Wrong(ErrorKind::Denied),
        Code::InvalidArgument | Code::FailedPrecondition => Certainty::Wrong(ErrorKind::Invalid),
        Code::DataLoss => Certainty::Wrong(ErrorKind::Data),
        _ => Certainty::Unknown,
    }
}

/// What to do about it.
pub(crate) fn advice(error: &Error) -> &'static str {
    match judge(error) {
        Certainty::NotDone => "try again, and check the endpoints, the network and certificates if it stays so",
        Certainty::Unknown => "a transaction may or may not have been committed: read, then try again",
        Certainty::Wrong(ErrorKind::Exhausted) => {
            "compact and defragment etcd or raise its quota, then disarm its alarm"
        }
        Certainty::Wrong(ErrorKind::Denied) => "check the user, its password and its role's permissions in etcd",
        Certainty::Wrong(ErrorKind::Data) => "its members disagree: restore etcd from a snapshot",
        Certainty::Wrong(_) => {
            "check the endpoints and files given, and that etcd has its default limits or higher ones"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_was_never_made_did_nothing() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut client = etcd_client::Client::connect([format!("http://{closed}")], None).await.unwrap();
        let error = client.put("a", "1", None).await.unwrap_err();
        assert_eq!(judge(&error), Certainty::NotDone, "{error:?}");
        let unavailable = Error::GRpcStatus(Status::unavailable("connection refused"));
        assert_eq!(judge(&unavailable), Certainty::Unknown, "words of others prove nothing");
    }

    #[test]
    fn words_of_etcd_say_what_was_done() {
        use Certainty::{NotDone, Unknown, Wrong};
        for (code, message, expected) in [
            (Code::Unavailable, "etcdserver: no leader", NotDone),
            (Code::ResourceExhausted, "etcdserver: too many requests", NotDone),
            (Code::Unavailable, "etcdserver: leader changed", Unknown),
            (Code::Unavailable, "etcdserver: server stopped", Unknown),
            (Code::Unavailable, "etcdserver: request timed out, possibly due to previous leader failure", Unknown),
            (Code::OutOfRange, "etcdserver: mvcc: required revision has been compacted", Unknown),
            (Code::ResourceExhausted, "h2 protocol error: too many pings", Unknown),
            (Code::PermissionDenied, "h2 protocol error: inadequate security", Unknown),
            (Code::Cancelled, "operation was canceled", Unknown),
            (Code::ResourceExhausted, "etcdserver: mvcc: database space exceeded", Wrong(ErrorKind::Exhausted)),
            (Code::InvalidArgument, "etcdserver: request is too large", Wrong(ErrorKind::Invalid)),
            (Code::PermissionDenied, "etcdserver: permission denied", Wrong(ErrorKind::Denied)),
            (Code::Unauthenticated, "etcdserver: invalid auth token", Wrong(ErrorKind::Denied)),
            (
                Code::InvalidArgument,
                "etcdserver: authentication failed, invalid user ID or password",
                Wrong(ErrorKind::Denied),
            ),
            (Code::DataLoss, "etcdserver: corrupt cluster", Wrong(ErrorKind::Data)),
            (Code::Unimplemented, "unknown service etcdserverpb.KV", Wrong(ErrorKind::Invalid)),
        ] {
            assert_eq!(judge(&Error::GRpcStatus(Status::new(code, message))), expected, "{message}");
        }
    }
}
