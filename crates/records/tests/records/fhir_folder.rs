//! FHIR exports made for a test, and their import.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use renkei_records::source::fhir::{Fhir, Limits};
use renkei_records::{ImportOptions, Pseudonymiser, RecordsError, Rules, SiteTables, import};
use tempfile::TempDir;

use super::folder::{Imported, SECRET, location, shared};

/// An export on disk.
pub(crate) struct Export(TempDir);

impl Export {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file at a path below the export's folder.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// A sample beside the repository.
pub(crate) fn sample(name: &str) -> Option<PathBuf> {
    shared(&format!("data/ehr/{name}"))
}

/// How an export is read.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub(crate) parallelism: usize,
    pub(crate) limits: Limits,
    pub(crate) system: Option<&'static str>,
}

impl Default for How {
    fn default() -> Self {
        Self { parallelism: 2, limits: Limits::default(), system: None }
    }
}

pub(crate) async fn imported(export: &Path) -> Imported {
    imported_as(export, How::default()).await.unwrap()
}

/// With the numbers of one system for keys.
pub(crate) async fn imported_by(export: &Path, system: &'static str) -> Imported {
    imported_as(export, How { system: Some(system), ..How::default() }).await.unwrap()
}

pub(crate) async fn imported_as(export: &Path, how: How) -> Result<Imported, RecordsError> {
    let folder = tempfile::tempdir().unwrap();
    let rules = Rules::new("ehr", Pseudonymiser::new(SECRET)?, &SiteTables::default())?;
    let options = ImportOptions { parallelism: NonZeroUsize::new(how.parallelism).unwrap() };
    let source = Fhir::new(location(export)).with_limits(how.limits);
    let source = match how.system {
        Some(system) => source.with_identifier(system),
        None => source,
    };
    let summary = import(source, Arc::new(rules), &location(folder.path()), options).await?;
    Ok(Imported::new(summary, folder))
}
