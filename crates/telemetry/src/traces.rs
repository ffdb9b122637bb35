//! Spans on their way to a collector.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, TracerProviderBuilder};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use crate::TelemetryError;
use crate::run::Ids;

/// Targets of our own spans; those of the libraries below stay out.
const OURS: &str = "renkei";

/// Spans of this process are sent as long as this lives; what waits is sent when it is dropped.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Sends to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names (OTLP over gRPC,
    /// usually port 4317; OpenTelemetry's specification "OTLP exporter"); `None` where neither is set.
    pub fn from_environment(service: &'static str) -> Result<Option<Self>, TelemetryError> {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if !set(OTEL_EXPORTER_OTLP_ENDPOINT) && !set(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_tonic().build()?;
        Ok(Some(Self::new(service, SdkTracerProvider::builder().with_batch_exporter(exporter))))
    }

    pub(crate) fn new(service: &'static str, provider: TracerProviderBuilder) -> Self {
        let resource = Resource::builder().with_service_name(service).build();
        let provider = provider.with_resource(resource).with_id_generator(Ids::default()).build();
        opentelemetry::global::set_tracer_provider(provider.clone());
        Self { provider }
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.tracer())
            // Where in the code a span begins, on which thread, and how often it was polled is nobody's question here.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(OURS, LevelFilter::INFO))
    }

    fn tracer(&self) -> SdkTracer {
        self.provider.tracer(OURS)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // A collector that is away costs its spans, nothing else.
        let _ = self.provider.shutdown();
    }
}
