//! An object store that makes its objects when they are read.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

/// Bytes made at once.
const CHUNK: u64 = 1 << 20;

/// What an object store can be asked for. Paths and folders are without a solidus at either end.
pub(crate) trait Made: fmt::Debug + Send + Sync + 'static {
    /// The files below a folder with their sizes.
    fn files(&self, folder: &str) -> Vec<(String, u64)>;
    /// The folders in a folder; none where files are in it.
    fn folders(&self, folder: &str) -> Vec<String>;
    /// A file's size.
    fn size(&self, path: &str) -> Option<u64>;
    /// Bytes of a file.
    fn bytes(&self, path: &str, range: Range<u64>) -> Vec<u8>;
}

/// The store over what is made.
#[derive(Debug)]
pub(crate) struct Generated(Arc<dyn Made>);

impl Generated {
    pub(crate) fn new(made: impl Made) -> Self {
        Self(Arc::new(made))
    }
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generated")
    }
}

fn meta(path: &str, size: u64) -> ObjectMeta {
    ObjectMeta { location: path.into(), last_modified: chrono::DateTime::UNIX_EPOCH, size, e_tag: None, version: None }
}

fn folder(prefix: Option<&Path>) -> &str {
    prefix.map(Path::as_ref).unwrap_or_default()
}

#[async_trait]
impl ObjectStore for Generated {
    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let not_found = || Error::NotFound { path: path.to_string(), source: "not made".into() };
        let size = self.0.size(path.as_ref()).ok_or_else(not_found)?;
        let range = match options.range {
            Some(GetRange::Bounded(range)) => range.start..range.end.min(size),
            None => 0..size,
            Some(_) => {
                return Err(Error::NotImplemented { operation: "open range".into(), implementer: "large".into() });
            }
        };
        let (records, of, end) = (Arc::clone(&self.0), path.to_string(), range.end);
        let starts = range.clone().step_by(CHUNK as usize).take(if options.head { 0 } else { usize::MAX });
        let chunks = starts.map(move |start| Ok(records.bytes(&of, start..end.min(start + CHUNK)).into()));
        let payload = GetResultPayload::Stream(stream::iter(chunks).boxed());
        Ok(GetResult { payload, meta: meta(path.as_ref(), size), range, attributes: Default::default() })
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        stream::iter(self.0.files(folder(prefix))).map(|(path, size)| Ok(meta(&path, size))).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        let folders = self.0.folders(folder(prefix));
        let common_prefixes = folders.iter().map(|folder| folder.as_str().into()).collect();
        Ok(ListResult { common_prefixes, objects: Vec::new() })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> object_store::Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        stream::iter([Err(read_only())]).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> object_store::Result<()> {
        Err(read_only())
    }
}

fn read_only() -> Error {
    Error::NotImplemented { operation: "writing".into(), implementer: "large".into() }
}
