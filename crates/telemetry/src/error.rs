//! Why a process cannot tell of itself.

use renkei_domain::ErrorKind;

/// Telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A log filter that does not parse.
    #[error("'{filter}' is not a log filter: write a level, as in info, or levels by target, as in info,renkei=debug")]
    Filter {
        /// The filter that was given.
        filter: String,
    },
    /// The collector's address, or another of OpenTelemetry's variables, is no good.
    #[error("traces cannot be sent: {0}; look at the variables OTEL_EXPORTER_OTLP_*")]
    Collector(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Telemetry was set up twice in one process.
    #[error("telemetry is set up already in this process")]
    AlreadySet,
}

impl TelemetryError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Filter { .. } | Self::Collector(_) => ErrorKind::Invalid,
            Self::AlreadySet => ErrorKind::Internal,
        }
    }
}
