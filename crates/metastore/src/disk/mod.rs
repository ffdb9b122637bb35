//! A store in one SQLite file beside the object store, so that an interrupted run resumes.
//!
//! Several processes may open it at once: `renkei status` reads while `renkei run` writes. The file must lie on a local
//! disk, since SQLite's write-ahead log needs memory shared between the processes (<https://sqlite.org/wal.html>).

mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::error::Error;
use crate::key::{Key, Prefix};
use crate::transaction::{self, Guard, Outcome, Write};
use crate::{MetaStore, Version, Versioned};

/// How long a transaction waits for another process's before it fails as `Unavailable`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Facts in an SQLite file. A committed transaction is on the disk (write-ahead log, synchronised at every commit).
#[derive(Debug)]
pub struct DiskStore {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl DiskStore {
    /// Opens the store at `path` and creates it where there is none; the folder must exist.
    ///
    /// Beside it SQLite keeps `path-wal` and `path-shm`, and this crate `path-lock`: they belong together.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_waiting(path.as_ref().to_owned(), BUSY_TIMEOUT).await
    }

    async fn open_waiting(path: PathBuf, busy_timeout: Duration) -> Result<Self, Error> {
        let opened = path.clone();
        let connection = tokio::task::spawn_blocking(move || schema::open(&opened, busy_timeout)).await??;
        Ok(Self { path, connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` on the connection, on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = Arc::clone(&self.connection);
        // After a panic the open transaction has been rolled back, so the connection is sound.
        let run = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(run).await?.map_err(|source| Error::Sqlite { path: self.path.clone(), source })
    }
}

#[async_trait]
impl MetaStore for DiskStore {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error> {
        let key = key.clone();
        self.blocking(move |connection| read(connection, &key)).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error> {
        let prefix = prefix.clone();
        self.blocking(move |connection| read_all(connection, &prefix)).await
    }

    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error> {
        transaction::check(guards, writes)?;
        let (guards, writes) = (guards.to_vec(), writes.to_vec());
        self.blocking(move |connection| commit(connection, &guards, &writes)).await
    }
}

fn read(connection: &Connection, key: &Key) -> Result<Option<Versioned>, rusqlite::Error> {
    let row = |row: &rusqlite::Row<'_>| Ok(Versioned { value: row.get(0)?, version: Version(row.get(1)?) });
    connection.query_row("SELECT value, version FROM fact WHERE key = ?1", [key.as_str()], row).optional()
}

fn read_all(connection: &Connection, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, rusqlite::Error> {
    let (start, end) = prefix.range();
    let row = |row: &rusqlite::Row<'_>| {
        Ok((Key::stored(row.get(0)?), Versioned { value: row.get(1)?, version: Version(row.get(2)?) }))
    };
    connection
        .prepare("SELECT key, value, version FROM fact WHERE key >= ?1 AND key < ?2 ORDER BY key")?
        .query_map([start, end], row)?
        .collect()
}

/// Takes the file's write lock first, so that no other process can write between the guards and the writes.
fn commit(connection: &mut Connection, guards: &[Guard], writes: &[Write]) -> Result<Outcome, rusqlite::Error> {
    let open = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let present = |key: &Key| {
        open.query_row("SELECT version FROM fact WHERE key = ?1", [key.as_str()], |row| row.get(0).map(Version))
            .optional()
    };
    if let Some(failed) = transaction::failed_guard(guards, present)? {
        return Ok(failed);
    }
    let version = write_all(&open, writes)?;
    open.commit()?;
    Ok(Outcome::Committed { version })
}

fn write_all(open: &Transaction<'_>, writes: &[Write]) -> Result<Version, rusqlite::Error> {
    let present: i64 = open.query_row("SELECT version FROM store", [], |row| row.get(0))?;
    let next = present + 1;
    let mut changed = 0;
    for write in writes {
        changed += match write {
            Write::Put { key, value } => open.execute(
                "INSERT INTO fact (key, value, version) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version",
                params![key.as_str(), value, next],
            )?,
            Write::Delete { key } => open.execute("DELETE FROM fact WHERE key = ?1", [key.as_str()])?,
        };
    }
    if changed == 0 {
        return Ok(Version(present));
    }
    open.execute("UPDATE store SET version = ?1", [next])?;
    Ok(Version(next))
}
