//! The file's layout, and how it is opened, created and refused.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use crate::error::Error;

/// The newest layout known here. A change of [`CREATE`] raises it and adds a migration and a fixture.
pub(super) const SCHEMA_VERSION: i64 = 1;

/// Schema version 1. `store` has one row: the layout's version and the version of the last transaction.
pub(super) const CREATE: &str = "
CREATE TABLE store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE TABLE fact (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Opens `path`, creates the layout where the file is new, and refuses what is not ours to write.
pub(super) fn open(path: &Path, busy_timeout: Duration) -> Result<Connection, Error> {
    let _lock = lock(path)?;
    let sqlite = |source| Error::Sqlite { path: path.to_owned(), source };
    let mut connection = Connection::open(path).map_err(sqlite)?;
    connection.busy_timeout(busy_timeout).map_err(sqlite)?;
    let layout = layout(&connection).map_err(sqlite)?;
    match layout {
        Layout::Empty | Layout::Version(SCHEMA_VERSION) => {}
        Layout::Version(found) if found > SCHEMA_VERSION => {
            return Err(Error::NewerSchema { path: path.to_owned(), found, known: SCHEMA_VERSION });
        }
        Layout::Version(_) | Layout::Foreign => return Err(Error::Foreign { path: path.to_owned() }),
    }
    if !share(&connection).map_err(sqlite)? {
        return Err(Error::NoSharedMemory { path: path.to_owned() });
    }
    if matches!(layout, Layout::Empty) {
        create(&mut connection).map_err(sqlite)?;
    }
    Ok(connection)
}

/// Lets one process at a time open the file: two that switch a new file to the write-ahead log at the same moment
/// would fail as busy without waiting. The lock ends with the returned file, and with the process.
fn lock(path: &Path) -> Result<File, Error> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let locked = File::create(PathBuf::from(name)).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| Error::Open { path: path.to_owned(), source })
}

enum Layout {
    Empty,
    Version(i64),
    Foreign,
}

fn layout(connection: &Connection) -> Result<Layout, rusqlite::Error> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(Layout::Empty);
    }
    let ours = "SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'table' AND name IN ('store', 'fact')";
    if !connection.query_row(ours, [], |row| row.get::<_, bool>(0))? {
        return Ok(Layout::Foreign);
    }
    let version = connection.query_row("SELECT schema_version FROM store", [], |row| row.get(0)).optional()?;
    Ok(version.map_or(Layout::Foreign, Layout::Version))
}

/// Turns on the write-ahead log, synchronised at every commit; false where the file system cannot.
fn share(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    Ok(mode == "wal")
}

fn create(connection: &mut Connection) -> Result<(), rusqlite::Error> {
    let creation = connection.transaction()?;
    creation.execute_batch(CREATE)?;
    creation.execute("INSERT INTO store (one, schema_version, version) VALUES (1, ?1, 0)", [SCHEMA_VERSION])?;
    creation.commit()
}
