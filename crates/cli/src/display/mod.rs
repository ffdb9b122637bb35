//! What a person sees while a run goes on, and how results are printed.

mod cluster;
mod columns;
mod progress;

pub(crate) use cluster::{Changes, RunView, WorkerView};
pub(crate) use columns::columns;
pub(crate) use progress::Display;

use crate::args::Format;

/// Prints a result: as JSON for programs, with `text` for people.
pub(crate) fn print<T: serde::Serialize>(
    format: Format,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    match format {
        Format::Json => println!("{}", serde_json::to_string_pretty(value)?),
        Format::Text => println!("{}", text(value)),
    }
    Ok(())
}
