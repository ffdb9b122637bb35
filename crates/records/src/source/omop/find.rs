//! Which files of an export belong to which table.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::ObjectStore;
use object_store::path::Path;
use renkei_artifacts::Location;

use super::tables::{CLINICAL, CONCEPT, OmopTable};
use crate::RecordsError;
use crate::stored::Checked;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    Parquet,
    Csv { gzip: bool },
}

/// One file of a table.
#[derive(Clone)]
pub(super) struct File {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    /// The path below the export's folder.
    pub(super) below: String,
    pub(super) size: u64,
    pub(super) format: Format,
}

impl File {
    /// A reader of the file, where it is Parquet.
    pub(super) fn reader(&self) -> Checked {
        Checked::new(&self.store, &self.path, self.size)
    }
}

/// The files by their table's name, each table's in the order of their paths.
#[derive(Default)]
pub(super) struct Files(BTreeMap<&'static str, Vec<File>>);

/// What a folder holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Files,
    /// Files that are not read, by reason.
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

impl Files {
    pub(super) fn of(&self, table: &OmopTable) -> std::vec::IntoIter<File> {
        self.0.get(table.name).cloned().unwrap_or_default().into_iter()
    }

    pub(super) fn has(&self, table: &OmopTable) -> bool {
        self.0.contains_key(table.name)
    }
}

/// Lists the export. Of a table that is there in both forms, the Parquet is read.
pub(super) async fn find(root: &Location) -> Result<Found, RecordsError> {
    let mut objects: Vec<_> = root.store.list(Some(&root.path)).try_collect().await.map_err(RecordsError::reading)?;
    objects.sort_unstable_by(|one, other| one.location.cmp(&other.location));
    let mut found = Found::default();
    for object in objects {
        let parts: Vec<_> = object.location.parts().skip(root.path.parts().count()).collect();
        let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        match judge(&names) {
            Ok((table, format)) => found.files.0.entry(table).or_default().push(File {
                store: Arc::clone(&root.store),
                path: object.location.clone(),
                below: names.join("/"),
                size: object.size,
                format,
            }),
            Err(reason) => *found.left_out.entry(reason).or_default() += 1,
        }
    }
    for files in found.files.0.values_mut() {
        let before = files.len();
        if files.iter().any(|file| file.format == Format::Parquet) {
            files.retain(|file| file.format == Format::Parquet);
        }
        if files.len() < before {
            *found.left_out.entry("file of a table that is there as Parquet").or_default() +=
                (before - files.len()) as u64;
        }
    }
    Ok(found)
}

/// The table and form of a file by its path below the export's folder, or why it is not read.
fn judge(names: &[&str]) -> Result<(&'static str, Format), &'static str> {
    let hidden = |name: &&str| name.starts_with(['_', '.']);
    let [first, ..] = names else { return Err("file of no table") };
    if names.iter().any(hidden) {
        return Err("hidden file");
    }
    // `person.parquet`, or any file below a folder `person`.
    let named = first.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let mut tables = CLINICAL.iter().map(|table| table.name).chain([CONCEPT.name]);
    let table = tables.find(|name| *name == named).ok_or("file of another table")?;
    let file = names.last().unwrap_or(first).to_ascii_lowercase();
    let (stem, gzip) = file.strip_suffix(".gz").map_or((file.as_str(), false), |stem| (stem, true));
    match stem.rsplit_once('.').map(|(_, extension)| extension) {
        Some("parquet" | "parq" | "pq") if !gzip => Ok((table, Format::Parquet)),
        Some("csv" | "tsv" | "txt") => Ok((table, Format::Csv { gzip })),
        _ => Err("file of another form"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_the_table_that_their_first_name_says() {
        type Judged = Result<(&'static str, Format), &'static str>;
        let cases: [(&[&str], Judged); 9] = [
            (&["person.parquet"], Ok(("person", Format::Parquet))),
            (&["PERSON.CSV"], Ok(("person", Format::Csv { gzip: false }))),
            (&["Measurement.tsv.gz"], Ok(("measurement", Format::Csv { gzip: true }))),
            (&["measurement", "year=2020", "part-0.snappy.parquet"], Ok(("measurement", Format::Parquet))),
            (&["measurement", "_SUCCESS"], Err("hidden file")),
            (&["measurement", "_delta_log", "0.json"], Err("hidden file")),
            (&["person.sql"], Err("file of another form")),
            (&["person.parquet.gz"], Err("file of another form")),
            (&["note.parquet"], Err("file of another table")),
        ];
        for (names, expected) in cases {
            assert_eq!(judge(names), expected, "{names:?}");
        }
    }
}
