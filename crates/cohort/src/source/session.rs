//! The DataFusion session that reads the tables.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{Column, TableReference};
use datafusion::datasource::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::logical_expr::{Expr, cast, lit};
use datafusion::prelude::{SessionConfig, SessionContext};
use renkei_artifacts::Location;
use url::Url;

use super::{Dialect, Source};
use crate::CohortError;

/// How many partitions a query runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parallelism {
    /// One: rows arrive in the order of the file and sums are added in that order, so that the same input gives the
    /// same bytes on every machine. A cohort's records are small beside its images.
    One,
    /// One a processor: for questions that people ask of large tables, where only ORDER BY gives an order.
    Processors,
}

/// A session in which names in SQL are as the files write them, capitals included.
pub(crate) fn session(parallelism: Parallelism) -> SessionContext {
    let config = SessionConfig::new()
        .with_information_schema(true)
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false);
    SessionContext::new_with_config(match parallelism {
        Parallelism::One => config.with_target_partitions(1),
        Parallelism::Processors => config,
    })
}

/// The address under which the session knows one table's store, whatever kind of store it is.
fn address(context: &SessionContext, table: &str, location: &Location) -> Result<ListingTableUrl, CohortError> {
    let broken = |reason: &str| CohortError::Internal(format!("table `{table}` has no address: {reason}"));
    let host = renkei_domain::Digest::of(table.as_bytes()).short();
    let mut url = Url::parse(&format!("table://{host}/")).map_err(|error| broken(&error.to_string()))?;
    context.register_object_store(&url, Arc::clone(&location.store));
    url.path_segments_mut()
        .map_err(|()| broken("it can hold no path"))?
        .extend(location.path.parts().map(|part| part.as_ref().to_owned()));
    ListingTableUrl::try_new(url, None).map_err(|error| broken(&error.strip_backtrace()))
}

fn listing(format: Arc<dyn FileFormat>) -> ListingOptions {
    ListingOptions::new(format).with_file_extension("")
}

fn broken(error: &DataFusionError) -> CohortError {
    CohortError::Internal(error.strip_backtrace())
}

fn register(context: &SessionContext, table: &str, provider: Arc<dyn TableProvider>) -> Result<(), CohortError> {
    context.register_table(TableReference::bare(table), provider).map_err(|error| broken(&error))?;
    Ok(())
}

/// Makes a surveyed CSV or TSV file visible under its name, with the types of `schema`. The reader itself gives texts, of which
/// only the empty ones are missing (DataFusion 55 takes a pattern of missing texts and then ignores it), so `NA` is taken
/// out here; the conversions cannot fail, since the survey has tried them all.
pub(crate) fn register_text(
    context: &SessionContext,
    source: &Source,
    dialect: Dialect,
    schema: &Schema,
) -> Result<(), CohortError> {
    let texts = schema.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
    let format = CsvFormat::default()
        .with_has_header(true)
        .with_newlines_in_values(true)
        .with_delimiter(dialect.delimiter)
        .with_comment(dialect.comment);
    let config = ListingTableConfig::new(address(context, &source.name, &source.location)?)
        .with_listing_options(listing(Arc::new(format)))
        .with_schema(Arc::new(Schema::new(texts.collect::<Vec<_>>())));
    let file = Arc::new(ListingTable::try_new(config).map_err(|error| broken(&error))?);
    let typed = schema.fields().iter().map(|field| {
        let text = nullif(Expr::Column(Column::from_name(field.name())), lit("NA"));
        cast(text, field.data_type().clone()).alias(field.name())
    });
    let table = context.read_table(file).and_then(|file| file.select(typed.collect::<Vec<_>>()));
    register(context, &source.name, table.map_err(|error| broken(&error))?.into_view())
}

/// Makes Parquet files of one store visible as one table.
pub(crate) async fn register_parquet(
    context: &SessionContext,
    table: &str,
    files: &[Location],
) -> Result<(), CohortError> {
    let urls = files.iter().map(|file| address(context, table, file)).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(file)) = (urls.first(), files.first()) else {
        return Err(CohortError::EmptyTable { table: table.to_owned() });
    };
    let options = listing(Arc::new(ParquetFormat::default()));
    let schema = options.infer_schema(&context.state(), first).await;
    let schema = schema.map_err(|error| unreadable(table, file, &error))?;
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
    register(context, table, Arc::new(ListingTable::try_new(config).map_err(|error| broken(&error))?))
}

fn unreadable(table: &str, file: &Location, error: &DataFusionError) -> CohortError {
    let table = table.to_owned();
    match error.find_root() {
        DataFusionError::ObjectStore(_) => CohortError::NoTable { table, location: file.to_string() },
        _ => CohortError::Parquet { table },
    }
}

/// Reads what is needed to count a registered table's rows, so that a broken file is met before the query.
pub(super) async fn check_readable(context: &SessionContext, table: &str) -> Result<(), CohortError> {
    let unreadable = |_| CohortError::Parquet { table: table.to_owned() };
    let table = context.table(TableReference::bare(table)).await.map_err(unreadable)?;
    table.count().await.map_err(unreadable)?;
    Ok(())
}
