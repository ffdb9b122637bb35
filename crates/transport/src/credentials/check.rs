//! What a peer would find out, found out at start.

use std::sync::Arc;
use std::time::Duration;

use renkei_runtime::Timestamp;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::UnixTime;
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;

use super::files::{Files, Loaded};
use crate::error::Error;
use crate::identity::{Leaf, Role};
use crate::provider::ring;

/// The certificate's holder, if it names one and is valid at `now`.
pub(super) fn leaf(files: &Files, loaded: &Loaded, now: Timestamp) -> Result<Leaf, Error> {
    let path = || files.certificate.clone();
    let own = loaded.chain.first().map(|der| &der[..]).unwrap_or_default();
    let leaf = Leaf::read(own).map_err(|unclear| Error::Holder { path: path(), unclear })?;
    if now < leaf.from {
        return Err(Error::NotYetValid { path: path(), from: leaf.from, now });
    }
    if now > leaf.until {
        return Err(Error::Expired { path: path(), until: leaf.until, now });
    }
    Ok(leaf)
}

/// Whether the key is the certificate's.
pub(super) fn pair(files: &Files, loaded: &Loaded) -> Result<(), Error> {
    match CertifiedKey::from_der(loaded.chain.clone(), loaded.key.clone_key(), &ring()) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(Error::NotAPair { key: files.key.clone(), certificate: files.certificate.clone() })
        }
        Err(_) => Err(Error::Pem { path: files.key.clone(), what: "private key of a kind that TLS uses" }),
    }
}

/// Whether a peer that trusts the authority would accept the certificate: for serving where the role serves,
/// else for dialling. Under which host names a server is reached only those who dial it know.
pub(super) fn vouched(files: &Files, loaded: &Loaded, role: Role, now: Timestamp) -> Result<(), Error> {
    let millis = u64::try_from(now.unix_millis()).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(millis));
    let verdict = if role.serves() { as_server(loaded, now) } else { as_client(loaded, now) };
    verdict.map_err(|fault| Error::Untrusted { ca: files.ca.clone(), certificate: files.certificate.clone(), fault })
}

fn as_server(loaded: &Loaded, now: UnixTime) -> Result<(), rustls::Error> {
    let (own, between) = loaded.chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
    let algorithms = ring().signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(
        &ParsedCertificate::try_from(own)?,
        &loaded.roots,
        between,
        now,
        algorithms,
    )
}

fn as_client(loaded: &Loaded, now: UnixTime) -> Result<(), rustls::Error> {
    let (own, between) = loaded.chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(loaded.roots.clone()), ring()).build();
    let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
    verifier.verify_client_cert(own, between, now).map(drop)
}
