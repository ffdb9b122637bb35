//! Why a call failed, in words: the cause of a failed connection lies deep in what tonic reports.

use std::error::Error as StdError;
use std::io;

use rustls::{CertificateError, Error as TlsError};
use tonic::Status;

/// What rustls writes before the name of an alert. With TLS 1.3 a client learns only after its own handshake that its
/// certificate was refused; by then the HTTP/2 library has turned the error into its text.
const ALERT: &str = "received fatal alert: ";

/// Why a call ended with `status`: a server's own words, or the innermost cause of a connection that failed, with what
/// to do where a certificate was at fault. Where a refusing server closed the connection before its reason arrived,
/// only that is known.
#[must_use]
pub fn reason(status: &Status) -> String {
    let causes = causes(status);
    let tls = causes.iter().find_map(|cause| cause.downcast_ref::<TlsError>()).map(of_tls);
    let alert = || causes.iter().find_map(|cause| cause.to_string().split_once(ALERT).map(|(_, name)| of_alert(name)));
    tls.or_else(alert).unwrap_or_else(|| chain(status, &causes))
}

type Cause = dyn StdError + 'static;

/// Every cause, outermost first.
fn causes(status: &Status) -> Vec<&Cause> {
    std::iter::successors(status.source(), |cause| within(*cause)).collect()
}

/// An `io::Error` does not give out what it wraps as its source.
fn within(cause: &Cause) -> Option<&Cause> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

fn chain(status: &Status, causes: &[&Cause]) -> String {
    let mut text = if status.message().is_empty() { status.code().to_string() } else { status.message().to_owned() };
    for cause in causes.iter().map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn of_tls(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(fault) => of_server_certificate(fault),
        TlsError::AlertReceived(alert) => of_alert(&format!("{alert:?}")),
        TlsError::InvalidMessage(_) => format!("the server does not speak TLS ({error}): check the port"),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn of_server_certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::Other(ours) => ours.to_string(),
        // An authority that was made anew under its old name shows as a bad signature.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate was not signed by the authority this process trusts: check the ca file of both"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the server's certificate is over ({fault}): it needs a new one, if this machine's clock is right")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("{fault}: dial the server under such a name, or have its certificate issued for this one")
        }
        other => format!("the server's certificate was refused: {other}"),
    }
}

/// `name` as rustls prints it: the start of a text.
fn of_alert(name: &str) -> String {
    let name = name.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
    let why = match name {
        "CertificateExpired" => "has expired, or the clocks differ: ask the authority that issued it for a new one",
        "CertificateRequired" => "is missing: give one in the credentials",
        "UnknownCA" | "DecryptError" => {
            "was not signed by the authority that the server trusts: check the ca file of both"
        }
        _ => return format!("the server ended the TLS handshake ({name}): its log says more"),
    };
    format!("the server refused this process's certificate ({name}): it {why}")
}

/// Whether the call ended without a word of the server: its connection was refused, failed, was lost, or nothing came
/// in time. tonic gives a stream on a lost connection the code `UNKNOWN`, as if the server had failed. What the server
/// did of the call is not known.
#[must_use]
pub fn is_lost(status: &Status) -> bool {
    // A status that came over the wire has no cause on this side.
    status.source().is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn failed(cause: impl StdError + Send + Sync + 'static) -> Status {
        let mut status = Status::unavailable("transport error");
        status.set_source(Arc::new(cause));
        status
    }

    #[test]
    fn the_innermost_cause_is_told() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(reason(&failed(refused)), "transport error: connection refused");
        assert_eq!(reason(&Status::permission_denied("no role may call this path")), "no role may call this path");
        assert_eq!(reason(&Status::new(tonic::Code::Internal, "")), "Internal error");
    }

    #[test]
    fn a_server_s_own_word_is_no_loss() {
        assert!(is_lost(&failed(io::Error::from(io::ErrorKind::BrokenPipe))));
        assert!(!is_lost(&Status::unknown("the server's own")));
    }

    #[test]
    fn a_fault_of_tls_is_found_within_io_errors_and_in_texts() {
        let unknown = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        let text = reason(&failed(io::Error::other(unknown)));
        assert!(text.contains("not signed by the authority"), "{text}");
        for alert in ["UnknownCA", "DecryptError"] {
            let text = reason(&failed(io::Error::other(format!("received fatal alert: {alert}"))));
            assert!(text.contains("not signed by the authority that the server trusts"), "{text}");
        }
        let text = reason(&failed(io::Error::other("received fatal alert: CertificateExpired (x)")));
        assert!(text.contains("(CertificateExpired): it has expired"), "{text}");
    }
}
