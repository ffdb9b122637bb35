//! `renkei records`: hospital records in their standard forms, made tables.

mod import;
mod quality;

use std::process::ExitCode;

use crate::args::{Format, RecordsArgs, RecordsCommand};

pub(crate) async fn records(args: RecordsArgs, format: Format) -> anyhow::Result<ExitCode> {
    match args.command {
        RecordsCommand::Import(args) => import::import(&args, format).await?,
        RecordsCommand::Quality(args) => quality::quality(&args, format).await?,
    }
    Ok(ExitCode::SUCCESS)
}
