//! Asking for a certificate without giving the key away: a PKCS#10 request, on both sides.

use std::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SubjectPublicKeyInfo,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509CertificationRequest};

use super::Issued;
use crate::error::Error;
use crate::identity::Identity;

/// The longest request that is read, in bytes. One of ours has about 400.
pub const MAX_REQUEST_BYTES: usize = 4 << 10;

/// A fresh key (ECDSA P-256) whose holder asks an authority for a certificate. The key stays in this process until
/// [`CertificateRequest::answered`] puts it beside the certificate.
pub struct CertificateRequest {
    key: KeyPair,
    pem: String,
}

impl CertificateRequest {
    /// A new key and the request for it.
    pub fn new() -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        // Who the holder is, the authority decides: a name here would only look as if it counted.
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let pem = params.serialize_request(&key)?.pem()?;
        Ok(Self { key, pem })
    }

    /// What the authority is given, in PEM form: the public key, signed with the private one.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The key with the `certificate` that came back for it, and the authority `ca` that the holder trusts already (not
    /// one that came with the answer); all in PEM form. Refuses a certificate of another key or another holder than
    /// `holder`. Who signed it and for when, [`crate::Credentials::read`] checks.
    pub fn answered(&self, ca: &str, certificate: &str, holder: &Identity) -> Result<Issued, Error> {
        let refused = |fault: String| Error::Answer { fault };
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| refused("holds no certificate in PEM form".to_owned()))?;
        let named = Identity::of_certificate(&der).map_err(|unclear| refused(unclear.to_string()))?;
        if named != *holder {
            return Err(refused(format!("names {named}, not {holder}")));
        }
        let certified = X509Certificate::from_der(&der).map_err(|_| refused("is no X.509 certificate".to_owned()))?.1;
        if certified.public_key().raw != self.key.subject_public_key_info() {
            return Err(refused("is for another key than was asked for".to_owned()));
        }
        Ok(Issued::new(ca.to_owned(), certificate.to_owned(), self.key.serialize_pem()))
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest").field("pem", &self.pem).finish_non_exhaustive()
    }
}

/// The public key of a request in PEM form, whose holder has the private one. Whatever else the request asks for is not
/// read.
pub(super) fn public_key(request: &str) -> Result<SubjectPublicKeyInfo, Error> {
    let refused = |fault| Error::Request { fault };
    if request.len() > MAX_REQUEST_BYTES {
        return Err(refused("is too long"));
    }
    let der = CertificateSigningRequestDer::from_pem_slice(request.as_bytes())
        .map_err(|_| refused("holds no CERTIFICATE REQUEST in PEM form"))?;
    let (rest, parsed) =
        X509CertificationRequest::from_der(&der).map_err(|_| refused("is no PKCS#10 request that can be read"))?;
    if !rest.is_empty() {
        return Err(refused("is followed by other bytes"));
    }
    let own = &parsed.certification_request_info.subject_pki;
    // By the key itself: the signature's algorithm does not tell the curve.
    let key = SubjectPublicKeyInfo::from_der(own.raw).ok().filter(|key| key.algorithm() == &PKCS_ECDSA_P256_SHA256);
    let key = key.ok_or(refused("has a key that is not ECDSA P-256"))?;
    parsed.verify_signature().map_err(|_| refused("is not signed with its own key"))?;
    Ok(key)
}
