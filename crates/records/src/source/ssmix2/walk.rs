//! What there is to read: the folders in order, one patient's files at a time, the latest version of each message only.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;

use super::kinds::{self, Kind};
use super::name::Name;
use crate::{FaultKind, RecordsError};

/// Folders between the storage's own and a patient's.
const LEVELS: usize = 3;
/// Patients listed at once.
const LISTED_AT_ONCE: usize = 8;
/// Files in one unit of work.
const UNIT_FILES: usize = 512;
/// Bytes in one unit of work.
const UNIT_BYTES: u64 = 16 << 20;
/// The largest file that is read; the largest messages known hold some hundred KiB.
const LARGEST_FILE: u64 = 8 << 20;
/// The smallest file that can be a message: `MSH` and its separators.
const SMALLEST_FILE: u64 = 8;

/// A file to read.
pub(super) struct Entry {
    pub(super) path: Path,
    /// The path below the storage's folder.
    pub(super) below: String,
    pub(super) patient: String,
    pub(super) kind: &'static Kind,
    size: u64,
}

/// A fault that the listing shows.
#[derive(Clone)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) kind: FaultKind,
}

/// A part of the storage that is read on its own.
#[derive(Default)]
pub struct Unit {
    pub(super) entries: Vec<Entry>,
    pub(super) findings: Vec<Finding>,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    bytes: u64,
}

/// A folder of patients or a file where there should be none.
enum Found {
    Folder(Path),
    Stray(ObjectMeta),
}

/// Everything below `root`, in the order of folder names.
pub(super) fn units(root: &Location) -> BoxStream<'static, Result<Unit, RecordsError>> {
    let (store, root) = (Arc::clone(&root.store), root.path.clone());
    let patients = children(Arc::clone(&store), root.clone(), LEVELS);
    let listed = patients.map(move |found| patient(Arc::clone(&store), root.clone(), found)).buffered(LISTED_AT_ONCE);
    packed(listed.boxed())
}

/// The folders `depth` levels below `folder`, and the files that lie beside them on the way.
fn children(
    store: Arc<dyn ObjectStore>,
    folder: Path,
    depth: usize,
) -> BoxStream<'static, Result<Found, RecordsError>> {
    if depth == 0 {
        return stream::once(async move { Ok(Found::Folder(folder)) }).boxed();
    }
    stream::once(async move {
        let mut listed = store.list_with_delimiter(Some(&folder)).await.map_err(RecordsError::reading)?;
        listed.common_prefixes.sort_unstable();
        listed.objects.sort_unstable_by(|one, other| one.location.cmp(&other.location));
        let strays = stream::iter(listed.objects).map(|file| Ok(Found::Stray(file)));
        let folders = stream::iter(listed.common_prefixes);
        Ok::<_, RecordsError>(
            strays.chain(folders.flat_map(move |folder| children(Arc::clone(&store), folder, depth - 1))),
        )
    })
    .try_flatten()
    .boxed()
}

/// One patient's files, or one file that belongs to none.
async fn patient(
    store: Arc<dyn ObjectStore>,
    root: Path,
    found: Result<Found, RecordsError>,
) -> Result<Unit, RecordsError> {
    let mut unit = Unit::default();
    match found? {
        Found::Stray(file) => unit.sort(&root, vec![file]),
        Found::Folder(folder) => match store.list(Some(&folder)).try_collect::<Vec<_>>().await {
            Ok(files) => unit.sort(&root, files),
            Err(error) => match RecordsError::reading(error) {
                // A name that no store can use ends the listing somewhere: which of the others came before is chance.
                RecordsError::Read(ErrorKind::Invalid) => {
                    unit.findings.push(Finding { path: below(&root, &folder), kind: FaultKind::RefusedPath });
                }
                error => return Err(error),
            },
        },
    }
    Ok(unit)
}

