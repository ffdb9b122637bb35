//! What the imports of a site hold, lack and got wrong: one report over their folders.
//!
//! Reading is here, counting in `tally` and `spread` (pure), what is said of it in `report` and `text`. Every table is
//! held against its digest in `summary.json` first, so that tables of two imports are never reported as one. Memory is
//! that of one source: some 50 bytes a person and what `tally` holds of codes and numbers, whatever the number of rows.

mod report;
mod spread;
mod tally;
mod text;

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::errors::ParquetError;
use renkei_artifacts::Location;

use crate::output::{FAULTS, SUMMARY};
use crate::stored::{Checked, guarded};
use crate::sum::Sum;
use crate::{OutputFile, RecordsError, SCHEMA_VERSION, Summary, Table};

pub use report::{FaultsOf, InUnit, Missing, Other, QualityReport, SourceQuality, Spread, Subject, TableQuality};
use tally::{Tally, Unfit};

/// The largest `summary.json` that is read, in bytes.
const LARGEST_SUMMARY: u64 = 16 << 20;

/// One of a folder's Parquet files.
#[derive(Debug, Clone, Copy)]
enum Part {
    Table(Table),
    Faults,
}

/// Reports on import folders: what [`crate::import()`] wrote. Folders of one source (by the name in its summary) are
/// reported together. Must run on a Tokio runtime.
///
/// A folder without a summary, of another version, or with a table that its summary does not tell of is
/// [`RecordsError::NotAnImport`]; a store that fails is [`RecordsError::Read`].
pub async fn quality(folders: &[Location]) -> Result<QualityReport, RecordsError> {
    let mut by_source: BTreeMap<String, Vec<(&Location, Summary)>> = BTreeMap::new();
    for folder in folders {
        let summary = summary(folder).await?;
        by_source.entry(summary.source.clone()).or_default().push((folder, summary));
    }
    let mut sources = Vec::new();
    for (source, imports) in by_source {
        sources.push(of_source(source, &imports).await?);
    }
    Ok(QualityReport { sources })
}

async fn of_source(source: String, imports: &[(&Location, Summary)]) -> Result<SourceQuality, RecordsError> {
    let mut tally = Tally::default();
    for (folder, summary) in imports {
        let tables = Table::ALL.into_iter().map(Part::Table);
        for part in tables.chain([Part::Faults]) {
            tally = add(tally, folder, summary, part).await?;
        }
    }
    let mut forms: Vec<String> = imports.iter().map(|(_, summary)| summary.form.clone()).collect();
    forms.sort();
    forms.dedup();
    let persons = tally.persons();
    let (tables, faults) = tally.finish();
    Ok(SourceQuality { source, forms, imports: imports.len() as u64, persons, tables, faults })
}

async fn summary(folder: &Location) -> Result<Summary, RecordsError> {
    let wrong = |reason| RecordsError::NotAnImport { file: SUMMARY, reason };
    let found = match folder.store.get(&folder.path.clone().join(SUMMARY)).await {
        Err(object_store::Error::NotFound { .. }) => {
            return Err(wrong("there is none, so no import was finished here"));
        }
        found => found.map_err(RecordsError::reading)?,
    };
    if found.meta.size > LARGEST_SUMMARY {
        return Err(wrong("it is not what an import writes"));
    }
    let text = found.bytes().await.map_err(RecordsError::reading)?;
    let summary: Summary = serde_json::from_slice(&text).map_err(|_| wrong("it is not what this version writes"))?;
    if summary.schema == SCHEMA_VERSION { Ok(summary) } else { Err(wrong("its tables are those of another version")) }
}

/// Counts one file of a folder.
async fn add(mut tally: Tally, folder: &Location, summary: &Summary, part: Part) -> Result<Tally, RecordsError> {
    let file = match part {
        Part::Table(table) => table.file(),
        Part::Faults => FAULTS,
    };
    let wrong = RecordsError::NotAnImport { file, reason: "it is not the one that summary.json beside it tells of" };
    let Some(told) = summary.output.get(file) else { return Err(wrong) };
    if !is_whole(folder, file, told).await? {
        return Err(wrong);
    }
    let reader = Checked::new(&folder.store, &folder.path.clone().join(file), told.bytes);
    let counted = guarded(async move {
        let mut batches = ParquetRecordBatchStreamBuilder::new(reader).await?.build()?;
        while let Some(batch) = batches.try_next().await? {
            let counted = match part {
                Part::Table(table) => tally.rows(table, &batch),
                Part::Faults => tally.faults(&batch),
            };
            counted.map_err(|Unfit| ParquetError::General("not the columns of this version".to_owned()))?;
        }
        Ok(tally)
    });
    counted.await?.map_err(|_| wrong)
}

/// Whether a file is the one that the summary tells of.
async fn is_whole(folder: &Location, file: &str, told: &OutputFile) -> Result<bool, RecordsError> {
    let found = match folder.store.get(&folder.path.clone().join(file)).await {
        Err(object_store::Error::NotFound { .. }) => return Ok(false),
        found => found.map_err(RecordsError::reading)?,
    };
    if found.meta.size != told.bytes {
        return Ok(false);
    }
    let (sum, mut bytes) = (Sum::default(), found.into_stream());
    while let Some(part) = bytes.try_next().await.map_err(RecordsError::reading)? {
        sum.add(&part);
    }
    Ok(sum.total()? == (told.sha256, told.bytes))
}
