//! `/metrics` over plain HTTP, for Prometheus: counts and rates, nothing of a patient, nothing that names a run.

mod text;

use std::sync::Arc;
use std::time::Duration;

use renkei_runtime::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::terms::Terms;

/// Connections at once.
const CONNECTIONS: usize = 16;
/// The longest request that is read, in bytes.
const REQUEST_BYTES: usize = 8 << 10;
/// A connection lives no longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until it is dropped; without a listener it waits.
pub(super) async fn serve(listener: Option<TcpListener>, terms: Arc<Terms>, name: String, clock: Arc<dyn Clock>) {
    let Some(listener) = listener else { return std::future::pending().await };
    let name: Arc<str> = name.into();
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let Ok((stream, _)) = listener.accept().await else {
            // No file handle left, say: it would fail again at once.
            clock.sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (terms, name, clock) = (Arc::clone(&terms), Arc::clone(&name), Arc::clone(&clock));
        connections.spawn(async move {
            tokio::select! {
                // The peer went away: its own business.
                _ = answer(stream, &terms, &name) => {}
                () = clock.sleep(PATIENCE) => {}
            }
        });
    }
}

async fn answer(mut stream: TcpStream, terms: &Terms, name: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() >= REQUEST_BYTES || stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let (status, body) = match request.split(|byte| *byte == b' ').take(2).collect::<Vec<_>>()[..] {
        [b"GET", b"/metrics"] => ("200 OK", text::of(terms, name).await),
        _ => ("404 Not Found", "only GET /metrics is served here\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
