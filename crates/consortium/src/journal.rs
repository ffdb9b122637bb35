//! The audit log of a hub or a site, as a file: lines are on the disk before what they tell happens.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use renkei_federation::audit::{Countersigned, Happening, Log, verify};
use renkei_federation::keys::Identity;
use renkei_federation::study::Moment;

use crate::{Error, Folder};

/// The file's name in the folder of its owner.
pub const LOG: &str = "audit.jsonl";

/// A log that is written on.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    log: Log,
}

impl Journal {
    /// Opens the log of `owner` in `folder`, and verifies it. A last line that a crash cut short is taken away: what it was
    /// to tell has not happened.
    pub fn open(folder: &Folder, owner: Identity, heads: &[Countersigned]) -> Result<Self, Error> {
        let path = folder.path().join(LOG);
        let failed = |doing| move |source| Error::File { doing, path: folder.path().join(LOG), source };
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(failed("open"))?;
        let mut text = std::fs::read(&path).map_err(failed("read"))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            tracing::warn!(cut = text.len() - whole, "the last line of the log was not finished");
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(failed("repair"))?;
            text.truncate(whole);
        }
        let witnesses: Vec<Identity> = heads.iter().map(|head| head.by).collect();
        let verified = verify(&text, owner, &witnesses, heads);
        let log = verified.map_err(|tampering| Error::Tampered { path: path.clone(), tampering })?.log;
        Ok(Self { path, file, log })
    }

    /// The end of the log.
    #[must_use]
    pub fn end(&self) -> &Log {
        &self.log
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `lines` to the disk, after which the log ends at `end`.
    pub fn write(&mut self, lines: &str, end: Log) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|source| Error::File { doing: "write", path: self.path.clone(), source })?;
        self.log = end;
        Ok(())
    }

    /// Tells one thing.
    pub fn tell(&mut self, key: &SigningKey, now: Moment, what: Happening) -> Result<(), Error> {
        let mut end = self.log.clone();
        let line = end.append(key, now, what)?;
        self.write(&line, end)
    }
}

#[cfg(test)]
mod tests {
    use renkei_federation::study::{SpecHash, State};

    use super::*;

    fn moved(study: &str) -> Happening {
        let study: SpecHash = study.repeat(64).parse().unwrap();
        Happening::Moved { study, state: State::Paused, why: String::new() }
    }

    #[test]
    fn a_log_goes_on_after_a_restart_and_after_a_line_that_was_cut_short() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let key = SigningKey::from_bytes(&[7; 32]);
        let owner = Identity::of(&key);
        let mut journal = Journal::open(&folder, owner, &[]).unwrap();
        journal.tell(&key, Moment(1), moved("a")).unwrap();
        journal.tell(&key, Moment(2), moved("b")).unwrap();
        let path = journal.path().to_owned();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"entry\":"].concat()).unwrap();
        let mut again = Journal::open(&folder, owner, &[]).unwrap();
        assert_eq!(again.end(), journal.end());
        again.tell(&key, Moment(3), moved("c")).unwrap();
        assert_eq!(Journal::open(&folder, owner, &[]).unwrap().end(), again.end());
    }

    #[test]
    fn a_changed_log_is_not_written_on() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let key = SigningKey::from_bytes(&[7; 32]);
        let mut journal = Journal::open(&folder, Identity::of(&key), &[]).unwrap();
        journal.tell(&key, Moment(1), moved("a")).unwrap();
        let text = std::fs::read_to_string(journal.path()).unwrap().replace("paused", "running");
        std::fs::write(journal.path(), text).unwrap();
        let error = Journal::open(&folder, Identity::of(&key), &[]).unwrap_err();
        assert!(matches!(error, Error::Tampered { .. }), "{error}");
    }
}
