//! A key with its certificate, and the files they are kept in.

use std::fmt;
use std::path::Path;

use super::folder::Folder;
use crate::credentials::Files;
use crate::error::Error;

/// What one holder needs: its key, its certificate and that of the authority, all in PEM form.
#[derive(Clone)]
pub struct Issued {
    ca: String,
    certificate: String,
    key: String,
}

impl Issued {
    pub(super) fn new(ca: String, certificate: String, key: String) -> Self {
        Self { ca, certificate, key }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The private key: never log it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Writes `key.pem` (mode 0600), `cert.pem` and `ca.pem` into `folder`, which is made where it is missing (mode
    /// 0700). Nothing that is there already is overwritten: the first such file is an error.
    pub fn write(&self, folder: &Path) -> Result<Files, Error> {
        let folder = Folder::make(folder)?;
        let key = folder.add("key.pem", 0o600, &self.key)?;
        let certificate = folder.add("cert.pem", 0o644, &self.certificate)?;
        let ca = folder.add("ca.pem", 0o644, &self.ca)?;
        folder.keep()?;
        Ok(Files { ca, certificate, key })
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use renkei_domain::ErrorKind;

    use super::*;

    fn issued(key: &str) -> Issued {
        Issued::new("ca".into(), "certificate".into(), key.into())
    }

    #[test]
    fn the_key_is_for_its_owner_only_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("trial/w1");
        let files = issued("first").write(&folder).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files.key), mode(&folder)), (0o600, 0o700));
        let error = issued("second").write(&folder).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("key.pem"), "{error}");
        assert_eq!(std::fs::read_to_string(files.key).unwrap(), "first");
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        assert!(!format!("{:?}", issued("secret")).contains("secret"));
    }
}
