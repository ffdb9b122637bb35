//! Logs of a process, written to standard error so that standard output stays for results.

use std::io::IsTerminal;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::Error;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people; coloured where standard error is a terminal.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Sends every event that `filter` (a level such as `info`, or `info,renkei_worker=debug`) lets through to standard error.
///
/// For a `main` only, once: an error where the filter does not parse or logging is set up already.
pub fn init(format: LogFormat, filter: &str) -> Result<(), Error> {
    let ansi = std::io::stderr().is_terminal();
    let set = match format {
        LogFormat::Text => text(parse(filter)?, ansi, std::io::stderr).try_init(),
        LogFormat::Json => json(parse(filter)?, std::io::stderr).try_init(),
    };
    set.map_err(|_| Error::TelemetryAlreadySet)
}

fn parse(filter: &str) -> Result<EnvFilter, Error> {
    EnvFilter::from_str(filter).map_err(|_| Error::LogFilter { filter: filter.to_owned() })
}

fn text<W>(filter: EnvFilter, ansi: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(writer).finish()
}

fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(writer).finish()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn log(make: impl FnOnce(Captured) -> Box<dyn Subscriber + Send + Sync>) -> String {
        let captured = Captured::default();
        tracing::subscriber::with_default(make(captured.clone()), || {
            tracing::info!(shards = 3, "planned");
            tracing::debug!("hidden");
        });
        String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_carry_level_message_and_fields() {
        let line = log(|out| Box::new(json(parse("info").unwrap(), move || out.clone())));
        assert_eq!(line.lines().count(), 1, "{line}");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&event["level"], &event["message"], &event["shards"]),
            (&"INFO".into(), &"planned".into(), &3.into())
        );
        assert!(event["timestamp"].is_string());
    }

    #[test]
    fn text_lines_obey_the_filter() {
        let text = |filter| log(|out| Box::new(text(parse(filter).unwrap(), false, move || out.clone())));
        assert!(text("info").ends_with("planned shards=3\n"));
        assert_eq!(text("debug").lines().count(), 2);
        assert_eq!(text("off"), "");
        assert_eq!(text("info,renkei_runtime=warn"), "");
    }

    #[test]
    fn a_filter_that_does_not_parse_is_refused() {
        assert!(matches!(init(LogFormat::Text, "renkei=loud"), Err(Error::LogFilter { .. })));
    }
}
