//! What a person sees while a run goes on, and how results are printed.

mod cluster;
mod columns;
mod progress;

pub(crate) use cluster::{Changes, RunView, WorkerView};
pub(crate) use columns::columns;
pub(crate) use progress::Display;

use std::io::{ErrorKind, Write as _};

use crate::args::Format;

/// Prints a result: as JSON for programs, with `text` for people. A reader that has seen enough, such as `head`, may close.
pub(crate) fn print<T: serde::Serialize>(
    format: Format,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let said = match format {
        Format::Json => serde_json::to_string_pretty(value)?,
        Format::Text => text(value),
    };
    match writeln!(std::io::stdout(), "{said}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
