//! Where the tables of records are, and how they become visible to SQL.

mod opt_out;
mod session;
mod survey;
mod types;

use std::path::Path;

use datafusion::prelude::SessionContext;
use renkei_artifacts::{Location, Stores};
use renkei_domain::Digest;
use renkei_domain::spec::{CohortSpec, TableFormat, TableSource};
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
    pub(crate) form: Form,
}

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Lines of fields.
    Text(Dialect),
    /// Apache Parquet.
    Parquet,
}

/// What stands between fields, and which lines are no rows. Quotation marks are those of CSV (RFC 4180) in every dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) comment: Option<u8>,
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
            Source::of_spec(table, location)
        });
        let opt_outs = spec.opt_outs.as_deref().map(|uri| {
            Location::resolve_with(uri, base, stores)
                .map_err(|source| CohortError::Location { table: opt_out::NAME.to_owned(), source })
        });
        Ok(Self { tables: tables.collect::<Result<_, _>>()?, opt_outs: opt_outs.transpose()? })
    }

    /// Reads every table through once (digest, form, column types) and makes it visible under its name. Where tables
    /// cannot be read, the fault of each is told.
    pub(crate) async fn open(&self, text_columns: &[&str]) -> Result<Opened, Vec<CohortError>> {
        let context = session(Parallelism::One);
        let (mut digests, mut faults) = (Vec::with_capacity(self.tables.len()), Vec::new());
        for table in &self.tables {
            match table.open(&context, text_columns).await {
                Ok(digest) => digests.push((table.name.clone(), digest)),
                Err(fault) => faults.push(fault),
            }
        }
        let opt_outs = match &self.opt_outs {
            Some(list) => opt_out::read(list).await,
            None => Ok((OptOuts::default(), None)),
        };
        match opt_outs {
            Ok((opt_outs, digest)) if faults.is_empty() => {
                digests.extend(digest.map(|digest| (opt_out::NAME.to_owned(), digest)));
                Ok(Opened { context, digests, opt_outs })
            }
            Ok(_) => Err(faults),
            Err(fault) => {
                faults.push(fault);
                Err(faults)
            }
        }
    }
}

impl Source {
    /// A table of a spec.
    fn of_spec(table: &TableSource, location: Location) -> Result<Self, CohortError> {
        let mut source = Self::new(&table.name, location, table.format)?;
        if let (Form::Text(dialect), Some(sign)) = (&mut source.form, table.comment) {
            dialect.comment = u8::try_from(sign).ok();
        }
        Ok(source)
    }

    /// A table whose file name says how it is stored, where `format` does not.
    pub(crate) fn new(name: &str, location: Location, format: Option<TableFormat>) -> Result<Self, CohortError> {
        let extension = location.path.extension().map(str::to_ascii_lowercase);
        let separated = |delimiter| Form::Text(Dialect { delimiter, comment: None });
        let form = match (format, extension.as_deref()) {
            (Some(TableFormat::Csv), _) | (None, Some("csv")) => separated(b','),
            (Some(TableFormat::Tsv), _) | (None, Some("tsv")) => separated(b'\t'),
            (Some(TableFormat::Parquet), _) | (None, Some("parquet")) => Form::Parquet,
            (None, _) => return Err(CohortError::UnknownFormat { table: name.to_owned() }),
        };
        Ok(Self { name: name.to_owned(), location, form })
    }

    /// Surveys the file and registers it; the columns named in `text_columns` stay text whatever they look like,
    /// so that an id such as `007` keeps its zeros.
    pub(crate) async fn open(&self, context: &SessionContext, text_columns: &[&str]) -> Result<Digest, CohortError> {
        match self.form {
            Form::Text(dialect) => {
                let survey = survey::text(self, dialect, text_columns).await?;
                session::register_text(context, self, dialect, &survey.schema)?;
                Ok(survey.digest)
            }
            // Its columns are known even where it has no row: canonical tables of a source may well be empty.
            Form::Parquet => {
                let digest = survey::digest(self).await?;
                register_parquet(context, &self.name, std::slice::from_ref(&self.location)).await?;
                session::check_readable(context, &self.name).await?;
                Ok(digest)
            }
        }
    }
}
