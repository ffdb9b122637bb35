//! Why a DuckDB file cannot be read.

use std::path::PathBuf;

use renkei_domain::ErrorKind;

/// A failure to read a DuckDB file. DuckDB's own words are not passed on: they can hold values.
#[derive(Debug, thiserror::Error)]
pub enum DuckDbError {
    /// Nobody said where DuckDB's program is.
    #[error(
        "a DuckDB file needs DuckDB's program: set RENKEI_DUCKDB to the path of `duckdb` ('deploy/records/fetch' puts one under .renkei/records), or export the tables as Parquet"
    )]
    Unnamed,
    /// The program cannot be started.
    #[error("DuckDB's program {} cannot be started: {source}", program.display())]
    Unusable {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder for the copies cannot be made.
    #[error("no folder can be made for copies of the tables: {0}; set TMPDIR to one that can be written")]
    Folder(#[source] std::io::Error),
    /// The folder for temporary files has a name that is no text.
    #[error("the folder for temporary files has a name that is no Unicode: set TMPDIR to another")]
    FolderName,
    /// The file cannot be read at all.
    #[error("{} cannot be read: {source}", file.display())]
    Unread {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of another form.
    #[error("{} is no DuckDB database", file.display())]
    NoDatabase {
        /// The file.
        file: PathBuf,
    },
    /// A database of a version of the format that this DuckDB does not read.
    #[error(
        "{} is of a version of DuckDB that the program in RENKEI_DUCKDB does not read: take a newer program, or export the tables as Parquet",
        file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
    },
    /// Another process has the database open for writing.
    #[error("{} is open for writing in another process: close it there, or copy the file", file.display())]
    Locked {
        /// The file.
        file: PathBuf,
    },
    /// DuckDB opens the file in no way.
    #[error(
        "DuckDB cannot open {}: it may be damaged or encrypted; `duckdb -readonly` says more",
        file.display()
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
    },
    /// A table stands in several schemas, none of which is the one of the persons.
    #[error("the table `{table}` stands in several schemas of the database: keep one of them in a copy of the file")]
    Schemas {
        /// The table.
        table: &'static str,
    },
    /// A table cannot be read to its end.
    #[error(
        "DuckDB cannot read the table `{table}` to its end: the file may be damaged, or a view needs what is outside it"
    )]
    Damaged {
        /// The table.
        table: &'static str,
    },
    /// The folder for temporary files has no room left.
    #[error("there is no room left for a copy of the table `{table}`: set TMPDIR to a folder on a larger disk")]
    Full {
        /// The table.
        table: &'static str,
    },
}

impl DuckDbError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unnamed | Self::Unusable { .. } | Self::FolderName => ErrorKind::Invalid,
            Self::Version { .. } | Self::Schemas { .. } => ErrorKind::Invalid,
            Self::Unread { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Unread { .. } => ErrorKind::Denied,
            Self::NoDatabase { .. } | Self::Unreadable { .. } | Self::Damaged { .. } => ErrorKind::Data,
            Self::Locked { .. } => ErrorKind::Unavailable,
            Self::Folder(_) | Self::Full { .. } => ErrorKind::Exhausted,
        }
    }
}
