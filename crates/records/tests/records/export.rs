//! OMOP exports made for a test, and the Synthea sample.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use flate2::read::DeflateDecoder;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use renkei_records::source::omop::Omop;
use renkei_records::{RecordsError, SiteTables};
use tempfile::TempDir;

use super::folder::{Imported, import_source, location, shared};

/// An export on disk.
pub(crate) struct Export(TempDir);

impl Export {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// An export with three persons, two of them dead, and the tables given.
    pub(crate) fn with(tables: &[(&str, &str)]) -> Self {
        let export = Self::new();
        export.put(
            "person.csv",
            "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,birth_datetime\n\
             1,8507,1950,1,2,\n2,8532,1960,,,\n3,8507,1970,,,1970-05-06 00:00:00\n",
        );
        export.put("death.csv", "person_id,death_date\n1,2020-03-04\n2,2021-05-06\n");
        for (name, text) in tables {
            export.put(name, text);
        }
        export
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Writes a table as Parquet with row groups of so many rows.
    pub(crate) fn parquet(&self, name: &str, batch: &RecordBatch, group: usize) {
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        self.put(name, bytes);
    }

    pub(crate) async fn imported(&self) -> Imported {
        import_export(self.path(), 2).await.unwrap()
    }

    pub(crate) async fn error(&self) -> RecordsError {
        match import_export(self.path(), 2).await {
            Ok(_) => panic!("the import should fail"),
            Err(error) => error,
        }
    }
}

pub(crate) async fn import_export(folder: &Path, parallelism: usize) -> Result<Imported, RecordsError> {
    import_source(Omop::new(location(folder)), &SiteTables::default(), parallelism).await
}

/// The Synthea sample beside the repository, unpacked.
pub(crate) fn synthea() -> Option<(TempDir, PathBuf)> {
    let zip = std::fs::read(shared("data/ehr/Synthea27NjParquet_5.4.zip")?).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in unzip(&zip) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let export = folder.path().join("Synthea27NjParquet");
    Some((folder, export))
}

/// The files of a zip archive without a comment (APPNOTE 6.3.10: 4.3.7 local header, 4.3.12 central directory, 4.3.16 its
/// end).
fn unzip(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number = |at: usize, bytes: usize| {
        zip[at..at + bytes].iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = zip.len() - 22;
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        let (method, packed) = (number(at + 10, 2), number(at + 20, 4));
        let (name, extra, comment) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        let local = number(at + 42, 4);
        let file = String::from_utf8(zip[at + 46..at + 46 + name].to_vec()).unwrap();
        let from = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let stored = &zip[from..from + packed];
        let mut bytes = Vec::new();
        match method {
            0 => bytes.extend_from_slice(stored),
            _ => drop(DeflateDecoder::new(stored).read_to_end(&mut bytes).unwrap()),
        }
        if !file.ends_with('/') {
            files.push((file, bytes));
        }
        at += 46 + name + extra + comment;
    }
    files
}

/// A table of the columns given.
pub(crate) fn table(columns: Vec<(&str, arrow::array::ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns.into_iter().map(|(name, array)| (name, Arc::clone(&array)))).unwrap()
}
