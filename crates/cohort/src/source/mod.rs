//! Where the tables of records are, and how they become visible to SQL.

mod opt_out;
mod session;
mod survey;
mod types;

use std::path::Path;

use datafusion::prelude::SessionContext;
use renkei_artifacts::{Location, Stores};
use renkei_domain::Digest;
use renkei_domain::spec::{CohortSpec, TableFormat};
use renkei_records::OptOuts;

pub(crate) use session::{Parallelism, register_parquet, session};

use crate::CohortError;

/// The tables of one spec, located but not yet opened.
#[derive(Debug, Clone)]
pub struct Sources {
    tables: Vec<Source>,
    opt_outs: Option<Location>,
}

/// One table: a single file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) format: TableFormat,
}

/// Tables that SQL can see, and what their bytes were.
pub(crate) struct Opened {
    pub(crate) context: SessionContext,
    /// SHA-256 of each table's bytes, in the spec's order.
    pub(crate) digests: Vec<(String, Digest)>,
    /// Who opted out.
    pub(crate) opt_outs: OptOuts,
}

impl Sources {
    /// Locates the spec's tables; relative references are taken from the folder `base`. Nothing is opened yet.
    pub fn resolve(spec: &CohortSpec, base: &Path, stores: &Stores) -> Result<Self, CohortError> {
        let tables = spec.tables.iter().map(|table| {
            let location = Location::resolve_with(&table.uri, base, stores)
                .map_err(|source| CohortError::Location { table: table.name.clone(), source })?;
            Source::new(&table.name, location, table.format)
        });
        let opt_outs = spec.opt_outs.as_deref().map(|uri| {
            Location::resolve_with(uri, base, stores)
                .map_err(|source| CohortError::Location { table: opt_out::NAME.to_owned(), source })
        });
        Ok(Self { tables: tables.collect::<Result<_, _>>()?, opt_outs: opt_outs.transpose()? })
    }

    /// Reads every table through once (digest, form, column types) and makes it visible under its name.
    pub(crate) async fn open(&self, text_columns: &[&str]) -> Result<Opened, CohortError> {
        let context = session(Parallelism::One);
        let mut digests = Vec::with_capacity(self.tables.len());
        for table in &self.tables {
            digests.push((table.name.clone(), table.open(&context, text_columns).await?));
        }
        let opt_outs = match &self.opt_outs {
            Some(list) => {
                let (opt_outs, digest) = opt_out::read(list).await?;
                digests.push((opt_out::NAME.to_owned(), digest));
                opt_outs
            }
            None => OptOuts::default(),
        };
        Ok(Opened { context, digests, opt_outs })
    }
}

impl Source {
    /// A table whose file name says how it is stored, where `format` does not.
    pub(crate) fn new(name: &str, location: Location, format: Option<TableFormat>) -> Result<Self, CohortError> {
        let extension = location.path.extension().map(str::to_ascii_lowercase);
        let format = match (format, extension.as_deref()) {
            (Some(format), _) => format,
            (None, Some("csv")) => TableFormat::Csv,
            (None, Some("parquet")) => TableFormat::Parquet,
            (None, _) => return Err(CohortError::UnknownFormat { table: name.to_owned() }),
        };
        Ok(Self { name: name.to_owned(), location, format })
    }

    /// Surveys the file and registers it; the columns named in `text_columns` stay text whatever they look like,
    /// so that an id such as `007` keeps its zeros.
    pub(crate) async fn open(&self, context: &SessionContext, text_columns: &[&str]) -> Result<Digest, CohortError> {
        match self.format {
            TableFormat::Csv => {
                let survey = survey::csv(self, text_columns).await?;
                session::register_csv(context, self, &survey.schema)?;
                Ok(survey.digest)
            }
            // Its columns are known even where it has no row: canonical tables of a source may well be empty.
            TableFormat::Parquet => {
                let digest = survey::digest(self).await?;
                register_parquet(context, &self.name, std::slice::from_ref(&self.location)).await?;
                session::check_readable(context, &self.name).await?;
                Ok(digest)
            }
        }
    }
}
