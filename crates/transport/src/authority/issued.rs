//! A key with its certificate, and the files they are kept in.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

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
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        let key = create(folder.join("key.pem"), 0o600, &self.key)?;
        let certificate = create(folder.join("cert.pem"), 0o644, &self.certificate)?;
        let ca = create(folder.join("ca.pem"), 0o644, &self.ca)?;
        Ok(Files { ca, certificate, key })
    }
}

/// The mode is given at creation, so that a key is never open to others, not even for a moment.
fn create(path: PathBuf, mode: u32, text: &str) -> Result<PathBuf, Error> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(path),
        Err(source) => Err(Error::Write { path, source }),
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
