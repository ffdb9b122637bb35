//! The files of a source: what is listed, what its names say, and the bytes of each in order.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;

use super::types;
use crate::{FaultKind, RecordsError};

/// Bytes fetched in one request.
const CHUNK: u64 = 2 << 20;
/// Requests for one file at once.
const AHEAD: usize = 4;
/// Files whose first bytes are fetched before their turn, since exports can be many small files.
const OPENED: usize = 8;

/// What a file's name says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Newline-delimited, all of this type if the name says so as bulk exports do (`Observation.000.ndjson`).
    Lines(Option<&'static str>),
    /// A bundle or a single resource.
    Document,
    /// Nothing that is known.
    Other,
}

/// One file of the source.
pub(super) struct File {
    pub(super) path: Path,
    /// The path below the source's folder.
    pub(super) below: String,
    /// Its place in the source.
    pub(super) number: u32,
    pub(super) named: Named,
    size: u64,
}

/// What the source holds.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) files: Vec<Arc<File>>,
    /// Files that are left out since their name is another form's.
    pub(super) other: u64,
    /// Folders that cannot be listed.
    pub(super) faults: Vec<(String, FaultKind)>,
}

/// A file with its first bytes; none if it has gone since it was listed.
pub(super) struct Opened {
    pub(super) file: Arc<File>,
    pub(super) first: Option<Bytes>,
}

/// Lists the files of a folder in the order of their paths, or the one file that `root` is.
pub(super) async fn list(root: &Location) -> Result<Listing, RecordsError> {
    // A folder is no object; whatever else is wrong, the listing says as well.
    if let Ok(meta) = root.store.head(&root.path).await {
        let below = meta.location.filename().unwrap_or_default().to_owned();
        let file = File { named: named(&below), path: meta.location, below, number: 0, size: meta.size };
        return Ok(Listing { files: vec![Arc::new(file)], ..Listing::default() });
    }
    let listed = root.store.list(Some(&root.path)).try_collect::<Vec<_>>().await;
    let mut metas = match listed.map_err(RecordsError::reading) {
        Ok(metas) => metas,
        // A name that no store can use ends the listing somewhere: which of the others came before is chance.
        Err(RecordsError::Read(ErrorKind::Invalid)) => {
            return Ok(Listing { faults: vec![(String::new(), FaultKind::RefusedPath)], ..Listing::default() });
        }
        Err(error) => return Err(error),
    };
    metas.sort_unstable_by(|one, other| one.location.cmp(&other.location));
    let mut listing = Listing::default();
    for meta in metas {
        let parts: Vec<_> = meta.location.parts().skip(root.path.parts().count()).collect();
        let below = parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>().join("/");
        let named = named(below.rsplit('/').next().unwrap_or_default());
        if named == Named::Other {
            listing.other += 1;
            continue;
        }
        let number = u32::try_from(listing.files.len()).unwrap_or(u32::MAX);
        listing.files.push(Arc::new(File { path: meta.location, below, number, named, size: meta.size }));
    }
    Ok(listing)
}

/// What a file's name says: `.ndjson` and `.jsonl` lines, `.json` a document, each also with `.gz` behind.
fn named(name: &str) -> Named {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let (stem, ending) = plain.rsplit_once('.').unwrap_or((plain, ""));
    match ending {
        "ndjson" | "jsonl" => Named::Lines(exported_type(stem)),
        "json" => Named::Document,
        _ => Named::Other,
    }
}

/// The type that a bulk export's file has (FHIR Bulk Data Access 2.0, output file organisation: one type a file), if the
/// name consists of it and numbers.
fn exported_type(stem: &str) -> Option<&'static str> {
    let letters = stem.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (of_type, rest) = stem.split_at(letters);
    let number = rest.bytes().all(|byte| byte.is_ascii_digit() || b"._-".contains(&byte));
    number.then(|| types::known(of_type))?
}

/// Files with their first bytes, in order.
pub(super) fn opened(
    store: &Arc<dyn ObjectStore>,
    files: Vec<Arc<File>>,
) -> BoxStream<'static, Result<Opened, RecordsError>> {
    let store = Arc::clone(store);
    let open = move |file: Arc<File>| {
        let store = Arc::clone(&store);
        async move {
            let first = range(&store, &file, 0).await?;
            Ok(Opened { file, first })
        }
    };
    stream::iter(files).map(open).buffered(OPENED).boxed()
}

/// The bytes of a file after its first ones, in order.
pub(super) fn rest(
    store: &Arc<dyn ObjectStore>,
    file: &Arc<File>,
) -> BoxStream<'static, Result<Option<Bytes>, RecordsError>> {
    let (store, file) = (Arc::clone(store), Arc::clone(file));
    let starts = (1..file.size.div_ceil(CHUNK)).map(|chunk| chunk * CHUNK);
    let fetch = move |start| {
        let (store, file) = (Arc::clone(&store), Arc::clone(&file));
        async move { range(&store, &file, start).await }
    };
    stream::iter(starts).map(fetch).buffered(AHEAD).boxed()
}

/// One request's bytes; nothing if the file has gone.
async fn range(store: &Arc<dyn ObjectStore>, file: &File, start: u64) -> Result<Option<Bytes>, RecordsError> {
    if file.size == 0 {
        return Ok(Some(Bytes::new()));
    }
    match store.get_range(&file.path, start..file.size.min(start + CHUNK)).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(RecordsError::reading(error)),
    }
}

/// Without the path, which can hold a patient's name.
impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({} of {} bytes)", self.number, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        for (name, expected) in [
            ("Patient.ndjson", Named::Lines(Some("Patient"))),
            ("Observation.000.ndjson.gz", Named::Lines(Some("Observation"))),
            ("MedicationRequest-12.jsonl", Named::Lines(Some("MedicationRequest"))),
            ("1.Patient.ndjson", Named::Lines(None)),
            ("Patient-everything.ndjson", Named::Lines(None)),
            ("log.ndjson", Named::Lines(None)),
            ("Andy_Schaden.json", Named::Document),
            ("a.json.gz", Named::Document),
            ("README", Named::Other),
            ("a.gz", Named::Other),
            ("", Named::Other),
        ] {
            assert_eq!(named(name), expected, "{name}");
        }
    }
}
