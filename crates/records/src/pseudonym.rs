//! Ids that say nothing about the patient: keyed hashes of the hospital's own numbers and of the names that hold them.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use renkei_domain::CaseId;
use sha2::Sha256;

use crate::SecretError;

/// The shortest secret accepted, in bytes: the width of SHA-256, below which HMAC is weaker than its hash (RFC 2104, 3).
const SECRET_BYTES: usize = 32;
/// Hex digits kept of the keyed hash: 128 bits, so that a million patients collide with a chance below 1e-26.
const PSEUDONYM_DIGITS: usize = 32;
/// Written out, since every row of every source has such a hash and a general encoder takes as long as the hashing.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Makes case ids with the site's secret: the same number always gives the same id, and nobody without the secret can
/// compute or reverse it. HMAC-SHA-256 (RFC 2104), the first 32 hex digits.
#[derive(Clone)]
pub struct Pseudonymiser(Hmac<Sha256>);

/// The hex digits of a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hashed([u8; PSEUDONYM_DIGITS]);

impl Hashed {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Pseudonymiser {
    /// Takes the site's secret: 32 bytes or more, else [`SecretError::TooShort`].
    pub fn new(secret: &[u8]) -> Result<Self, SecretError> {
        let too_short = || SecretError::TooShort { bytes: secret.len(), needed: SECRET_BYTES };
        if secret.len() < SECRET_BYTES {
            return Err(too_short());
        }
        Hmac::new_from_slice(secret).map(Self).map_err(|_| too_short())
    }

    /// Reads the secret from a file that only its owner may open (mode 0600 or stricter). Line ends at the end of the
    /// file are no part of the secret.
    pub fn from_file(path: &Path) -> Result<Self, SecretError> {
        let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
        refuse_exposed(path, &std::fs::metadata(path).map_err(unreadable)?)?;
        let mut secret = std::fs::read(path).map_err(unreadable)?;
        while matches!(secret.last(), Some(b'\n' | b'\r')) {
            secret.pop();
        }
        Self::new(&secret)
    }

    /// The case id of a hospital's number, as text exactly as the record has it: 32 hex digits.
    #[must_use]
    pub fn case_id(&self, identifier: &str) -> CaseId {
        let digits = self.pseudonym(identifier);
        match CaseId::new(digits) {
            Ok(id) => id,
            Err(_) => unreachable!("hex digits are a case id"),
        }
    }

    /// The text of [`Self::case_id`].
    #[must_use]
    pub fn pseudonym(&self, identifier: &str) -> String {
        self.person(identifier).as_str().to_owned()
    }

    /// The same in place, for one row after another.
    pub(crate) fn person(&self, identifier: &str) -> Hashed {
        self.digits(&[identifier.as_bytes()])
    }

    /// Whether a text has the form of a pseudonym: 32 hex digits, in lower case.
    #[must_use]
    pub fn could_have_made(text: &str) -> bool {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == PSEUDONYM_DIGITS && text.bytes().all(digit)
    }

    /// The keyed hash of something that is no patient's number but may hold one, such as a file's name: never equal to
    /// the pseudonym of the same text, since `kind` goes in between two NULs, which no number holds.
    pub(crate) fn keyed(&self, kind: &'static str, text: &str) -> Hashed {
        self.digits(&[b"\0", kind.as_bytes(), b"\0", text.as_bytes()])
    }

    fn digits(&self, parts: &[&[u8]]) -> Hashed {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        let hash = mac.finalize().into_bytes();
        let mut digits = [0; PSEUDONYM_DIGITS];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(hash) {
            pair.copy_from_slice(&[byte >> 4, byte & 15].map(|half| DIGITS[usize::from(half)]));
        }
        Hashed(digits)
    }
}

impl fmt::Debug for Pseudonymiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonymiser(secret withheld)")
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &std::fs::Metadata) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(SecretError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _metadata: &std::fs::Metadata) -> Result<(), SecretError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    /// Computed apart with Python: `hmac.new(b"0123456789abcdef0123456789abcdef", b"P-0001", "sha256").hexdigest()[:32]`.
    #[test]
    fn the_id_is_the_start_of_the_hmac() {
        let id = Pseudonymiser::new(SECRET).unwrap().case_id("P-0001");
        assert_eq!(id.as_str(), "abbde3a59ad367ed16461c84a9976193");
    }

    #[test]
    fn another_secret_gives_another_id_and_a_short_one_is_refused() {
        let other = Pseudonymiser::new(b"0123456789abcdef0123456789abcdeX").unwrap();
        assert_ne!(other.case_id("P-0001"), Pseudonymiser::new(SECRET).unwrap().case_id("P-0001"));
        let error = Pseudonymiser::new(b"short").unwrap_err();
        assert!(matches!(error, SecretError::TooShort { bytes: 5, needed: 32 }), "{error}");
    }

    #[test]
    fn a_files_hash_is_no_patients_pseudonym() {
        let pseudonyms = Pseudonymiser::new(SECRET).unwrap();
        assert_ne!(pseudonyms.keyed("file", "P-0001"), pseudonyms.person("P-0001"));
        assert_ne!(pseudonyms.keyed("file", "P-0001"), pseudonyms.keyed("resource", "P-0001"));
    }

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        assert_eq!(format!("{:?}", Pseudonymiser::new(SECRET).unwrap()), "Pseudonymiser(secret withheld)");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_and_line_ends_do_not_count() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, [SECRET, b"\r\n"].concat()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Pseudonymiser::from_file(&path).unwrap_err();
        assert!(matches!(error, SecretError::Exposed { mode: 0o640, .. }), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let read = Pseudonymiser::from_file(&path).unwrap();
        assert_eq!(read.case_id("x"), Pseudonymiser::new(SECRET).unwrap().case_id("x"));
        let missing = Pseudonymiser::from_file(&folder.path().join("none")).unwrap_err();
        assert_eq!(missing.kind(), renkei_domain::ErrorKind::NotFound);
    }
}
