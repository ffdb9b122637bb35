//! A store that fails on demand, for tests: what is left of a fault once the store's own client has given up retrying.

use std::collections::VecDeque;
use std::fmt;
use std::io::ErrorKind as IoKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use renkei_runtime::Clock;

/// One fault of one put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutFault {
    /// Nothing is written: the store answered with this status (5xx, 429) until the client gave up.
    Status(u16),
    /// The object is written, yet the caller is told that it was not.
    AnswerLost,
    /// The object is written; the client, which lost the answer, tried again by itself and met its own object.
    MetItself,
    /// The disk is full: nothing is written.
    Full,
    /// A conditional create is refused with "another writer is at it", yet nothing is there (S3's 409).
    Busy,
    /// A conditional create overwrites instead of refusing, as some S3 look-alikes do.
    IgnoreCondition,
    /// The object is written after this time.
    Slow(Duration),
}

/// One fault of one get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetFault {
    /// The store answered with this status (5xx, 429) until the client gave up.
    Status(u16),
    /// Half of the body arrives, then the connection breaks.
    Broken,
    /// Half of the body arrives and passes for the whole.
    CutShort,
    /// One bit is turned on the way.
    Turned,
    /// The body arrives after this time.
    Slow(Duration),
}

/// Passes everything on to `inner`, but for the faults that a test queued for the next puts and gets.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    puts: Mutex<VecDeque<PutFault>>,
    gets: Mutex<VecDeque<GetFault>>,
    every_put: Option<PutFault>,
}

impl FaultyStore {
    /// No fault yet; slowness passes on `clock`.
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, puts: Mutex::default(), gets: Mutex::default(), every_put: None }
    }

    /// Every put without a fault of its own gets `fault`.
    #[must_use]
    pub fn every_put(self, fault: PutFault) -> Self {
        Self { every_put: Some(fault), ..self }
    }

    /// The next put that has no fault yet gets this one.
    pub fn next_put(&self, fault: PutFault) {
        self.puts.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// The next get of a body that has no fault yet gets this one.
    pub fn next_get(&self, fault: GetFault) {
        self.gets.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    fn put_fault(&self) -> Option<PutFault> {
        self.puts.lock().unwrap_or_else(PoisonError::into_inner).pop_front().or(self.every_put)
    }

    fn get_fault(&self) -> Option<GetFault> {
        self.gets.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faulty {}", self.inner)
    }
}

fn generic(source: std::io::Error) -> Error {
    Error::Generic { store: "faulty", source: Box::new(source) }
}

fn status(status: u16) -> Error {
    generic(std::io::Error::other(format!("status {status} after all retries")))
}

/// `object` with another body.
fn with_body(object: GetResult, body: Vec<Result<Bytes>>) -> GetResult {
    GetResult { payload: GetResultPayload::Stream(futures::stream::iter(body).boxed()), ..object }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        let refused = || Error::AlreadyExists { path: location.to_string(), source: "by the fault".into() };
        match self.put_fault() {
            Some(PutFault::Status(code)) => return Err(status(code)),
            Some(PutFault::Full) => return Err(generic(IoKind::StorageFull.into())),
            Some(PutFault::Busy) => return Err(refused()),
            Some(PutFault::AnswerLost) => {
                self.inner.put_opts(location, payload, options).await?;
                return Err(generic(IoKind::TimedOut.into()));
            }
            Some(PutFault::MetItself) => {
                self.inner.put_opts(location, payload, options).await?;
                return Err(refused());
            }
            Some(PutFault::IgnoreCondition) => options.mode = PutMode::Overwrite,
            Some(PutFault::Slow(time)) => self.clock.sleep(time).await,
            None => {}
        }
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let head = options.head;
        let object = self.inner.get_opts(location, options).await?;
        let fault = if head { None } else { self.get_fault() };
        let Some(fault) = fault else { return Ok(object) };
        let meta = GetResult {
            payload: GetResultPayload::Stream(futures::stream::empty().boxed()),
            meta: object.meta.clone(),
            range: object.range.clone(),
            attributes: object.attributes.clone(),
        };
        let whole = object.bytes().await?;
        let half = whole.slice(..whole.len() / 2);
        Ok(match fault {
            GetFault::Status(code) => return Err(status(code)),
            GetFault::Broken => with_body(meta, vec![Ok(half), Err(generic(IoKind::UnexpectedEof.into()))]),
            GetFault::CutShort => with_body(meta, vec![Ok(half)]),
            GetFault::Turned => {
                let mut turned = whole.to_vec();
                turned.iter_mut().take(1).for_each(|byte| *byte ^= 1);
                with_body(meta, vec![Ok(turned.into())])
            }
            GetFault::Slow(time) => {
                self.clock.sleep(time).await;
                with_body(meta, vec![Ok(whole)])
            }
        })
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
