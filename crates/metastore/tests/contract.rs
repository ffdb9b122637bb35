//! The contract suite, run by both stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use renkei_metastore::contract::{run_all, run_two_handles};
use renkei_metastore::{DiskStore, MemoryStore, MetaStore};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    run_all(async || Arc::new(MemoryStore::new()) as Arc<dyn MetaStore>).await;
    run_two_handles(async || {
        let store: Arc<dyn MetaStore> = Arc::new(MemoryStore::new());
        [Arc::clone(&store), store]
    })
    .await;
}

/// A folder that gives a new file name at each call.
struct Folder {
    folder: tempfile::TempDir,
    files: AtomicU32,
}

impl Folder {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), files: AtomicU32::new(0) }
    }

    fn next(&self) -> PathBuf {
        self.folder.path().join(format!("{}.sqlite", self.files.fetch_add(1, Ordering::Relaxed)))
    }
}

async fn open(path: &PathBuf) -> Arc<dyn MetaStore> {
    Arc::new(DiskStore::open(path).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn disk() {
    let folder = Folder::new();
    run_all(async || open(&folder.next()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn disk_with_two_handles() {
    let folder = Folder::new();
    run_two_handles(async || {
        let path = folder.next();
        [open(&path).await, open(&path).await]
    })
    .await;
}
