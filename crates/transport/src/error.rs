//! Why a connection, a certificate or its files are refused.

use std::path::PathBuf;

use renkei_domain::ErrorKind;
use renkei_runtime::Timestamp;
use tonic::{Code, Status};

use crate::client::reason;
use crate::identity::{Identity, Role};

/// Why a certificate does not say clearly who its holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; it needs one URI name spiffe://<realm>/renkei/<role>/<name>, its realm a hospital (roles coordinator, worker, user) or a consortium (hub, site, lead)"
)]
pub struct Unclear(pub(crate) &'static str);

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}; check the path and that this user may read it", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}; a file that is there already is never overwritten: name another folder", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others than its owner can read a private key.
    #[error("others can read the private key {} (mode {mode:04o}): chmod 600 it, or make a new one if somebody may have read it", path.display())]
    KeyExposed {
        /// The key's file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that holds something else.
    #[error("{} holds no {what} that can be read: give a PEM file with one", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// This process's certificate names no holder.
    #[error("the certificate {} {unclear}", path.display())]
    Holder {
        /// The certificate's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        unclear: Unclear,
    },
    /// This process's certificate is over.
    #[error("the certificate {} expired at {until}, now it is {now}: ask the certificate authority that issued it for a new one", path.display())]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// Its last moment.
        until: Timestamp,
        /// The time of this process.
        now: Timestamp,
    },
    /// This process's certificate has not begun.
    #[error("the certificate {} is valid only from {from}, now it is {now}: check this machine's clock, or wait", path.display())]
    NotYetValid {
        /// The certificate's file.
        path: PathBuf,
        /// Its first moment.
        from: Timestamp,
        /// The time of this process.
        now: Timestamp,
    },
    /// Key and certificate are not a pair.
    #[error("the private key {} does not belong to the certificate {}: name the pair that was issued together", key.display(), certificate.display())]
    NotAPair {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// The authority that all peers trust did not sign this process's certificate for its use.
    #[error("the authority {} does not vouch for the certificate {}: {fault}; every peer would refuse it, ask that authority for one", ca.display(), certificate.display())]
    Untrusted {
        /// The authority's file.
        ca: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
        /// What the check said.
        fault: rustls::Error,
    },
    /// An authority that was kept, and cannot sign with what is there now.
    #[error("the authority's certificate {} {fault}; if its folder was changed, put back a copy of it", path.display())]
    NoAuthority {
        /// The certificate's file.
        path: PathBuf,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A request for a certificate that no authority signs.
    #[error("the certificate request {fault}: send one as this version makes it")]
    Request {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A certificate that came back for a request, and is not what was asked for.
    #[error("the certificate that the authority sent {fault}: nothing was written, ask who runs the authority")]
    Answer {
        /// What is wrong with it.
        fault: String,
    },
    /// A process whose role only dials wants to serve.
    #[error("the certificate of {holder} cannot serve: only one of the role coordinator or hub can")]
    CannotServe {
        /// Who the certificate names.
        holder: Identity,
    },
    /// A process that is no hub wants to enrol sites.
    #[error("the certificate of {holder} cannot enrol sites: only one of the role hub can")]
    NoHub {
        /// Who the certificate names.
        holder: Identity,
    },
    /// An authority's certificate that came as text, and cannot be read.
    #[error("the authority's certificate that came with the invitation cannot be read: ask for the invitation again")]
    NoTrust,
    /// A server's certificate names somebody else than the role that the caller dials, in the caller's realm.
    #[error(
        "the server is {met}, not a {role} of {realm}: check the address, and whose certificate that server was given"
    )]
    Stranger {
        /// Who the server's certificate names.
        met: Identity,
        /// The role that the caller dials.
        role: Role,
        /// The caller's realm.
        realm: String,
    },
    /// A server's address that cannot be dialled.
    #[error("the server address '{url}' {fault}: write it as https://host:port")]
    Address {
        /// As given.
        url: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// No server gave an answer.
    #[error("no server answered as asked:{}", listed(refusals))]
    Unanswered {
        /// Each address with what it, or the way there, said.
        refusals: Vec<(String, Status)>,
    },
    /// A rule of the gate that means nothing or contradicts another: a defect of the program.
    #[error("the rule for '{path}' {fault}")]
    Rule {
        /// The rule's path.
        path: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A time before 1970, or an end before its beginning.
    #[error("a certificate cannot be valid from {from} until {until}: give a later end, and years from 1970")]
    Validity {
        /// The first moment asked for.
        from: Timestamp,
        /// The last moment asked for.
        until: Timestamp,
    },
    /// The authority could not make a certificate.
    #[error("cannot make a certificate: {0}; host names hold only letters, digits, dots and hyphens")]
    Issue(#[from] rcgen::Error),
    /// The TLS library refused what was checked before: a defect.
    #[error("cannot set up TLS: {0}")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => file_kind(source),
            Self::Pem { .. }
            | Self::Holder { .. }
            | Self::NotAPair { .. }
            | Self::NoAuthority { .. }
            | Self::Request { .. }
            | Self::Answer { .. }
            | Self::NoTrust
            | Self::Address { .. }
            | Self::Validity { .. }
            | Self::Issue(_) => ErrorKind::Invalid,
            Self::KeyExposed { .. }
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::Untrusted { .. }
            | Self::CannotServe { .. }
            | Self::NoHub { .. }
            | Self::Stranger { .. } => ErrorKind::Denied,
            Self::Unanswered { refusals } => unanswered_kind(refusals),
            Self::Rule { .. } | Self::Setup(_) => ErrorKind::Internal,
        }
    }

    /// A server that is not who it should be.
    pub(crate) fn stranger(met: Identity, role: Role, realm: &str) -> Option<Self> {
        let expected = met.role() == role && met.realm() == realm;
        (!expected).then(|| Self::Stranger { met, role, realm: realm.to_owned() })
    }
}

fn file_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::StorageFull => ErrorKind::Exhausted,
        _ => ErrorKind::Invalid,
    }
}

/// Refused by all is [`ErrorKind::Denied`]; as long as one may yet answer, trying again may work.
fn unanswered_kind(refusals: &[(String, Status)]) -> ErrorKind {
    let denied =
        |(_, status): &(String, Status)| matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated);
    if !refusals.is_empty() && refusals.iter().all(denied) { ErrorKind::Denied } else { ErrorKind::Unavailable }
}

fn listed(refusals: &[(String, Status)]) -> String {
    refusals
        .iter()
        .map(|(url, status)| format!(" {url}: {};", reason(status)))
        .collect::<String>()
        .trim_end_matches(';')
        .to_owned()
}
