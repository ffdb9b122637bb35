use std::sync::Mutex;

use renkei_runtime::SystemClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[derive(Debug, Default)]
struct Scripted(Mutex<Vitals>);

impl Pulsing for Scripted {
    fn vitals(&self) -> Vitals {
        self.0.lock().unwrap().clone()
    }
}

/// The first line of the answer, and the whole of it.
async fn ask(address: std::net::SocketAddr, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer.lines().next().unwrap_or_default().to_owned(), answer)
}

#[tokio::test]
async fn a_scraper_gets_metrics_and_a_supervisor_health() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let of = Arc::new(Scripted::default());
    tokio::spawn(serve(listener, Arc::clone(&of) as _, Arc::new(SystemClock::new())));

    assert_eq!(ask(address, "GET /readyz").await.0, "HTTP/1.1 503 Service Unavailable");
    of.0.lock().unwrap().coordinator = Some(("https://c1:1".to_owned(), 2));
    assert_eq!(ask(address, "GET /readyz").await.0, "HTTP/1.1 200 OK");
    assert_eq!(ask(address, "GET /healthz").await.0, "HTTP/1.1 200 OK");
    let (status, metrics) = ask(address, "GET /metrics").await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(
        metrics.contains("text/plain; version=0.0.4") && metrics.contains("\nrenkei_worker_slots 0\n"),
        "{metrics}"
    );
    assert_eq!(ask(address, "GET /").await.0, "HTTP/1.1 404 Not Found");
    assert_eq!(ask(address, "POST /metrics").await.0, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(
        ask(address, &format!("GET /{}", "x".repeat(20_000))).await.0,
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
}
