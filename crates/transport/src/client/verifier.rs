//! Whom a client takes for its server.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use crate::error::Error;
use crate::identity::{Identity, Role};
use crate::provider::ring;

/// Everything that rustls checks of a server (chain, validity, use, host name), and then that the certificate names
/// one role of one realm: a worker's stolen certificate cannot play the coordinator, nor a site's the hub.
#[derive(Debug)]
pub(super) struct Demands {
    role: Role,
    realm: String,
    standard: Arc<WebPkiServerVerifier>,
}

impl Demands {
    pub(super) fn of(role: Role, realm: &str, roots: Arc<RootCertStore>) -> Result<Arc<Self>, Error> {
        let standard = WebPkiServerVerifier::builder_with_provider(roots, ring()).build();
        let standard = standard.map_err(|error| Error::Setup(error.into()))?;
        Ok(Arc::new(Self { role, realm: realm.to_owned(), standard }))
    }
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

impl ServerCertVerifier for Demands {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.standard.verify_server_cert(own, between, host, ocsp, now)?;
        let met = Identity::of_certificate(own).map_err(refused)?;
        Error::stranger(met, self.role, &self.realm).map_or(Ok(verified), |stranger| Err(refused(stranger)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.standard.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.standard.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.standard.supported_verify_schemes()
    }
}
