//! Folders to read from and to write to, and what an import wrote.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use renkei_artifacts::Location;
use renkei_records::source::ssmix2::SsMix2;
use renkei_records::{ImportOptions, Pseudonymiser, RecordsError, Rules, SiteTables, Source, Summary, import};
use tempfile::TempDir;

pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// The SS-MIX2 sample beside the repository; says so where it is absent.
pub(crate) fn sample() -> Option<PathBuf> {
    shared("data/ehr/ssmix2/sampleData")
}

/// A file or folder of the shared samples; says so where it is absent.
pub(crate) fn shared(place: &str) -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let found = named.into_iter().chain(beside).find_map(|shared| shared.join(place).canonicalize().ok());
    if found.is_none() {
        eprintln!("skipped: ../shared/data is absent");
    }
    found
}

/// An output folder and what was written into it.
pub(crate) struct Imported {
    pub(crate) summary: Summary,
    folder: TempDir,
}

pub(crate) async fn imported(storage: &Path) -> Imported {
    import_with(storage, 2).await.unwrap()
}

pub(crate) async fn import_with(storage: &Path, parallelism: usize) -> Result<Imported, RecordsError> {
    let folder = tempfile::tempdir().unwrap();
    let summary = import_into(storage, folder.path(), parallelism).await?;
    Ok(Imported { summary, folder })
}

/// Any source, with the site's tables.
pub(crate) async fn import_source<S: Source>(
    source: S,
    site: &SiteTables,
    parallelism: usize,
) -> Result<Imported, RecordsError> {
    let folder = tempfile::tempdir().unwrap();
    let rules = Rules::new("his", Pseudonymiser::new(SECRET)?, site)?;
    let options = ImportOptions { parallelism: NonZeroUsize::new(parallelism).unwrap() };
    let summary = import(source, Arc::new(rules), &location(folder.path()), options).await?;
    Ok(Imported { summary, folder })
}

pub(crate) async fn import_into(storage: &Path, output: &Path, parallelism: usize) -> Result<Summary, RecordsError> {
    let rules = Rules::new("his", Pseudonymiser::new(SECRET)?, &SiteTables::default())?;
    let options = ImportOptions { parallelism: NonZeroUsize::new(parallelism).unwrap() };
    import(SsMix2::new(location(storage)), Arc::new(rules), &location(output), options).await
}

pub(crate) fn location(path: &Path) -> Location {
    Location::resolve(path.to_str().unwrap(), Path::new("/")).unwrap()
}

impl Imported {
    pub(crate) fn new(summary: Summary, folder: TempDir) -> Self {
        Self { summary, folder }
    }

    /// The output folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Every file of the output folder.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(self.folder.path())
    }

    /// The rows of one table as text, by the columns asked for.
    pub(crate) fn rows(&self, file: &str, columns: &[&str]) -> Vec<Vec<String>> {
        let rows = texts(&self.folder.path().join(file));
        rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect()
    }

    /// The rows' count of each kind of fault.
    pub(crate) fn faults(&self) -> Vec<(&'static str, u64)> {
        self.summary.faults.iter().map(|(kind, count)| (kind.as_str(), *count)).collect()
    }

    pub(crate) fn skipped(&self) -> Vec<(&str, u64)> {
        self.summary.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
    }

    /// Everything that was written, as one text: all cells of all tables, the summary, all file names.
    pub(crate) fn everything(&self) -> String {
        let mut all = String::new();
        for (name, bytes) in self.files() {
            all.push_str(&name);
            if name.ends_with(".parquet") {
                all.push_str(&format!("{:?}", texts(&self.folder.path().join(&name))));
            }
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        all
    }
}

pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())).collect()
}

fn texts(path: &Path) -> Vec<BTreeMap<String, String>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap().build().unwrap();
    reader.flat_map(|batch| batch_texts(&batch.unwrap())).collect()
}

fn batch_texts(batch: &RecordBatch) -> Vec<BTreeMap<String, String>> {
    let options = FormatOptions::default();
    let schema = batch.schema();
    let row = |row: usize| {
        let cells = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
            let text = ArrayFormatter::try_new(column.as_ref(), &options).unwrap().value(row).to_string();
            (field.name().clone(), text)
        });
        cells.collect()
    };
    (0..batch.num_rows()).map(row).collect()
}
