//! The side that is called: TLS, limits, and a gate that refuses by default.

mod gate;
mod incoming;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use renkei_runtime::Clock;
use tonic::transport::{Server, ServerTlsConfig};
use tower::layer::util::{Identity as NoLayer, Stack};

pub use gate::{Gate, Gated};
pub use incoming::{Connection, incoming};
pub use rules::Rules;

use crate::credentials::Credentials;
use crate::error::Error;
use crate::identity::Role;
use crate::limits::{
    ENROLMENT_CONNECTION, HANDSHAKE_TIMEOUT, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, MAX_HEADER_BYTES, MAX_STREAMS,
    REQUEST_TIMEOUT,
};
use crate::provider::install_ring;

/// A tonic server behind a [`Gate`]: any service may be added.
pub type GatedServer = Server<Stack<Gate, NoLayer>>;

/// A server that admits only holders of certificates of its own authority and realm, and of them only those whom
/// `rules` let call what they call. Serve it on [`incoming`], which bounds the number of connections:
///
/// ```no_run
/// # use std::sync::Arc;
/// # use renkei_runtime::Clock;
/// # use renkei_transport::{Credentials, Error, Role, Rules, incoming, server};
/// # async fn serve(credentials: Credentials, clock: Arc<dyn Clock>) -> Result<(), Box<dyn std::error::Error>> {
/// let rules = Rules::new().allow("/grpc.health.v1.Health/", &[Role::User, Role::Worker])?;
/// let (_, health) = tonic_health::server::health_reporter();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// server(&credentials, rules, Arc::clone(&clock))?
///     .add_service(health)
///     .serve_with_incoming(incoming(listener, clock))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// Message sizes are bounded by each service: see [`crate::limits::MAX_MESSAGE_BYTES`]. TLS itself reads the machine's
/// own clock; `clock` is what the gate tells expired certificates by on connections that outlive them.
///
/// The holder is a coordinator or a hub, and `rules` name only roles that dial it: no rule can open a coordinator to a
/// consortium's sites, or a hub to a hospital's workers.
pub fn server(credentials: &Credentials, rules: Rules, clock: Arc<dyn Clock>) -> Result<GatedServer, Error> {
    let identity = credentials.identity();
    if !identity.role().serves() {
        return Err(Error::CannotServe { holder: identity.clone() });
    }
    rules.suit(identity.role())?;
    let tls = ServerTlsConfig::new().identity(credentials.pair()).client_ca_root(credentials.authority());
    Ok(limited(tls)?.layer(Gate::new(identity.realm(), rules, clock)))
}

/// A hub's server for those who have no certificate yet, on a port of its own: TLS shows them the hub's certificate and
/// asks for none. It serves what `rules` open to anyone ([`Rules::allow_anyone`]) and nothing else; the service itself
/// has to find out who calls (by a one-time secret, say), and finds no [`crate::Identity`] in its requests. Serve it on
/// [`incoming`] as [`server()`]; a connection ends after [`crate::limits::ENROLMENT_CONNECTION`], so that nobody who is
/// not known can keep a place.
pub fn enrolment_server(credentials: &Credentials, rules: Rules) -> Result<GatedServer, Error> {
    let identity = credentials.identity();
    if identity.role() != Role::Hub {
        return Err(Error::NoHub { holder: identity.clone() });
    }
    rules.suit_anyone()?;
    let server = limited(ServerTlsConfig::new().identity(credentials.pair()))?
        .max_connection_age(ENROLMENT_CONNECTION)
        // Without it a connection is only asked to end; with it, it is closed.
        .max_connection_age_grace(Duration::ZERO);
    Ok(server.layer(Gate::open(rules)))
}

/// What holds for every server, whoever may call it.
fn limited(tls: ServerTlsConfig) -> Result<Server, Error> {
    install_ring();
    let server = Server::builder()
        .tls_config(tls.timeout(HANDSHAKE_TIMEOUT))
        .map_err(|error| Error::Setup(error.into()))?
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        .timeout(REQUEST_TIMEOUT);
    Ok(server)
}