/// Puts patients together to units, and cuts those that are too large; the cut depends on the listing only.
fn packed(patients: BoxStream<'static, Result<Unit, RecordsError>>) -> BoxStream<'static, Result<Unit, RecordsError>> {
    let state = (patients, Vec::<Unit>::new());
    stream::try_unfold(state, |(mut patients, mut waiting)| async move {
        loop {
            if waiting.len() > 1 {
                let unit = waiting.remove(0);
                return Ok(Some((unit, (patients, waiting))));
            }
            match patients.next().await {
                Some(patient) => add(&mut waiting, patient?),
                None => return Ok(waiting.pop().map(|unit| (unit, (patients, waiting)))),
            }
        }
    })
    .boxed()
}

/// Adds a patient's files to the last of the units, and begins another whenever that is full.
fn add(units: &mut Vec<Unit>, patient: Unit) {
    let mut last = units.pop().unwrap_or_default();
    // A folder that is no storage at all consists of findings.
    if last.findings.len() >= UNIT_FILES {
        units.push(std::mem::take(&mut last));
    }
    last.findings.extend(patient.findings);
    for (reason, count) in patient.skipped {
        *last.skipped.entry(reason).or_default() += count;
    }
    for entry in patient.entries {
        if !last.entries.is_empty() && (last.entries.len() == UNIT_FILES || last.bytes + entry.size > UNIT_BYTES) {
            units.push(std::mem::take(&mut last));
        }
        last.bytes += entry.size;
        last.entries.push(entry);
    }
    units.push(last);
}

impl Unit {
    /// Sorts one patient's files into those to read, those to count and those that are faults.
    fn sort(&mut self, root: &Path, files: Vec<ObjectMeta>) {
        let paths: Vec<String> = files.iter().map(|file| below(root, &file.location)).collect();
        let mut named: Vec<(Name<'_>, &ObjectMeta, &String)> = Vec::new();
        for (file, path) in files.iter().zip(&paths) {
            if file.size < SMALLEST_FILE {
                self.findings.push(Finding { path: path.clone(), kind: FaultKind::Malformed });
            }
            match Name::parse(path) {
                Ok(name) => named.push((name, file, path)),
                Err(kind) => self.findings.push(Finding { path: path.clone(), kind }),
            }
        }
        // The listing of a local folder has no order of its own.
        self.findings.sort_by(|one, other| (&one.path, one.kind).cmp(&(&other.path, other.kind)));
        named.sort_by(|(one, ..), (other, ..)| one.sort_key().cmp(&other.sort_key()));
        for (place, (name, file, path)) in named.iter().enumerate() {
            match named.get(place + 1) {
                Some((next, ..)) if name.is_version_of(next) => self.skip("superseded"),
                _ => self.judge(name, file, path),
            }
        }
    }

    /// What becomes of the latest version of a message.
    fn judge(&mut self, name: &Name<'_>, file: &ObjectMeta, path: &str) {
        let fault = match (kinds::find(name.kind), name.flag) {
            (None, _) => FaultKind::UnknownType,
            (_, "0") => return self.skip("cancelled"),
            (Some(kind), "1") => match kind.reader {
                None => return self.skip(kind.name),
                Some(_) if file.size < SMALLEST_FILE => return,
                Some(_) if file.size > LARGEST_FILE => FaultKind::TooLarge,
                Some(_) => {
                    self.entries.push(Entry {
                        path: file.location.clone(),
                        below: path.to_owned(),
                        patient: name.patient.to_owned(),
                        kind,
                        size: file.size,
                    });
                    return;
                }
            },
            (Some(_), _) => FaultKind::ConditionFlag,
        };
        self.findings.push(Finding { path: path.to_owned(), kind: fault });
    }

    fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}

/// Counts only: paths hold patient numbers.
impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unit({} files, {} findings)", self.entries.len(), self.findings.len())
    }
}

/// The part of a path below the storage's folder.
fn below(root: &Path, path: &Path) -> String {
    let parts: Vec<_> = path.parts().skip(root.parts().count()).collect();
    parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>().join("/")
}
