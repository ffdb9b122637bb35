//! The side that calls: channels to servers that come back by themselves.

mod reason;
mod verifier;

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use http::Uri;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tonic::Status;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

pub use reason::{is_lost, reason};

use crate::credentials::Credentials;
use crate::error::Error;
use crate::identity::Role;
use crate::limits::{CONNECT_TIMEOUT, HANDSHAKE_TIMEOUT, KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, REQUEST_TIMEOUT};
use crate::provider::install_ring;
use verifier::Demands;

/// The servers that a process knows by address, any of which may be the one that answers: the coordinators of a cluster
/// for its workers and users, a consortium's hub for its sites and leads.
///
/// Each has one channel over mutual TLS. A channel dials at its first call, and again at the next call after its
/// connection was lost; a connection on which the peer gives no sign of life, idle or not, is lost after 5 s (see
/// [`crate::limits`]). A call that meets a lost connection fails ([`is_lost`]) and is the caller's to repeat.
///
/// Checked of the server: that its chain ends in the caller's authority, its validity (by the machine's clock), that
/// its certificate lists the host that was dialled, and that it names the role that the caller's role dials
/// ([`crate::Role::dials`]), in the caller's own realm.
#[derive(Debug, Clone)]
pub struct Servers(Vec<(String, Channel)>);

/// A server that answered as asked.
#[derive(Debug, Clone)]
pub struct Found<T> {
    /// Its address, as given.
    pub url: String,
    /// The channel to it.
    pub channel: Channel,
    /// What it answered.
    pub answer: T,
}

impl Servers {
    /// Takes addresses of the form `https://host:port` and connects to none yet. Call it within a tokio runtime.
    pub fn new(urls: &[String], credentials: &Credentials) -> Result<Self, Error> {
        install_ring();
        if urls.is_empty() {
            return Err(Error::Address { url: String::new(), fault: "is missing" });
        }
        let channel = |url: &String| Ok((url.clone(), endpoint(url, credentials)?.connect_lazy()));
        urls.iter().map(channel).collect::<Result<_, _>>().map(Self)
    }

    /// Every address with its channel.
    pub fn channels(&self) -> impl Iterator<Item = (&str, Channel)> {
        self.0.iter().map(|(url, channel)| (url.as_str(), channel.clone()))
    }

    /// Asks all servers at once (whether they lead, say) and takes the first that does not refuse; the others'
    /// answers are dropped. The error tells what each of them said.
    pub async fn find<T, F>(&self, ask: impl Fn(Channel) -> F) -> Result<Found<T>, Error>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let mut asked: FuturesUnordered<_> = self
            .channels()
            .map(|(url, channel)| {
                let answer = ask(channel.clone());
                async move { (url, channel, answer.await) }
            })
            .collect();
        let mut refusals = Vec::new();
        while let Some((url, channel, answer)) = asked.next().await {
            match answer {
                Ok(answer) => return Ok(Found { url: url.to_owned(), channel, answer }),
                Err(status) => refusals.push((url.to_owned(), status)),
            }
        }
        refusals.sort_by(|(a, _), (b, _)| a.cmp(b));
        Err(Error::Unanswered { refusals })
    }
}

/// The channel of a site that has no certificate yet to its consortium's [`crate::enrolment_server`] at `url`
/// (`https://host:port`). The server must be a hub of `consortium`, vouched for by the authority whose certificate `ca`
/// is in PEM form, as the invitation says: this alone keeps the invitation's secret from strangers. Dials as the
/// channels of [`Servers`] do; call it within a tokio runtime.
pub fn enrolment_channel(url: &str, consortium: &str, ca: &str) -> Result<Channel, Error> {
    install_ring();
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        root.ok().and_then(|root| roots.add(root).ok()).ok_or(Error::NoTrust)?;
    }
    if roots.is_empty() {
        return Err(Error::NoTrust);
    }
    let verifier = Demands::of(Role::Hub, consortium, Arc::new(roots))?;
    Ok(demanding(url, ClientTlsConfig::new(), verifier)?.connect_lazy())
}

fn endpoint(url: &str, credentials: &Credentials) -> Result<Endpoint, Error> {
    let own = credentials.identity();
    let verifier = Demands::of(own.role().dials(), own.realm(), credentials.roots())?;
    demanding(url, ClientTlsConfig::new().identity(credentials.pair()), verifier)
}

fn demanding(url: &str, tls: ClientTlsConfig, server: Arc<Demands>) -> Result<Endpoint, Error> {
    let endpoint = Endpoint::from(address(url)?)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    let tls = tls.timeout(HANDSHAKE_TIMEOUT);
    endpoint.tls_config_with_verifier(tls, server).map_err(|error| Error::Setup(error.into()))
}

fn address(url: &str) -> Result<Uri, Error> {
    // What stands before an @ would be a secret.
    let shown = url.rsplit('@').next().unwrap_or_default();
    let refused = |fault| Error::Address { url: shown.to_owned(), fault };
    let uri: Uri = url.parse().map_err(|_| refused("is no address"))?;
    if uri.scheme_str() != Some("https") {
        return Err(refused("does not begin with https://"));
    }
    if uri.port_u16().is_none() {
        return Err(refused("has no port"));
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('@') {
        return Err(refused("has more than host and port"));
    }
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_https_address_with_a_port_can_be_dialled() {
        for url in ["https://localhost:7600", "https://127.0.0.1:7600/", "https://[::1]:7600"] {
            assert!(address(url).is_ok(), "{url}");
        }
        for (url, fault) in [
            ("http://localhost:7600", "does not begin with https://"),
            ("localhost:7600", "does not begin with https://"),
            ("https://localhost", "has no port"),
            ("https://user:secret@localhost:7600", "has more than host and port"),
            ("https://localhost:7600/runs", "has more than host and port"),
            ("https://local host:7600", "is no address"),
            ("", "is no address"),
        ] {
            let error = address(url).unwrap_err();
            assert!(matches!(error, Error::Address { fault: found, .. } if found == fault), "{url}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
