//! Copies of encoders that lie in an object store: by what they hold, so that a copy is never stale.

use std::io::{ErrorKind as Io, Read as _};
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use object_store::ObjectStoreExt as _;
use renkei_artifacts::{ArtifactError, Location};
use renkei_domain::{Digest, ErrorKind};
use renkei_stage::ShardError;
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Mutex;

use crate::reading::artifact_error;

/// A folder of copies. A copy appears under its name whole or not at all, and its bytes are compared each time that it is
/// asked for: one that a crash or a failing disk tore is fetched anew.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// One fetches at a time; whoever asks for the same meanwhile finds it there.
    turn: Mutex<()>,
}

/// One file of a copy.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) name: &'static str,
    pub(super) from: Location,
    pub(super) digest: Digest,
}

impl Cache {
    /// The copies in `folder`, which no other process uses.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, turn: Mutex::default() }
    }

    /// A folder on this machine that holds `pieces`.
    pub(super) async fn copy_of(&self, pieces: &[Piece]) -> Result<PathBuf, ShardError> {
        let parts = pieces.iter().flat_map(|piece| [piece.name.as_bytes(), piece.digest.as_bytes()]);
        let copy = self.folder.join(Digest::of_parts(parts).to_string());
        let _turn = self.turn.lock().await;
        if !is_whole(&copy, pieces).await? {
            self.fetch(pieces, &copy).await?;
        }
        Ok(copy)
    }

    async fn fetch(&self, pieces: &[Piece], copy: &Path) -> Result<(), ShardError> {
        let incoming = self.folder.join("incoming");
        for leftover in [copy, &incoming] {
            match fs::remove_dir_all(leftover).await {
                Err(error) if error.kind() != Io::NotFound => return Err(own_error(leftover, &error)),
                _ => {}
            }
        }
        fs::create_dir_all(&incoming).await.map_err(|error| own_error(&incoming, &error))?;
        for piece in pieces {
            fetch(piece, &incoming.join(piece.name)).await?;
        }
        fs::rename(&incoming, copy).await.map_err(|error| own_error(copy, &error))
    }
}

/// Whether the copy holds what it should, to the byte.
async fn is_whole(copy: &Path, pieces: &[Piece]) -> Result<bool, ShardError> {
    let files: Vec<_> = pieces.iter().map(|piece| (copy.join(piece.name), piece.digest)).collect();
    let compared = tokio::task::spawn_blocking(move || {
        files.iter().all(|(file, digest)| digest_of(file).is_ok_and(|found| found == *digest))
    });
    compared.await.map_err(|error| ShardError::new(ErrorKind::Internal, error.to_string()))
}

fn digest_of(file: &Path) -> std::io::Result<Digest> {
    let (mut file, mut hasher, mut chunk) = (std::fs::File::open(file)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Digest::from(<[u8; 32]>::from(hasher.finalize()))),
            read => hasher.update(&chunk[..read]),
        }
    }
}

/// Fetches one object into `file`, which reaches the disk before this returns.
async fn fetch(piece: &Piece, file: &Path) -> Result<(), ShardError> {
    let store_error = |error: object_store::Error| artifact_error(ArtifactError::from(error));
    let object = piece.from.store.get(&piece.from.path).await.map_err(store_error)?;
    let (of, mut got, mut hasher) = (object.meta.size, 0, Sha256::new());
    let mut body = object.into_stream();
    let written = |error| own_error(file, &error);
    let mut copy = fs::File::create(file).await.map_err(written)?;
    while let Some(bytes) = body.try_next().await.map_err(store_error)? {
        got += bytes.len() as u64;
        hasher.update(&bytes);
        copy.write_all(&bytes).await.map_err(written)?;
    }
    copy.sync_all().await.map_err(written)?;
    if got < of {
        return Err(artifact_error(ArtifactError::CutShort { key: piece.from.path.to_string(), got, of }));
    }
    if Digest::from(<[u8; 32]>::from(hasher.finalize())) != piece.digest {
        let what = format!("{} holds other bytes than when the run was planned", piece.from);
        return Err(ShardError::new(ErrorKind::Conflict, what));
    }
    Ok(())
}

/// This worker's own disk failed it; another worker's may not.
fn own_error(path: &Path, error: &std::io::Error) -> ShardError {
    let kind = if error.kind() == Io::StorageFull { ErrorKind::Exhausted } else { ErrorKind::Unavailable };
    ShardError::new(kind, format!("cannot keep a copy at {}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
