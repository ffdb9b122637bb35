//! A store that fails on demand, for tests.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// One fault of one put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written; the error is one that a retry may mend.
    Unavailable,
    /// The object is written, yet the caller is told that it was not.
    AnswerLost,
    /// The disk is full: nothing is written.
    DiskFull,
    /// A conditional create overwrites instead of refusing, as some S3 look-alikes do.
    IgnoreCondition,
}

/// Passes everything on to `inner`, but for the faults that a test queued for the next puts.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    queue: Mutex<VecDeque<Fault>>,
    always: Option<Fault>,
}

impl FaultyStore {
    /// No fault yet.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, queue: Mutex::default(), always: None }
    }

    /// Every put has this fault.
    #[must_use]
    pub fn always(inner: Arc<dyn ObjectStore>, fault: Fault) -> Self {
        Self { inner, queue: Mutex::default(), always: Some(fault) }
    }

    /// The next put without a fault of its own gets this one.
    pub fn next_put(&self, fault: Fault) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    fn fault(&self) -> Option<Fault> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front().or(self.always)
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faulty {}", self.inner)
    }
}

fn failure(kind: std::io::ErrorKind) -> object_store::Error {
    object_store::Error::Generic { store: "faulty", source: Box::new(std::io::Error::from(kind)) }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        match self.fault() {
            Some(Fault::Unavailable) => Err(failure(std::io::ErrorKind::TimedOut)),
            Some(Fault::DiskFull) => Err(failure(std::io::ErrorKind::StorageFull)),
            Some(Fault::AnswerLost) => {
                self.inner.put_opts(location, payload, options).await?;
                Err(failure(std::io::ErrorKind::TimedOut))
            }
            Some(Fault::IgnoreCondition) => {
                options.mode = PutMode::Overwrite;
                self.inner.put_opts(location, payload, options).await
            }
            None => self.inner.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
