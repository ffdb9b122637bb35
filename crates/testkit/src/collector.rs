//! A collector of OpenTelemetry that keeps what it is told.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, async_trait};

/// A span, as far as tests ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The service that it came from.
    pub service: String,
    /// Its trace's id.
    pub trace: Vec<u8>,
    /// Its parent's id; empty where it has none.
    pub parent: Vec<u8>,
    /// What it is called.
    pub name: String,
    /// Its attributes, as text.
    pub attributes: BTreeMap<String, String>,
}

/// Listens for spans over OTLP until dropped.
#[derive(Debug)]
pub struct Collector {
    at: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
    _runtime: Runtime,
}

impl Collector {
    /// Starts one on a free port.
    pub fn start() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let spans = Arc::new(Mutex::new(Vec::new()));
        let service = TraceServiceServer::new(Kept(Arc::clone(&spans)));
        let incoming = {
            let _within = runtime.enter();
            TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?
        };
        let at = incoming.local_addr()?;
        runtime.spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        Ok(Self { at, spans, _runtime: runtime })
    }

    /// Environment variables by which a process finds it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), format!("http://{}", self.at))]
    }

    /// What has come so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Kept(Arc<Mutex<Vec<Span>>>);

#[async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let spans = request.into_inner().resource_spans.into_iter().flat_map(of_resource);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn of_resource(sent: ResourceSpans) -> Vec<Span> {
    let mut resource = texts(sent.resource.unwrap_or_default().attributes);
    let service = resource.remove("service.name").unwrap_or_default();
    let spans = sent.scope_spans.into_iter().flat_map(|scope| scope.spans);
    let one = |span: opentelemetry_proto::tonic::trace::v1::Span| Span {
        service: service.clone(),
        trace: span.trace_id,
        parent: span.parent_span_id,
        name: span.name,
        attributes: texts(span.attributes),
    };
    spans.map(one).collect()
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        other => format!("{other:?}"),
    };
    attributes.into_iter().map(|one| (one.key, text(one.value.and_then(|value| value.value)))).collect()
}
