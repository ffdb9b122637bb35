//! The ed25519 key that a hub, a site, a lead or a reviewer signs with, in a file of its own.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use ed25519_dalek::SigningKey;
use rand::CryptoRng;

use crate::Error;

/// Draws a key and writes it: 64 hexadecimal digits, mode 0600, never over a file that is there.
pub fn create(path: &Path, rng: &mut impl CryptoRng) -> Result<SigningKey, Error> {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    let written = || {
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        file.write_all(format!("{}\n", hex::encode(seed)).as_bytes())?;
        file.sync_all()
    };
    written().map_err(|source| Error::File { doing: "write", path: path.to_owned(), source })?;
    Ok(key)
}

/// Reads a key that nobody but its owner can read.
pub fn read(path: &Path) -> Result<SigningKey, Error> {
    let failed = |source| Error::File { doing: "read", path: path.to_owned(), source };
    let damaged = |reason: &str| Error::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    // Asked of the open file, so that what is checked is what is read.
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(damaged("others can read this key: make it mode 0600, and think about a new one"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim_end(), &mut seed).map_err(|_| damaged("a key is 64 hexadecimal digits"))?;
    Ok(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_never_overwritten_or_read_where_others_can() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lead.key");
        let mut rng = renkei_runtime::secrets().unwrap();
        let key = create(&path, &mut rng).unwrap();
        assert_eq!(read(&path).unwrap().to_bytes(), key.to_bytes());
        assert!(create(&path, &mut rng).is_err());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("others can read"), "{error}");
        assert!(!error.contains(&hex::encode(key.to_bytes())));
    }
}
