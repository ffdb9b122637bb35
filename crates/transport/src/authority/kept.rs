//! An authority in a folder, so that it can sign for years.

use std::path::Path;

use rcgen::{Issuer, KeyPair, PublicKeyData as _};
use renkei_runtime::Clock;
use rustls::RootCertStore;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::folder::Folder;
use super::{Authority, Validity};
use crate::credentials::{certificates, read};
use crate::error::Error;
use crate::identity::validity;

const CERTIFICATE: &str = "authority.pem";
const KEY: &str = "authority.key.pem";

impl Authority {
    /// Writes `authority.key.pem` (mode 0600) and `authority.pem` into `folder`, which is made where it is missing (mode
    /// 0700). Nothing that is there already is overwritten. Whoever reads the key can make certificates for anybody.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let folder = Folder::make(folder)?;
        folder.add(KEY, 0o600, &self.issuer.key().serialize_pem())?;
        folder.add(CERTIFICATE, 0o644, &self.certificate)?;
        folder.keep()
    }

    /// The authority that was written to `folder`. Refuses a key that others can read, a key that is not the
    /// certificate's, and a certificate that is not valid at the clock's time, that was changed, or that is no
    /// authority's.
    pub fn read(folder: &Path, clock: &dyn Clock) -> Result<Self, Error> {
        let (path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
        let key = key(&key_path)?;
        let pem = read(&path, false)?;
        let found = certificates(&path, &pem)?;
        let refused = |fault| Error::NoAuthority { path: path.clone(), fault };
        let [own] = &found[..] else { return Err(refused("holds more than one certificate")) };
        // As every peer will read it; the other reader, which knows more, is less strict.
        RootCertStore::empty().add(own.clone()).map_err(|_| refused("is no certificate that peers can read"))?;
        let (_, parsed) = X509Certificate::from_der(own).map_err(|_| refused("is no X.509 certificate"))?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err(Error::NotAPair { key: key_path, certificate: path });
        }
        signs(&parsed).map_err(refused)?;
        let Validity { from, until } = validity(&parsed).map_err(|_| refused("has a validity that cannot be read"))?;
        let now = clock.now();
        if now < from || until < now {
            return Err(refused("is not valid now: check this machine's clock, or make a new authority"));
        }
        let issuer = Issuer::from_ca_cert_der(own, key)?;
        Ok(Self { certificate: String::from_utf8_lossy(&pem).into_owned(), validity: Validity { from, until }, issuer })
    }
}

fn key(path: &Path) -> Result<KeyPair, Error> {
    let pem = read(path, true)?;
    let key = std::str::from_utf8(&pem).ok().and_then(|pem| KeyPair::from_pem(pem).ok());
    key.ok_or_else(|| Error::Pem { path: path.to_owned(), what: "private key of an authority" })
}

/// Whether the certificate is of one that signs certificates, and as that one made it.
fn signs(certificate: &X509Certificate<'_>) -> Result<(), &'static str> {
    certificate.verify_signature(None).map_err(|_| "is not signed with its own key: it was changed")?;
    let usage = certificate.key_usage().ok().flatten();
    if !certificate.is_ca() || !usage.is_some_and(|usage| usage.value.key_cert_sign()) {
        return Err("may not sign certificates");
    }
    Ok(())
}
