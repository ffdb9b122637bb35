//! How to reach an etcd: where, as whom, and how long to wait.

use std::path::{Path, PathBuf};
use std::time::Duration;

use etcd_client::{Certificate, ConnectOptions, Identity, TlsOptions};
use tonic::transport::Uri;

use crate::error::Error;
use crate::key::Key;

/// How long a connection may be silent while a request waits before HTTP/2 asks whether the other side is there.
///
/// etcd closes connections on which it is asked more often than each 5 s, or at all while no request waits
/// (`--grpc-keepalive-min-time`), so this is larger and idle connections are left to TCP.
const SILENCE: Duration = Duration::from_secs(10);

/// How long a connection may be idle before TCP asks.
const IDLE: Duration = Duration::from_secs(30);

/// How to reach an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdOptions {
    /// One URL a member: `https://host:port`, or `http://host:port` where there is no [`EtcdOptions::tls`].
    pub endpoints: Vec<String>,
    /// Which cluster's facts: they lie under `PREFIX//`, and several clusters share an etcd by different prefixes.
    pub prefix: Key,
    /// Mutual TLS; `None` for plain HTTP, which belongs on a loopback address only.
    pub tls: Option<EtcdTls>,
    /// The user of etcd's own access control; `None` where it is off or goes by certificates.
    pub login: Option<EtcdLogin>,
    /// A connection that is not made, encrypted, logged in and answering within this is given up.
    pub connect_timeout: Duration,
    /// A call ends within this, whatever etcd does. One try at one member gets an equal share of it.
    pub request_timeout: Duration,
}

/// Files of mutual TLS, in PEM. They are read anew for each connection, so that renewed ones are taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdTls {
    /// Certificates of the authorities that signed etcd's.
    pub authority: PathBuf,
    /// Our certificate, with its chain.
    pub certificate: PathBuf,
    /// The private key of [`EtcdTls::certificate`].
    pub key: PathBuf,
}

/// A user of etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdLogin {
    /// The user's name; its role needs to read and write the keys from `PREFIX//` to `PREFIX/0`.
    pub user: String,
    /// The file with the password; a line break at its end does not count. Read anew for each connection.
    pub password: PathBuf,
}

impl EtcdOptions {
    /// No TLS, no login, one second for a connection, three for a call.
    ///
    /// Three seconds outlast what etcd needs to choose a new leader by default, and a leader of Renkei that lost one
    /// beat to a call that failed is still in time with the next.
    #[must_use]
    pub fn new(endpoints: Vec<String>, prefix: Key) -> Self {
        let (connect_timeout, request_timeout) = (Duration::from_secs(1), Duration::from_secs(3));
        Self { endpoints, prefix, tls: None, login: None, connect_timeout, request_timeout }
    }

    /// Refuses endpoints that cannot be meant.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.endpoints.is_empty() {
            return Err(Error::NoEndpoint);
        }
        let fault = |endpoint: &String| endpoint_fault(endpoint, self.tls.is_some());
        match self.endpoints.iter().enumerate().find_map(|(i, endpoint)| Some((i + 1, fault(endpoint)?))) {
            Some((position, fault)) => Err(Error::InvalidEndpoint { position, fault }),
            None => Ok(()),
        }
    }

    /// What the client library needs, with the files as they are now.
    pub(super) async fn read(&self) -> Result<ConnectOptions, Error> {
        let mut options = ConnectOptions::new()
            .with_connect_timeout(self.connect_timeout)
            .with_keep_alive(SILENCE, self.connect_timeout)
            .with_keep_alive_while_idle(false)
            .with_tcp_keepalive(IDLE)
            // A member that is cut off from the others says so at once instead of letting requests wait.
            .with_require_leader(true)
            // Repeats only what etcd refused for an expired token.
            .with_auto_token_refresh(true);
        if let Some(tls) = &self.tls {
            options = options.with_tls(tls.read().await?);
        }
        if let Some(login) = &self.login {
            let password = read(&login.password).await?;
            options = options.with_user(&login.user, password.trim_end_matches(['\r', '\n']));
        }
        Ok(options)
    }
}

impl EtcdTls {
    async fn read(&self) -> Result<TlsOptions, Error> {
        let authority = Certificate::from_pem(read(&self.authority).await?);
        let identity = Identity::from_pem(read(&self.certificate).await?, read(&self.key).await?);
        Ok(TlsOptions::new().ca_certificate(authority).identity(identity))
    }
}

async fn read(path: &Path) -> Result<String, Error> {
    tokio::fs::read_to_string(path).await.map_err(|source| Error::Secret { path: path.to_owned(), source })
}

/// The endpoint is left out of the words, since it may hold a password.
fn endpoint_fault(endpoint: &str, tls: bool) -> Option<&'static str> {
    let Ok(uri) = endpoint.parse::<Uri>() else { return Some("is no URL") };
    let userinfo = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        _ if userinfo => Some("holds a user: name it as the login, with the password in a file"),
        Some("http") if tls => {
            Some("begins with http:// though TLS is set: write https://, or take the TLS files away")
        }
        Some("https") if !tls => Some("begins with https:// though no TLS files are set: name them"),
        Some("http" | "https") if !matches!(uri.path(), "" | "/") || uri.query().is_some() => {
            Some("goes on after the port: end it there")
        }
        Some("http" | "https") => None,
        _ => Some("begins with neither http:// nor https://"),
    }
}

#[cfg(test)]
mod tests {
    use renkei_domain::ErrorKind;

    use super::*;

    fn options(endpoints: &[&str]) -> EtcdOptions {
        let endpoints = endpoints.iter().map(|&endpoint| endpoint.to_owned()).collect();
        EtcdOptions::new(endpoints, Key::new("renkei").unwrap())
    }

    fn tls() -> Option<EtcdTls> {
        Some(EtcdTls { authority: "ca.pem".into(), certificate: "none.pem".into(), key: "none.key".into() })
    }

    #[test]
    fn endpoints_that_cannot_be_meant_are_refused_without_repeating_them() {
        assert!(options(&["http://a:2379", "http://127.0.0.1:2379/"]).check().is_ok());
        assert!(EtcdOptions { tls: tls(), ..options(&["https://a:2379"]) }.check().is_ok());
        for wrong in ["a:2379", "", "ftp://a", "https://a:2379", "http://u:secret@a", "http://a/x", "http://a?x=1"] {
            let error = options(&["http://a:1", wrong]).check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(error.to_string().starts_with("etcd endpoint 2 "), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(EtcdOptions { tls: tls(), ..options(&["http://a:2379"]) }.check().is_err());
        assert!(matches!(options(&[]).check(), Err(Error::NoEndpoint)));
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let error = EtcdOptions { tls: tls(), ..options(&["https://a"]) }.read().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("ca.pem"), "{error}");
    }
}
