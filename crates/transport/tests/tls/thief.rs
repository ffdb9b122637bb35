//! Somebody else's server.

use renkei_transport::{incoming, install_ring};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic_health::server::health_reporter;

use crate::trial::clock;

/// Serves with whatever certificate, asks its callers for none and answers everybody. Stopped when dropped.
pub(crate) struct Thief {
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Thief {
    pub(crate) async fn start(certificate: &str, key: &str) -> Self {
        install_ring();
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let server = Server::builder().tls_config(tls).unwrap().add_service(health_reporter().1);
        let task = tokio::spawn(async move {
            server.serve_with_incoming(incoming(listener, clock())).await.unwrap();
        });
        Self { url, task }
    }
}

impl Drop for Thief {
    fn drop(&mut self) {
        self.task.abort();
    }
}
