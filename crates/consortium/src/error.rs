//! What goes wrong around a study.

use std::path::PathBuf;

use renkei_domain::ErrorKind;
use renkei_federation::audit::{AuditError, Tampering};
use renkei_federation::certificate::CertificateError;
use renkei_federation::exchange::HubError;
use renkei_federation::study::{LifeError, StudyError};
use renkei_proto::WireError;

/// A failure of a hub, a site, or somebody who works with one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what belongs there.
    #[error("{} does not hold what belongs there: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another process works there.
    #[error("another process works in {}: stop it, or give this one a folder of its own", path.display())]
    Held {
        /// The folder.
        path: PathBuf,
    },
    /// The log of this process was changed by somebody else.
    #[error("the log {} was tampered with: {tampering}; find out who did, before anything leaves again", path.display())]
    Tampered {
        /// The log.
        path: PathBuf,
        /// Where and how.
        tampering: Tampering,
    },
    /// The log cannot be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A document that is no sound study, or is not signed as it says.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A step that the study's life does not allow.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// The hub's side of the exchange fails.
    #[error(transparent)]
    Exchange(#[from] HubError),
    /// A result has no certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The other side, or the way there.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Certificates, addresses, the listener.
    #[error(transparent)]
    Transport(#[from] renkei_transport::Error),
    /// The machine gives no random bytes, or no signals.
    #[error(transparent)]
    Runtime(#[from] renkei_runtime::Error),
    /// Serving ended.
    #[error("serving ended: {0}")]
    Serve(#[from] tonic::transport::Error),
    /// Something else is refused, in words for whoever asked.
    #[error("{what}")]
    Refused {
        /// What can be done about it.
        kind: ErrorKind,
        /// What is refused, and what would help.
        what: String,
    },
}

impl Error {
    pub(crate) fn refused(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self::Refused { kind, what: what.into() }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
                std::io::ErrorKind::StorageFull => ErrorKind::Exhausted,
                _ => ErrorKind::Internal,
            },
            Self::Damaged { .. } | Self::Tampered { .. } => ErrorKind::Data,
            Self::Held { .. } => ErrorKind::Conflict,
            Self::Study(_) | Self::Life(_) | Self::Exchange(_) => ErrorKind::Invalid,
            Self::Audit(_) | Self::Certificate(_) | Self::Runtime(_) => ErrorKind::Internal,
            Self::Wire(error) => error.kind(),
            Self::Transport(error) => error.kind(),
            Self::Serve(_) => ErrorKind::Unavailable,
            Self::Refused { kind, .. } => *kind,
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        renkei_proto::status::status_of(error.kind(), error)
    }
}
