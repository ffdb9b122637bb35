//! What can stop an import. Faults of single records stop nothing: those are counted ([`crate::FaultKind`]).

use std::path::PathBuf;

use renkei_artifacts::ArtifactError;
use renkei_domain::ErrorKind;

use crate::source::omop::duckdb::DuckDbError;

/// A failure to import records. No message holds a record's value or the path of an object below the source's folder,
/// since such paths hold patient numbers: what a store says is told by its kind only.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A reference names no store.
    #[error(transparent)]
    Location(#[from] ArtifactError),
    /// The store that holds the records failed.
    #[error("the records cannot be read: {}", reason(*.0))]
    Read(ErrorKind),
    /// There is no record where the source was said to be.
    #[error("there is nothing to read in the source: check its folder")]
    Empty,
    /// The store that takes the canonical tables failed.
    #[error("{file} cannot be written: {}", reason(*.kind))]
    Write {
        /// The file of the output folder.
        file: &'static str,
        /// What the caller can do about it.
        kind: ErrorKind,
    },
    /// A folder that is not the output of one whole import.
    #[error("{file}: {reason}; import again into this folder")]
    NotAnImport {
        /// The file of the folder.
        file: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A table without which the others mean nothing.
    #[error("the export has no table `{table}`: export it with the others")]
    NoTable {
        /// The table.
        table: &'static str,
    },
    /// A table without a column that its rows need.
    #[error("the table `{table}` has no column `{column}`: export it with all columns of its standard and a header")]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A column of a type that holds none of its values.
    #[error("the column `{column}` of the table `{table}` is no number, text or date: export it as its standard says")]
    ColumnType {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A DuckDB file that cannot be read.
    #[error(transparent)]
    DuckDb(#[from] DuckDbError),
    /// A name for the source that cannot stand in every row.
    #[error("a source's name has 1 to 32 lower-case letters, digits, `-` and `_`, and begins with a letter")]
    SourceName,
    /// A mapping table of the site that is not understood.
    #[error("{table}, line {line}: {reason}")]
    Mapping {
        /// The table: concepts, code systems, unit names or quantities.
        table: &'static str,
        /// The line of the file, from 1.
        line: u64,
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// The secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A defect of this crate.
    #[error("{0}; please report this")]
    Internal(&'static str),
}

/// Why a pseudonym secret is refused.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A secret that is easily guessed.
    #[error("the pseudonym secret has {bytes} bytes, and {needed} are needed: make one with `openssl rand -hex 32`")]
    TooShort {
        /// Its length.
        bytes: usize,
        /// The least length.
        needed: usize,
    },
    /// The file with the secret cannot be read.
    #[error("the pseudonym secret {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file with the secret is open to others.
    #[error("others on this machine can read the pseudonym secret {} (mode {mode:03o}): run `chmod 600` on it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl RecordsError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Location(error) => error.kind(),
            Self::Read(kind) | Self::Write { kind, .. } => *kind,
            Self::Empty | Self::NoTable { .. } => ErrorKind::NotFound,
            Self::NoColumn { .. } | Self::ColumnType { .. } | Self::NotAnImport { .. } => ErrorKind::Invalid,
            Self::SourceName | Self::Mapping { .. } => ErrorKind::Invalid,
            Self::DuckDb(error) => error.kind(),
            Self::Secret(error) => error.kind(),
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// A store's failure to give records, without the path that its own message holds.
    #[must_use]
    pub fn reading(error: object_store::Error) -> Self {
        Self::Read(ArtifactError::Store(error).kind())
    }
}

impl SecretError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::TooShort { .. } => ErrorKind::Invalid,
            Self::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Unreadable { .. } | Self::Exposed { .. } => ErrorKind::Denied,
        }
    }
}

fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "the store has no such folder or object",
        ErrorKind::Denied => "the store refuses access; check the credentials or the folder's mode",
        ErrorKind::Exhausted => "the disk is full",
        ErrorKind::Invalid => "a folder or file has a name that the store cannot use",
        _ => "the store does not answer; try again",
    }
}
