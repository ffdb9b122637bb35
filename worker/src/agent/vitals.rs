//! What this process tells of itself over plain HTTP: whether it is alive and joined, and its counters. Nothing of a patient.

mod exposition;

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use renkei_runtime::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

pub(super) use exposition::{Vitals, text};

/// Connections at once; one more is closed as soon as it opens.
const CONNECTIONS: usize = 16;
/// How long one connection may last. A scraper needs far less.
const LIFE: Duration = Duration::from_secs(10);

/// Takes the vitals at the moment of a question.
pub(super) trait Pulsing: Send + Sync + Debug {
    fn vitals(&self) -> Vitals;
}

/// Answers `/metrics`, `/healthz` and `/readyz` on `listener` as long as this future is polled.
pub(super) async fn serve(listener: TcpListener, of: Arc<dyn Pulsing>, clock: Arc<dyn Clock>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection for metrics");
                clock.sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let (of, clock) = (Arc::clone(&of), Arc::clone(&clock));
        tokio::spawn(async move {
            let _place = place;
            tokio::select! {
                () = converse(stream, of) => {}
                () = clock.sleep(LIFE) => {}
            }
        });
    }
}

/// A connection that fails is the caller's business.
async fn converse(stream: TcpStream, of: Arc<dyn Pulsing>) {
    let answer = service_fn(move |request| {
        let answer = answer(&request, of.as_ref());
        async move { Ok::<_, Infallible>(answer) }
    });
    let _ = http1::Builder::new().max_buf_size(8 << 10).serve_connection(TokioIo::new(stream), answer).await;
}

fn answer(request: &Request<Incoming>, of: &dyn Pulsing) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => plain(StatusCode::OK, text(&of.vitals())),
        "/healthz" => plain(StatusCode::OK, "alive\n".to_owned()),
        "/readyz" if of.vitals().takes_shards() => plain(StatusCode::OK, "joined\n".to_owned()),
        "/readyz" => plain(StatusCode::SERVICE_UNAVAILABLE, "not joined, or leaving\n".to_owned()),
        _ => plain(StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz\n".to_owned()),
    }
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests;
