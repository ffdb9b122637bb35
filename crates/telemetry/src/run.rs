//! A run's trace. Its id, and that of its root span, are the start of the SHA-256 of the run's id: coordinators that follow
//! each other and workers that know nothing but a ticket all write to the same trace.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use renkei_domain::{Digest, RunId};
use renkei_runtime::Timestamp;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes `span`, not yet entered, a child of the run's root span. Without a collector nothing happens.
pub fn adopt(span: &Span, run: &RunId) {
    let (trace, root) = ids(run);
    let parent = SpanContext::new(trace, root, TraceFlags::SAMPLED, true, TraceState::default());
    // A failure says that nobody listens, or that the span is filtered out.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// Tells of the run's root span, from its submission to its seal: once a run, when it is sealed.
pub fn sealed(run: &RunId, submitted: Timestamp, sealed: Timestamp) {
    let ids = ids(run);
    let tracer = global::tracer("renkei");
    let builder = tracer
        .span_builder("run")
        .with_start_time(system_time(submitted))
        .with_attributes([KeyValue::new("run", run.to_string())]);
    NEXT.set(Some(ids));
    let mut span = builder.start_with_context(&tracer, &Context::new());
    NEXT.set(None);
    span.end_with_timestamp(system_time(sealed));
}

fn ids(run: &RunId) -> (TraceId, SpanId) {
    let digest = Digest::of(run.as_str().as_bytes());
    let (mut trace, mut root) = ([0; 16], [0; 8]);
    trace.copy_from_slice(&digest.as_bytes()[..16]);
    root.copy_from_slice(&digest.as_bytes()[16..24]);
    (TraceId::from_bytes(trace), SpanId::from_bytes(root))
}

fn system_time(time: Timestamp) -> SystemTime {
    let millis = u64::try_from(time.unix_millis()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

thread_local! {
    /// The ids of the span that this thread is about to begin, where they are not to be random.
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Random ids, but for root spans of runs.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        NEXT.get().map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.get().map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::Traces;

    /// SHA-256 of "r1", by `printf r1 | sha256sum`.
    const DIGEST: &str = "82f3e9c695dc6b8d1b11818d5701919e286de8d47f7c3eb3100c485f79e57828";

    #[test]
    fn spans_of_a_run_are_one_trace_under_its_root_and_carry_ids_only() {
        let kept = InMemorySpanExporter::default();
        let traces = Traces::new("test", SdkTracerProvider::builder().with_simple_exporter(kept.clone()));
        let run = RunId::new("r1").unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(traces.layer()), || {
            let span = tracing::info_span!("try", shard = "s1");
            adopt(&span, &run);
            span.in_scope(|| drop(tracing::info_span!("commit").entered()));
        });
        let time = |text: &str| text.parse().unwrap();
        sealed(&run, time("2026-01-31T09:00:00.000Z"), time("2026-01-31T09:00:02.500Z"));
        let spans = kept.get_finished_spans().unwrap();
        let named = |name| spans.iter().find(|span| span.name == name).unwrap();
        let (root, a_try, commit) = (named("run"), named("try"), named("commit"));
        assert!(spans.iter().all(|span| span.span_context.trace_id().to_string() == DIGEST[..32]), "{spans:?}");
        assert_eq!(root.span_context.span_id().to_string(), DIGEST[32..48]);
        assert_eq!(root.parent_span_id, SpanId::INVALID);
        assert_eq!(a_try.parent_span_id, root.span_context.span_id());
        assert_eq!(commit.parent_span_id, a_try.span_context.span_id());
        assert_ne!(a_try.span_context.span_id(), root.span_context.span_id());
        assert_eq!(root.end_time.duration_since(root.start_time).unwrap(), Duration::from_millis(2500));
        let attributes: Vec<&str> = a_try.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(attributes, ["target", "shard"]);
    }
}
