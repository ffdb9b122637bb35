//! SS-MIX2 standardised storage (Ver. 1.2c): one file a message, HL7 v2.5, in folders of patient, day and type.

mod kinds;
mod name;
mod rows;
mod sheet;
mod walk;

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;

use crate::{Door, FaultKind, Origin, RecordsError, Source, Stated};

use walk::{Entry, Finding, Unit};

/// Files fetched at once for one unit.
const FETCHED_AT_ONCE: usize = 16;

/// A standardised storage: the folder whose children are the first three characters of patient numbers.
#[derive(Debug)]
pub struct SsMix2 {
    root: Location,
}

/// The files of one unit, each with its bytes or with why there are none.
#[derive(Debug)]
pub struct Files(Unit, Vec<Option<Bytes>>);

impl SsMix2 {
    /// The storage below `root`, in any store.
    #[must_use]
    pub fn new(root: Location) -> Self {
        Self { root }
    }
}

impl Source for SsMix2 {
    type Unit = Unit;
    type Fetched = Files;

    fn form(&self) -> &'static str {
        "ss-mix2"
    }

    fn units(self: Arc<Self>) -> BoxStream<'static, Result<Unit, RecordsError>> {
        walk::units(&self.root)
    }

    async fn fetch(&self, unit: Unit) -> Result<Files, RecordsError> {
        let paths: Vec<Path> = unit.entries.iter().map(|entry| entry.path.clone()).collect();
        if self.root.local_path().is_some() {
            let read = tokio::task::spawn_blocking(move || local_bodies(&paths));
            let bodies = read.await.map_err(|_| RecordsError::Internal("reading files ended early"))??;
            return Ok(Files(unit, bodies));
        }
        let fetches = paths.into_iter().map(|path| body(Arc::clone(&self.root.store), path));
        let bodies = stream::iter(fetches).buffered(FETCHED_AT_ONCE).try_collect().await?;
        Ok(Files(unit, bodies))
    }

    fn read(&self, Files(unit, bodies): Files, door: &mut Door) {
        for Finding { path, kind } in &unit.findings {
            report(door, path, *kind);
        }
        for (reason, count) in unit.skipped {
            door.skip(reason, count);
        }
        for (entry, body) in unit.entries.iter().zip(bodies) {
            match body {
                Some(bytes) => read_file(entry, &bytes, door),
                None => report(door, &entry.below, FaultKind::Vanished),
            }
        }
    }
}

/// A file's bytes; nothing if it has gone since it was listed.
async fn body(store: Arc<dyn ObjectStore>, path: Path) -> Result<Option<Bytes>, RecordsError> {
    let fetched = async { store.get(&path).await?.bytes().await };
    match fetched.await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(RecordsError::reading(error)),
    }
}

/// The bytes of files on this machine, without a thread's turn for each: messages are small, and the turns cost more
/// than the reading.
fn local_bodies(paths: &[Path]) -> Result<Vec<Option<Bytes>>, RecordsError> {
    let system = LocalFileSystem::new();
    let read = |path: &Path| {
        let file = system.path_to_filesystem(path).map_err(RecordsError::reading)?;
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(RecordsError::Read(ErrorKind::Denied))
            }
            Err(_) => Err(RecordsError::Read(ErrorKind::Unavailable)),
        }
    };
    paths.iter().map(read).collect()
}

/// Lists a fault of a file as a whole.
fn report(door: &mut Door, path: &str, kind: FaultKind) {
    let file = door.file(path);
    door.fault(kind, None, &Origin { file: &file, line: 0, resource: None, recorded: Stated::Absent });
}

fn read_file(entry: &Entry, bytes: &[u8], door: &mut Door) {
    door.input(bytes);
    if let Err(kind) = sheet::read(entry, bytes, door) {
        report(door, &entry.below, kind);
    }
}
