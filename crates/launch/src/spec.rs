//! A spec and where its relative paths start.

use std::path::{Path, PathBuf};

use renkei_domain::spec::RunSpec;
use serde::{Deserialize, Serialize};

use crate::LaunchError;

/// Kept with the run, so that it can be gone on with by its id, by another process too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Launch {
    /// The spec.
    pub spec: RunSpec,
    /// The folder that relative paths in the spec start from.
    pub base: PathBuf,
}

impl Launch {
    /// Reads and parses a spec file (YAML); unknown fields are refused.
    pub fn read(file: &Path) -> Result<Self, LaunchError> {
        let unreadable = |source| LaunchError::Unreadable { path: file.to_owned(), source };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let spec = serde_norway::from_str(&text)
            .map_err(|error| LaunchError::Malformed { path: file.to_owned(), reason: error.to_string() })?;
        Ok(Self { spec, base: folder_of(file).map_err(unreadable)? })
    }

    /// A folder or file that the spec names.
    #[must_use]
    pub fn path(&self, reference: &str) -> PathBuf {
        self.base.join(reference)
    }
}

/// The absolute folder of a file; a bare name lies in the current one.
fn folder_of(file: &Path) -> std::io::Result<PathBuf> {
    Ok(std::path::absolute(file)?.parent().map(Path::to_path_buf).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_and_an_absent_file_are_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.yaml");
        std::fs::write(&file, "version: 1\nsurprise: true\n").unwrap();
        let error = Launch::read(&file).unwrap_err().to_string();
        assert!(error.contains("surprise") && error.contains("run.yaml"), "{error}");
        let error = Launch::read(Path::new("absent.yaml")).unwrap_err();
        assert_eq!(error.kind(), renkei_domain::ErrorKind::Invalid);
    }

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(folder_of(Path::new("run.yaml")).unwrap(), here);
        assert_eq!(folder_of(Path::new("a/run.yaml")).unwrap(), here.join("a"));
        assert_eq!(folder_of(Path::new("/srv/run.yaml")).unwrap(), Path::new("/srv"));
    }
}
