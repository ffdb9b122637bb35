//! A spec and where its relative paths start.

use std::path::{Path, PathBuf};

use renkei_domain::spec::RunSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_norway::Deserializer;
use serde_norway::with::singleton_map_recursive;

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
        let (spec, base) = read(file)?;
        Ok(Self { spec, base })
    }

    /// A folder or file that the spec names.
    #[must_use]
    pub fn path(&self, reference: &str) -> PathBuf {
        self.base.join(reference)
    }
}

/// A document in YAML, and the folder that it lies in. One of several forms is said as in JSON and in the schema,
/// `method: {onnx: ...}`, not with a tag of YAML.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<(T, PathBuf), LaunchError> {
    let unreadable = |source| LaunchError::Unreadable { path: file.to_owned(), source };
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let document = singleton_map_recursive::deserialize(Deserializer::from_str(&text))
        .map_err(|error| LaunchError::Malformed { path: file.to_owned(), reason: error.to_string() })?;
    Ok((document, folder_of(file).map_err(unreadable)?))
}

/// The absolute folder of a file; a bare name lies in the current one.
fn folder_of(file: &Path) -> std::io::Result<PathBuf> {
    Ok(std::path::absolute(file)?.parent().map(Path::to_path_buf).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use renkei_domain::spec::{FirstTreatment, Known, RecordsSpec};

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

    /// As `renkei plan --schema` has it.
    #[test]
    fn one_of_several_forms_is_said_as_a_map() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.yaml");
        let spec = "{version: 1, name: x, cohort: {tables: [{name: t, uri: t.csv, comment: '#'}], case_id: i, predictors: [], \
            columns: {psa: {known: {day_column: day}}}, recurrence: {after: {prostatectomy: {twice_from: 0.3}}}}, endpoint: \
            {name: e, origin: o, time: {column: t, unit: days}, event: {column: e, event: ['1'], censored: []}, \
            horizons_years: [1]}}";
        std::fs::write(&file, spec).unwrap();
        let (read, _) = read::<RecordsSpec>(&file).unwrap();
        assert_eq!(read.cohort.columns["psa"].known, Known::DayColumn("day".to_owned()));
        let after = read.cohort.recurrence.unwrap().after;
        assert!(matches!(after, FirstTreatment::Prostatectomy { twice_from: 0.3, .. }), "{after:?}");
        std::fs::write(&file, spec.replace("unit: days", "unit: fortnights")).unwrap();
        let error = super::read::<RecordsSpec>(&file).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("fortnights"), "{error}");
    }

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(folder_of(Path::new("run.yaml")).unwrap(), here);
        assert_eq!(folder_of(Path::new("a/run.yaml")).unwrap(), here.join("a"));
        assert_eq!(folder_of(Path::new("/srv/run.yaml")).unwrap(), Path::new("/srv"));
    }
}
