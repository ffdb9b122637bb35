//! What can go wrong with stored objects.

use renkei_domain::ErrorKind;

/// A failure to read, write or commit an artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A reference that names no store this build can open.
    #[error("cannot open `{reference}`: {reason}; use a path, file://, s3://, gs:// or az://")]
    Location {
        /// What the user wrote.
        reference: String,
        /// Why it cannot be opened.
        reason: String,
    },
    /// The object store failed.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// Parquet could not be written or read.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns could not be made or read.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// An object holds something else than its key says.
    #[error("{key} cannot be read: {reason}; it was changed or written by another version")]
    Malformed {
        /// The object's key.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// An object's bytes are not those that were committed.
    #[error("{key} holds other bytes than were committed: restore it from a copy, or remove the run and run it again")]
    Altered {
        /// The object's key.
        key: String,
    },
    /// Two attempts of one shard gave different content.
    #[error(
        "shard {shard} was committed with other content by another attempt: the encoder or a library is not deterministic here; run `renkei doctor`"
    )]
    ContentConflict {
        /// The shard.
        shard: String,
    },
    /// The store let several writers create one key.
    #[error(
        "the store does not refuse a second writer of one key ({winners} of {writers} won): results could be lost; use another store"
    )]
    NotExclusive {
        /// How many writers were told that they created the key.
        winners: usize,
        /// How many tried.
        writers: usize,
    },
}

impl ArtifactError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Location { .. } | Self::NotExclusive { .. } => ErrorKind::Invalid,
            Self::Store(error) => store_kind(error),
            Self::Parquet(_) | Self::Arrow(_) | Self::Malformed { .. } | Self::Altered { .. } => ErrorKind::Data,
            Self::ContentConflict { .. } => ErrorKind::Conflict,
        }
    }
}

fn store_kind(error: &object_store::Error) -> ErrorKind {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => ErrorKind::NotFound,
        E::AlreadyExists { .. } | E::Precondition { .. } => ErrorKind::Conflict,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => ErrorKind::Denied,
        E::InvalidPath { .. }
        | E::NotSupported { .. }
        | E::NotImplemented { .. }
        | E::UnknownConfigurationKey { .. } => ErrorKind::Invalid,
        other if is_disk_full(other) => ErrorKind::Exhausted,
        _ => ErrorKind::Unavailable,
    }
}

/// The local store wraps the operating system's error; a full disk is told apart because waiting does not mend it.
fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(io) = current.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        next = current.source();
    }
    false
}
