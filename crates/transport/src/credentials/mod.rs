//! What a process shows to its peers, and whom it trusts: read and checked once, at start.

mod check;
mod files;

use std::fmt;
use std::sync::Arc;

use renkei_runtime::{Clock, Timestamp};
use rustls::RootCertStore;

pub use files::Files;
pub(crate) use files::{certificates, read};

use crate::error::Error;
use crate::identity::Identity;

/// A process's certificate with its key, and the authority it trusts, checked to belong together.
///
/// Files that are changed later are read at the next start only: restart before [`Credentials::until`].
#[derive(Clone)]
pub struct Credentials {
    identity: Identity,
    until: Timestamp,
    roots: Arc<RootCertStore>,
    ca_pem: Vec<u8>,
    certificate_pem: Vec<u8>,
    key_pem: Vec<u8>,
}

impl Credentials {
    /// Reads `files` and refuses what any peer would refuse later, less clearly: an exposed key, a certificate that
    /// names no holder, that is not valid at the clock's time, whose key is another, or that the authority did not
    /// sign for the use of its role.
    pub fn read(files: &Files, clock: &dyn Clock) -> Result<Self, Error> {
        let loaded = files.load()?;
        let leaf = check::leaf(files, &loaded, clock.now())?;
        check::pair(files, &loaded)?;
        check::vouched(files, &loaded, leaf.identity.role(), clock.now())?;
        Ok(Self {
            identity: leaf.identity,
            until: leaf.until,
            roots: Arc::new(loaded.roots),
            ca_pem: loaded.ca_pem,
            certificate_pem: loaded.certificate_pem,
            key_pem: loaded.key_pem,
        })
    }

    /// Who this process is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The last moment of the certificate: worth a warning at start when it is near.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }

    pub(crate) fn authority(&self) -> tonic::transport::Certificate {
        tonic::transport::Certificate::from_pem(&self.ca_pem)
    }

    pub(crate) fn pair(&self) -> tonic::transport::Identity {
        tonic::transport::Identity::from_pem(&self.certificate_pem, &self.key_pem)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("identity", &self.identity)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}
