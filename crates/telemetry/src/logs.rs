//! Log lines, written to standard error so that standard output stays for results.

use std::io::IsTerminal;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

use crate::TelemetryError;

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

/// Writes what `filter` lets through to standard error.
pub(crate) fn layer<S>(format: LogFormat, filter: &str) -> Result<Box<dyn Layer<S> + Send + Sync>, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = parse(filter)?;
    Ok(match format {
        LogFormat::Text => text(std::io::stderr().is_terminal(), std::io::stderr).with_filter(filter).boxed(),
        LogFormat::Json => json(std::io::stderr).with_filter(filter).boxed(),
    })
}

fn parse(filter: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::from_str(filter).map_err(|_| TelemetryError::Filter { filter: filter.to_owned() })
}

fn text<S, W>(ansi: bool, writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().with_ansi(ansi).with_writer(writer)
}

fn json<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt as _;

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

    type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

    fn log(filter: &str, make: impl FnOnce(Captured) -> Boxed) -> String {
        let captured = Captured::default();
        let lines = make(captured.clone()).with_filter(parse(filter).unwrap());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info_span!("try", shard = "s1").in_scope(|| tracing::info!(shards = 3, "planned"));
            tracing::debug!("hidden");
        });
        String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_carry_level_message_fields_and_where_they_were_said() {
        let line = log("info", |out| json(move || out.clone()).boxed());
        assert_eq!(line.lines().count(), 1, "{line}");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&event["level"], &event["message"], &event["shards"], &event["span"]["shard"]),
            (&"INFO".into(), &"planned".into(), &3.into(), &"s1".into())
        );
        assert!(event["timestamp"].is_string());
    }

    #[test]
    fn text_lines_obey_the_filter() {
        let text = |filter| log(filter, |out| text(false, move || out.clone()).boxed());
        assert!(text("info").ends_with("planned shards=3\n"));
        assert_eq!(text("debug").lines().count(), 2);
        assert_eq!(text("off"), "");
        assert_eq!(text("info,renkei_telemetry=warn"), "");
    }

    #[test]
    fn a_filter_that_does_not_parse_is_refused() {
        let refused = layer::<Registry>(LogFormat::Text, "renkei=loud").err().unwrap();
        assert!(matches!(refused, TelemetryError::Filter { .. }), "{refused}");
    }
}
