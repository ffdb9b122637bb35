//! What a process tells of itself: log lines on standard error, and spans to a collector of OpenTelemetry.
//!
//! Every run is one trace, whichever processes work on it: its ids follow from the run's id ([`run`]), so that nothing has to
//! be carried along. Spans have the run's, stage's, shard's and attempt's ids for attributes, and nothing of any record.

mod error;
mod logs;
pub mod run;
mod traces;

use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use error::TelemetryError;
pub use logs::LogFormat;
pub use traces::Traces;

/// Sends every event that `filter` (a level such as `info`, or `info,renkei_worker=debug`) lets through to standard error, and
/// spans to the collector that the standard variables name ([`Traces::from_environment`]), if they name one.
///
/// For a `main` only, once, within a Tokio runtime of several threads: an error where the filter does not parse, the
/// collector's address is none, or telemetry is set up already. What it returns is to be kept until the end of the process.
pub fn init(service: &'static str, format: LogFormat, filter: &str) -> Result<Option<Traces>, TelemetryError> {
    let traces = Traces::from_environment(service)?;
    let spans = traces.as_ref().map(|traces| traces.layer().boxed());
    let set = tracing_subscriber::registry().with(spans).with(logs::layer(format, filter)?).try_init();
    set.map(|()| traces).map_err(|_| TelemetryError::AlreadySet)
}
