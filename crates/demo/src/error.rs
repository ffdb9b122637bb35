//! Why the demo's input could not be prepared.

use std::path::{Path, PathBuf};

use renkei_domain::{ErrorKind, IdError};
use renkei_slide::SlideError;
use renkei_stats::StatsError;

/// A failure to prepare the demo's input. No message carries a man's values.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A fetched component is absent.
    #[error("{what} is not at {}: run `deploy/demo/fetch`, then try again", path.display())]
    Missing {
        /// Which component.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The folder to write holds something else.
    #[error("{} holds something that the demo did not write: name another folder, or remove it", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The fetched slide could not be read, or a pseudo-slide not written.
    #[error("the demo's slide: {0}")]
    Slide(#[from] SlideError),
    /// The slide has too few tiles to cut pseudo-slides from.
    #[error("the slide has {found} whole tiles of {what} and {needed} are needed: fetch the demo's own slide")]
    FewTiles {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A table is not what it should be.
    #[error("table {}: {reason}", path.display())]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong, with row number or column name, and what to do.
        reason: String,
    },
    /// The planted link could not be measured.
    #[error("the planted link cannot be measured: {0}")]
    Plant(#[from] StatsError),
    /// A slide's name came out unfit.
    #[error("a pseudo-slide cannot be named: {0}; please report this")]
    SlideId(#[from] IdError),
    /// The demo's own notes could not be written down.
    #[error("the demo's notes cannot be written: {0}; please report this")]
    Notes(#[from] serde_json::Error),
}

impl DemoError {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn table(path: &Path, reason: impl Into<String>) -> Self {
        Self::Table { path: path.to_owned(), reason: reason.into() }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Occupied { .. } => ErrorKind::Conflict,
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::Exhausted,
                std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                _ => ErrorKind::Unavailable,
            },
            Self::Slide(source) => source.kind(),
            Self::FewTiles { .. } | Self::Table { .. } | Self::Plant(_) => ErrorKind::Data,
            Self::SlideId(_) | Self::Notes(_) => ErrorKind::Internal,
        }
    }
}
