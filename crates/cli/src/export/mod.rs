//! A sealed run's cohort and held-out scores in the standard forms of others. Pure: tables in, documents and tables out.

pub(crate) mod fhir;
mod omop;

pub(crate) use omop::tables as omop;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use renkei_domain::record::Manifest;
use renkei_domain::spec::RunSpec;

/// One file to write.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) rows: usize,
    pub(crate) bytes: Vec<u8>,
}

/// A sealed run: its spec and its tables of cases and of scores, each in the order of the cases' pseudonyms.
#[derive(Debug)]
pub(crate) struct SealedRun {
    pub(crate) manifest: Manifest,
    pub(crate) spec: RunSpec,
    pub(crate) cases: RecordBatch,
    pub(crate) scores: RecordBatch,
}

/// A model of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    /// The column of `scores`.
    pub(crate) column: &'static str,
    /// What it sees of a case.
    pub(crate) sees: &'static str,
    /// Whether it sees images.
    pub(crate) images: bool,
}

/// The models of a run.
pub(crate) const MODELS: [Model; 3] = [
    Model { column: "records", sees: "the records", images: false },
    Model { column: "images", sees: "the key features of the slides", images: true },
    Model { column: "records_and_images", sees: "the records and the key features of the slides", images: true },
];

/// A cell of a table of cases or scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Text(String),
}

impl SealedRun {
    /// The pseudonyms of the cases.
    pub(crate) fn case_ids(&self) -> anyhow::Result<Vec<String>> {
        let texts = |cell: Option<Cell>| match cell {
            Some(Cell::Text(text)) => Ok(text),
            _ => Err(anyhow::anyhow!("a case of the run has no pseudonym: call `renkei verify`")),
        };
        cells(&self.cases, "case_id")?.into_iter().map(texts).collect()
    }

    /// The held-out linear predictors of a model, one a case, none where it could not say.
    pub(crate) fn scores_of(&self, model: Model) -> anyhow::Result<Vec<Option<f64>>> {
        let scored = cells(&self.scores, "case_id")?;
        anyhow::ensure!(scored == cells(&self.cases, "case_id")?, "the run's scores are not of its cases");
        let number = |cell| match cell {
            Some(Cell::Number(number)) if number.is_finite() => Some(number),
            _ => None,
        };
        Ok(cells(&self.scores, model.column)?.into_iter().map(number).collect())
    }

    /// The name and digest of what a model's scores rest on.
    pub(crate) fn basis(&self, model: Model) -> impl Iterator<Item = (&str, String)> {
        let inputs = self.manifest.identity.inputs.iter();
        let used = move |name: &str| name.starts_with("table ") || model.images && name == "encoder";
        let named =
            inputs.filter(move |(name, _)| used(name)).map(|(name, digest)| (name.as_str(), digest.to_string()));
        named.chain([("spec", self.manifest.identity.spec.to_string())])
    }
}

/// A column's cells: numbers and truth values as numbers, all else as text.
pub(crate) fn cells(batch: &RecordBatch, column: &str) -> anyhow::Result<Vec<Option<Cell>>> {
    let found = batch.column_by_name(column);
    let found = found.ok_or_else(|| anyhow::anyhow!("the run has no column `{column}`: it is of another version"))?;
    let number = found.data_type().is_numeric() || *found.data_type() == DataType::Boolean;
    let of_type = if number { DataType::Float64 } else { DataType::Utf8 };
    let cast = arrow::compute::cast(found, &of_type)?;
    let cell = |row: usize| {
        cast.is_valid(row).then(|| {
            if number {
                Cell::Number(cast.as_primitive::<Float64Type>().value(row))
            } else {
                Cell::Text(cast.as_string::<i32>().value(row).to_owned())
            }
        })
    };
    Ok((0..cast.len()).map(cell).collect())
}

#[cfg(test)]
mod tests;
