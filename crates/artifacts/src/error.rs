//! What can go wrong with stored objects.

use std::path::PathBuf;

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
    /// The file that names stores and their credentials cannot be read.
    #[error("cannot read the store file {}: {source}", file.display())]
    StoreFile {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file that names stores and their credentials is open to others.
    #[error("others on this machine can read the store file {} (mode {mode:03o}): run `chmod 600` on it", file.display())]
    StoreFileExposed {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file that names stores and their credentials is not understood.
    #[error("the store file {}: {reason}", file.display())]
    StoreOptions {
        /// The file.
        file: PathBuf,
        /// What is wrong; never an option's value, since that may be a secret.
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
    /// A body ended before the object did.
    #[error("{key}: {got} of {of} bytes arrived; try again")]
    CutShort {
        /// The object's key.
        key: String,
        /// Bytes that arrived.
        got: u64,
        /// Bytes that the store said it would send.
        of: u64,
    },
    /// The store refuses a writer, yet has no object.
    #[error("{key}: the store says that others write it, yet nobody did; try again")]
    Contended {
        /// The object's key.
        key: String,
    },
    /// An object of an attempt is gone, or not whole, before the attempt was committed.
    #[error("{key} is gone or not whole: this attempt cannot be committed, the shard must be tried again")]
    Vanished {
        /// The object's key.
        key: String,
    },
    /// Leftovers of a run that may still be worked on.
    #[error("run {run} is not sealed: leftovers are removed only of sealed runs and of those declared abandoned")]
    NotSealed {
        /// The run.
        run: String,
    },
    /// A run that held somebody who was erased.
    #[error(
        "run {run} was erased at {when} because it held a case that was to be forgotten: repeat it with that case in \
         `cohort.opt_outs`, which makes it another run"
    )]
    Erased {
        /// The run.
        run: String,
        /// When.
        when: String,
    },
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
            Self::Location { .. } | Self::StoreOptions { .. } | Self::NotExclusive { .. } => ErrorKind::Invalid,
            Self::StoreFile { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::StoreFile { .. } | Self::StoreFileExposed { .. } => ErrorKind::Denied,
            Self::Store(error) => store_kind(error),
            Self::Erased { .. } => ErrorKind::NotFound,
            Self::CutShort { .. } | Self::Contended { .. } | Self::Vanished { .. } => ErrorKind::Unavailable,
            Self::Parquet(_) | Self::Arrow(_) | Self::Malformed { .. } | Self::Altered { .. } => ErrorKind::Data,
            Self::ContentConflict { .. } | Self::NotSealed { .. } => ErrorKind::Conflict,
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
        E::Generic { source, .. } if is_refusal(source.as_ref()) => ErrorKind::Denied,
        other if is_disk_full(other) => ErrorKind::Exhausted,
        _ => ErrorKind::Unavailable,
    }
}

/// A list that the server refuses comes without a variant of its own, and the error with its status is private: its
/// words remain.
fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    let text = error.to_string();
    ["401", "403"].iter().any(|status| text.contains(&format!("non-2xx status code: {status}")))
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
