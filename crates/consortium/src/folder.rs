//! A folder of state: every file is replaced whole or not at all, and is its owner's alone.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind as Io, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// A folder, made with mode 0700. Files in it have mode 0600.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Held by the one process that writes a folder; released when it is dropped, or its process ends however it does.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

impl Folder {
    /// Opens a folder, which is made where it is missing.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|source| Error::File { doing: "make", path: path.clone(), source })?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in this one.
    pub fn inner(&self, name: &str) -> Result<Self, Error> {
        Self::open(self.0.join(name))
    }

    /// The names of the folders in this one, in order.
    pub fn folders(&self) -> Result<Vec<String>, Error> {
        let failed = |source| Error::File { doing: "read", path: self.0.clone(), source };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.0).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Takes the folder for this process; an error where another has it.
    pub fn hold(&self) -> Result<Held, Error> {
        let path = self.0.join("lock");
        let failed = |source| Error::File { doing: "lock", path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Held { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Held { path: self.0.clone() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Waits until no other has the folder, and takes it.
    pub fn wait(&self) -> Result<Held, Error> {
        let path = self.0.join("lock");
        let failed = |source| Error::File { doing: "lock", path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Held { _file: file })
    }

    /// A document for people (JSON); none where there is no such file.
    pub fn document<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        self.read(name, |bytes| serde_json::from_slice(bytes).map_err(|error| error.to_string()))
    }

    /// Replaces a document.
    pub fn put_document<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Error> {
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| self.unwritten(name, error.to_string()))?;
        bytes.push(b'\n');
        self.put(name, &bytes)
    }

    /// A state (MessagePack); none where there is no such file.
    pub fn state<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        self.read(name, |bytes| rmp_serde::from_slice(bytes).map_err(|error| error.to_string()))
    }

    /// Replaces a state.
    pub fn put_state<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Error> {
        let bytes = rmp_serde::to_vec_named(value).map_err(|error| self.unwritten(name, error.to_string()))?;
        self.put(name, &bytes)
    }

    fn unwritten(&self, name: &str, reason: String) -> Error {
        Error::Damaged { path: self.0.join(name), reason }
    }

    fn read<T>(&self, name: &str, parse: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<Option<T>, Error> {
        let path = self.0.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => parse(&bytes).map(Some).map_err(|reason| Error::Damaged { path, reason }),
            Err(source) if source.kind() == Io::NotFound => Ok(None),
            Err(source) => Err(Error::File { doing: "read", path, source }),
        }
    }

    /// Writes beside the file, to the disk, and puts it in the file's place.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let (path, beside) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let written = || {
            let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)?;
            File::open(&self.0)?.sync_all()
        };
        written().map_err(|source| Error::File { doing: "write", path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read_back_and_what_is_damaged_is_told_by_its_path() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().join("a/b")).unwrap();
        assert_eq!(folder.state::<Vec<u8>>("x.bin").unwrap(), None);
        folder.put_state("x.bin", &vec![1_u8, 2]).unwrap();
        folder.put_state("x.bin", &vec![3_u8]).unwrap();
        assert_eq!(folder.state::<Vec<u8>>("x.bin").unwrap(), Some(vec![3]));
        std::fs::write(folder.path().join("x.bin"), b"").unwrap();
        let error = folder.state::<Vec<u8>>("x.bin").unwrap_err();
        assert!(error.to_string().contains("x.bin"), "{error}");
    }

    #[test]
    fn one_process_holds_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let held = folder.hold().unwrap();
        assert!(matches!(folder.hold(), Err(Error::Held { .. })));
        drop(held);
        folder.hold().unwrap();
    }
}
