//! Units of work: pieces of files put together until they are as long as one should be, in the order of the files.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::ObjectStore;
use tokio::sync::mpsc;

use super::Index;
use super::cut::{Limits, Piece, Reading};
use super::files::{self, File, Opened};
use crate::{FaultKind, RecordsError};

/// Pieces in one unit at most: many files are tiny.
const UNIT_PIECES: usize = 512;

/// A part of the source that is read on its own.
#[derive(Debug, Default)]
pub struct Unit {
    pub(super) pieces: Vec<Piece>,
    /// Faults of files of which there is no piece, by the path below the source's folder.
    pub(super) findings: Vec<Finding>,
    pub(super) other_files: u64,
    /// What the first pass found in the whole source.
    pub(super) index: Arc<Index>,
    /// The length of the pieces.
    pub(super) bytes: usize,
}

/// A fault of a file as a whole.
pub(super) struct Finding(pub(super) String, pub(super) FaultKind);

/// Cuts files into units. The work is done ahead of whoever takes them, by one unit.
pub(super) fn of(
    store: &Arc<dyn ObjectStore>,
    files: Vec<Arc<File>>,
    first: Unit,
    limits: Limits,
) -> BoxStream<'static, Result<Unit, RecordsError>> {
    let (sender, receiver) = mpsc::channel(1);
    let packer = Packer { index: Arc::clone(&first.index), unit: first, limits, sender: sender.clone() };
    let store = Arc::clone(store);
    tokio::spawn(async move {
        if let Err(error) = packer.all(&store, files).await {
            // Nobody waits for the error of units that nobody takes.
            let _ = sender.send(Err(error)).await;
        }
    });
    stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }).boxed()
}

struct Packer {
    unit: Unit,
    index: Arc<Index>,
    limits: Limits,
    sender: mpsc::Sender<Result<Unit, RecordsError>>,
}

impl Packer {
    async fn all(mut self, store: &Arc<dyn ObjectStore>, files: Vec<Arc<File>>) -> Result<(), RecordsError> {
        let mut opened = files::opened(store, files);
        while let Some(next) = opened.next().await {
            if !self.file(store, next?).await? {
                return Ok(());
            }
        }
        self.send().await;
        Ok(())
    }

    /// Cuts one file; says whether anybody still takes units.
    async fn file(&mut self, store: &Arc<dyn ObjectStore>, opened: Opened) -> Result<bool, RecordsError> {
        let Opened { file, first } = opened;
        let mut reading = Reading::new(Arc::clone(&file), self.limits);
        let mut chunks = stream::iter([Ok(first)]).chain(files::rest(store, &file));
        while let Some(chunk) = chunks.next().await {
            let Some(mut chunk) = chunk? else {
                self.unit.findings.push(Finding(file.below.clone(), FaultKind::Vanished));
                return Ok(true);
            };
            while !chunk.is_empty() {
                let portion = chunk.split_to(chunk.len().min(reading.portion()));
                let pieces;
                (reading, pieces) = cut(reading, portion).await?;
                if !self.take(pieces).await {
                    return Ok(false);
                }
            }
        }
        Ok(self.take(reading.finish()).await)
    }

    async fn take(&mut self, pieces: Vec<Piece>) -> bool {
        for piece in pieces {
            self.unit.bytes += piece.bytes.len();
            self.unit.pieces.push(piece);
            let full = self.unit.bytes >= self.limits.piece || self.unit.pieces.len() == UNIT_PIECES;
            if full && !self.send().await {
                return false;
            }
        }
        true
    }

    async fn send(&mut self) -> bool {
        let next = Unit { index: Arc::clone(&self.index), ..Unit::default() };
        self.sender.send(Ok(std::mem::replace(&mut self.unit, next))).await.is_ok()
    }
}

/// Cuts on a thread that may be busy: decompressing takes long.
async fn cut(mut reading: Reading, bytes: Bytes) -> Result<(Reading, Vec<Piece>), RecordsError> {
    let work = tokio::task::spawn_blocking(move || {
        let pieces = reading.push(&bytes);
        (reading, pieces)
    });
    work.await.map_err(|_| RecordsError::Internal("cutting a file of records ended early"))
}

/// Without the path, which can hold a patient's name.
impl std::fmt::Debug for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Finding({})", self.1.as_str())
    }
}
