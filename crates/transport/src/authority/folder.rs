//! A folder for keys and certificates: nothing in it is ever overwritten.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A folder that is there.
pub(super) struct Folder<'a>(&'a Path);

impl<'a> Folder<'a> {
    /// The folder at `path`, made where it is missing (mode 0700).
    pub(super) fn make(path: &'a Path) -> Result<Self, Error> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| Error::Write { path: path.to_owned(), source })?;
        Ok(Self(path))
    }

    /// A new file of `mode`. The mode is given at creation, so that a key is never open to others, not even for a moment.
    pub(super) fn add(&self, name: &str, mode: u32, text: &str) -> Result<PathBuf, Error> {
        let path = self.0.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        match file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all())) {
            Ok(()) => Ok(path),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    /// Returns once what was added would outlive a power cut: who signs with a key, or gave a one-time secret for its
    /// certificate, cannot do so again.
    pub(super) fn keep(self) -> Result<(), Error> {
        let kept = File::open(self.0).and_then(|folder| folder.sync_all());
        kept.map_err(|source| Error::Write { path: self.0.to_owned(), source })
    }
}
