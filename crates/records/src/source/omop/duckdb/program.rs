//! DuckDB's program: called once for what a database has, then once a table.

use std::path::Path;
use std::process::Stdio;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::DuckDbError;
use super::catalogue::{LIST, Listed, Wanted};

/// What DuckDB may use. It holds row groups on their way out of one file into another; nothing here sorts or joins.
const LIMITS: &str = "SET memory_limit = '1GiB'; SET threads = 2; SET temp_directory = '';";
/// From here on DuckDB opens no file but those that were allowed before, and this cannot be undone.
const LOCKED: &str = "SET enable_external_access = false; SET lock_configuration = true;";

/// Where a database has the letters by which it is known, after a checksum.
const MAGIC: (usize, &[u8]) = (8, b"DUCK");

/// Refuses what is no DuckDB database before DuckDB sees it: for other forms it would look for an extension.
pub(super) async fn check(file: &Path) -> Result<(), DuckDbError> {
    let (at, letters) = MAGIC;
    let mut head = Vec::new();
    let read = async { File::open(file).await?.take((at + letters.len()) as u64).read_to_end(&mut head).await };
    match read.await {
        Ok(_) if head.get(at..) == Some(letters) => Ok(()),
        Ok(_) => Err(DuckDbError::NoDatabase { file: file.to_owned() }),
        Err(source) => Err(DuckDbError::Unread { file: file.to_owned(), source }),
    }
}

/// The columns of all tables of a database.
pub(super) async fn list(program: &Path, file: &Path) -> Result<Vec<Listed>, DuckDbError> {
    let listed = match call(program, file, &format!("{LIMITS} {LOCKED} {LIST}")).await? {
        Ok(listed) => listed,
        Err(said) => return Err(not_opened(&said, file)),
    };
    serde_json::from_slice(&listed).map_err(|_| DuckDbError::Unreadable { file: file.to_owned() })
}

/// Copies one table into `folder`.
pub(super) async fn copy(program: &Path, file: &Path, wanted: &Wanted, folder: &Path) -> Result<(), DuckDbError> {
    let Wanted { table, query } = wanted;
    let place = folder.to_str().ok_or(DuckDbError::FolderName)?.replace('\'', "''");
    let statements = format!(
        "{LIMITS} SET allowed_directories = ['{place}']; {LOCKED} \
         COPY ({query}) TO '{place}/{table}.parquet' (FORMAT parquet, COMPRESSION zstd)"
    );
    match call(program, file, &statements).await? {
        Ok(_) => Ok(()),
        Err(said) if said.contains("No space left") => Err(DuckDbError::Full { table }),
        Err(_) => Err(DuckDbError::Damaged { table }),
    }
}

/// Runs statements over a database that is opened for reading only. Gives what they print as JSON, or what DuckDB says
/// is wrong.
async fn call(program: &Path, file: &Path, statements: &str) -> Result<Result<Vec<u8>, String>, DuckDbError> {
    let mut command = Command::new(program);
    command.args(["-no-init", "-readonly", "-batch", "-bail", "-json"]).arg(file).args(["-c", statements]);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let done = command.output().await;
    let done = done.map_err(|source| DuckDbError::Unusable { program: program.to_owned(), source })?;
    let said = || String::from_utf8_lossy(&done.stderr).into_owned();
    Ok(if done.status.success() { Ok(done.stdout) } else { Err(said()) })
}

/// Why DuckDB does not open a database, by its words.
fn not_opened(said: &str, file: &Path) -> DuckDbError {
    let file = file.to_owned();
    if said.contains("database file with version number") {
        DuckDbError::Version { file }
    } else if said.contains("Could not set lock") {
        DuckDbError::Locked { file }
    } else {
        DuckDbError::Unreadable { file }
    }
}
