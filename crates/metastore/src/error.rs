//! Why a store could not answer.

use std::path::PathBuf;
use std::time::Duration;

use renkei_domain::ErrorKind;

use crate::etcd::answer::{self, Certainty};
use crate::key::Key;
use crate::transaction::{MAX_OPERATIONS, MAX_WRITTEN_BYTES};

/// A failure of a metadata store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that is no key. The text is left out, since it may come from a user.
    #[error("a metadata key {fault}")]
    InvalidKey {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// More guards or writes than one transaction may have.
    #[error(
        "a metadata transaction has {operations} operations of one kind: at most {MAX_OPERATIONS} are possible, split it"
    )]
    TooManyOperations {
        /// The larger of the numbers of guards and of writes.
        operations: usize,
    },
    /// More bytes than one transaction may write.
    #[error(
        "a metadata transaction writes {bytes} bytes: at most {MAX_WRITTEN_BYTES} are possible, large values belong in the object store"
    )]
    TooManyBytes {
        /// The bytes of all keys and values written.
        bytes: usize,
    },
    /// Two writes of one transaction name the same key.
    #[error("a metadata transaction writes '{key}' twice")]
    WrittenTwice {
        /// The key.
        key: Key,
    },
    /// The file was written by a newer Renkei.
    #[error("{} has schema version {found}, this Renkei knows up to {known}: use the newer Renkei that wrote it", path.display())]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is a database of some other program.
    #[error("{} is an SQLite database, but not a metadata store of Renkei: name another file", path.display())]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// The file system cannot hold a store that several processes open.
    #[error("{} lies on a file system without shared memory maps (a network share?): put it on a local disk", path.display())]
    NoSharedMemory {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its folder could not be opened.
    #[error("cannot open the metadata store {}: {source}; check that its folder exists and may be written", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("the metadata store {} failed: {source}; {}", path.display(), advice(source))]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// No endpoint of etcd was given.
    #[error("no etcd endpoint is given: name at least one")]
    NoEndpoint,
    /// A text that is no endpoint of etcd. The text is left out, since it may hold a password.
    #[error("etcd endpoint {position} {fault}")]
    InvalidEndpoint {
        /// Which one, counted from 1.
        position: usize,
        /// What is wrong with it and what to do.
        fault: &'static str,
    },
    /// A file that TLS or the login needs could not be read.
    #[error("cannot read {} for the connection to etcd: {source}; check the path and who may read it", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// etcd refused or failed, or could not be reached.
    #[error("etcd at {endpoint} failed: {source}; {}", answer::advice(source))]
    Etcd {
        /// The member that was asked last.
        endpoint: String,
        /// What it or the client library said.
        source: etcd_client::Error,
    },
    /// A member of etcd did not answer.
    #[error(
        "etcd at {endpoint} did not answer within {} ms; a transaction may or may not have been committed: read, then try again",
        limit.as_millis()
    )]
    EtcdSilent {
        /// The member that was asked last.
        endpoint: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// An answer that etcd does not give.
    #[error("an answer of etcd {fault}")]
    EtcdAnswer {
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The thread that did the work panicked or the runtime is shutting down.
    #[error("the metadata store's work was cut off: {0}")]
    CutOff(#[from] tokio::task::JoinError),
}

impl Error {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidKey { .. }
            | Self::TooManyOperations { .. }
            | Self::TooManyBytes { .. }
            | Self::WrittenTwice { .. }
            | Self::NewerSchema { .. }
            | Self::Foreign { .. }
            | Self::NoSharedMemory { .. }
            | Self::Open { .. }
            | Self::NoEndpoint
            | Self::InvalidEndpoint { .. }
            | Self::Secret { .. } => ErrorKind::Invalid,
            Self::Sqlite { source, .. } => sqlite_kind(source),
            Self::Etcd { source, .. } => answer::judge(source).kind(),
            Self::EtcdSilent { .. } => ErrorKind::Unavailable,
            Self::EtcdAnswer { .. } => ErrorKind::Data,
            Self::CutOff(_) => ErrorKind::Internal,
        }
    }

    /// What is known about a request to etcd that failed with this.
    pub(crate) fn certainty(&self) -> Certainty {
        match self {
            Self::Etcd { source, .. } => answer::judge(source),
            Self::EtcdSilent { .. } => Certainty::Unknown,
            _ => Certainty::Wrong(self.kind()),
        }
    }
}

/// Result codes: <https://sqlite.org/rescode.html>.
fn sqlite_kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed | Code::SystemIoFailure) => {
            ErrorKind::Unavailable
        }
        Some(Code::DiskFull | Code::OutOfMemory) => ErrorKind::Exhausted,
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => ErrorKind::Data,
        Some(Code::CannotOpen) => ErrorKind::Invalid,
        Some(Code::ReadOnly | Code::PermissionDenied) => ErrorKind::Denied,
        _ => ErrorKind::Internal,
    }
}

fn advice(error: &rusqlite::Error) -> &'static str {
    match sqlite_kind(error) {
        ErrorKind::Unavailable => "another process may hold it, or the disk does not answer: try again",
        ErrorKind::Exhausted => "free some disk space or memory",
        ErrorKind::Data => "the file is broken: restore it, or remove it to start without the state of earlier runs",
        ErrorKind::Invalid => "check that its folder exists and may be written",
        ErrorKind::Denied => "allow this user to write the file and its folder",
        _ => "please report this",
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn result_codes_of_sqlite_say_what_to_do() {
        for (code, kind) in [
            (ffi::SQLITE_BUSY, ErrorKind::Unavailable),
            (ffi::SQLITE_LOCKED, ErrorKind::Unavailable),
            (ffi::SQLITE_IOERR_FSYNC, ErrorKind::Unavailable),
            (ffi::SQLITE_FULL, ErrorKind::Exhausted),
            (ffi::SQLITE_CORRUPT, ErrorKind::Data),
            (ffi::SQLITE_NOTADB, ErrorKind::Data),
            (ffi::SQLITE_READONLY, ErrorKind::Denied),
            (ffi::SQLITE_CONSTRAINT, ErrorKind::Internal),
        ] {
            let source = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(Error::Sqlite { path: "m.sqlite".into(), source }.kind(), kind, "{code}");
        }
    }
}
