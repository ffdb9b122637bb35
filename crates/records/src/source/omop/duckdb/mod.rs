//! An export in one DuckDB file: its tables copied as Parquet, then read like any other export.
//!
//! DuckDB reads its own format, as its own program in a process of its own: a file that breaks it breaks no import, and
//! nothing of it is compiled or linked (ADR 006). The file is opened for reading only; DuckDB may touch no other file but
//! the copies, so that a view in a hostile file reaches nothing. The copies hold the columns of the lists (`tables`) and
//! no others, lie in a folder that only this user can open, and go with the value that stands for them.

mod catalogue;
mod error;
mod program;

pub use error::DuckDbError;

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use renkei_artifacts::Location;
use tempfile::TempDir;

use super::{Key, Omop};
use crate::RecordsError;

/// The environment variable that names DuckDB's program where none is given.
pub const PROGRAM_VARIABLE: &str = "RENKEI_DUCKDB";

/// DuckDB's program (`duckdb`), and what stands for persons in the exports that it is to read.
#[derive(Debug, Clone)]
pub struct DuckDb {
    program: PathBuf,
    key: Key,
}

/// The tables of one DuckDB file as Parquet, for as long as this value lives.
#[derive(Debug)]
pub struct Copied {
    folder: TempDir,
    key: Key,
    left_out: BTreeMap<&'static str, u64>,
}

impl DuckDb {
    /// The program at `path`; an error that tells how to get one where there is no path. Persons are known by their
    /// `person_id` as text.
    pub fn at(path: Option<&Path>) -> Result<Self, DuckDbError> {
        let path = path.filter(|path| !path.as_os_str().is_empty()).ok_or(DuckDbError::Unnamed)?;
        Ok(Self { program: path.to_owned(), key: Key::PersonId })
    }

    /// The same, with persons known by their `person_source_value`.
    #[must_use]
    pub fn by_source_value(self) -> Self {
        Self { key: Key::SourceValue, ..self }
    }

    /// Copies the tables of OMOP that the database `file` has. The copies need the room of some 5 bytes a value in the
    /// folder for temporary files.
    pub async fn copy(&self, file: &Path) -> Result<Copied, RecordsError> {
        program::check(file).await?;
        let folder = private_folder().map_err(DuckDbError::Folder)?;
        let listed = program::list(&self.program, file).await?;
        let plan = catalogue::plan(&listed, self.key)?;
        for wanted in &plan.wanted {
            program::copy(&self.program, file, wanted, folder.path()).await?;
        }
        Ok(Copied { folder, key: self.key, left_out: plan.left_out })
    }
}

/// A folder that only this user can open.
fn private_folder() -> std::io::Result<TempDir> {
    tempfile::Builder::new().prefix("renkei-").permissions(Permissions::from_mode(0o700)).tempdir()
}

impl Copied {
    /// The copies as an export.
    pub fn export(&self) -> Result<Omop, RecordsError> {
        let place = self.folder.path().to_str().ok_or(DuckDbError::FolderName)?;
        let root = Location::resolve(place, Path::new("/"))?;
        Ok(Omop { root, key: self.key, left_out: self.left_out.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_can_open_the_folder_of_the_copies() {
        let folder = private_folder().unwrap();
        assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}
