//! Where credentials are kept.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The three PEM files of a process, as its configuration names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The certificates of the authorities that sign for this realm's processes, and for nobody else.
    pub ca: PathBuf,
    /// This process's certificate, then any between it and the authority.
    pub certificate: PathBuf,
    /// Its private key, which only its owner may read (mode 0600).
    pub key: PathBuf,
}

/// The files' content: as it is, and decoded.
pub(super) struct Loaded {
    pub(super) roots: RootCertStore,
    /// The process's own certificate first; never empty.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) ca_pem: Vec<u8>,
    pub(super) certificate_pem: Vec<u8>,
    pub(super) key_pem: Vec<u8>,
}

impl Files {
    pub(super) fn load(&self) -> Result<Loaded, Error> {
        let (ca_pem, certificate_pem, key_pem) =
            (read(&self.ca, false)?, read(&self.certificate, false)?, read(&self.key, true)?);
        let mut roots = RootCertStore::empty();
        for root in certificates(&self.ca, &ca_pem)? {
            roots.add(root).map_err(|_| no_certificate(&self.ca))?;
        }
        let key = PrivateKeyDer::from_pem_slice(&key_pem)
            .map_err(|_| Error::Pem { path: self.key.clone(), what: "private key" })?;
        let chain = certificates(&self.certificate, &certificate_pem)?;
        Ok(Loaded { roots, chain, key, ca_pem, certificate_pem, key_pem })
    }
}

/// A file's bytes; where it holds a `secret`, only if nobody but its owner can read it.
pub(crate) fn read(path: &Path, secret: bool) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // Asked of the open file, so that what is checked is what is read.
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if secret && mode & 0o077 != 0 {
        return Err(Error::KeyExposed { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The certificates that PEM text from `path` holds: one at least.
pub(crate) fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| no_certificate(path))
}

fn no_certificate(path: &Path) -> Error {
    Error::Pem { path: path.to_owned(), what: "certificate" }
}
