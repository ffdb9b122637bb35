//! `renkei sql`: queries over the tables of a sealed run.

use std::collections::BTreeMap;
use std::process::ExitCode;

use arrow::util::pretty::pretty_format_batches;
use renkei_artifacts::Location;

use crate::args::{Format, SqlArgs};
use crate::session::OpenedRun;

pub(crate) async fn sql(args: SqlArgs, format: Format) -> anyhow::Result<ExitCode> {
    let opened = OpenedRun::find(&args.of).await?;
    let rows = renkei_cohort::sql::query(tables(&opened).await?, &args.query).await?;
    match format {
        Format::Text => println!("{}", pretty_format_batches(&rows)?),
        Format::Json => {
            let mut writer = arrow::json::LineDelimitedWriter::new(std::io::stdout());
            writer.write_batches(&rows.iter().collect::<Vec<_>>())?;
            writer.finish()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every Parquet table of the run with its objects.
async fn tables(opened: &OpenedRun) -> anyhow::Result<Vec<(String, Vec<Location>)>> {
    let mut tables: BTreeMap<String, Vec<Location>> = BTreeMap::new();
    for commit in opened.manifest().await?.stages.iter().flat_map(|stage| &stage.commits) {
        for entry in commit.artifacts.iter().filter(|entry| entry.key.ends_with(".parquet")) {
            tables.entry(entry.name.clone()).or_default().push(opened.object(&entry.key)?);
        }
    }
    Ok(tables.into_iter().collect())
}
