//! The copy of a slide in a temporary folder, which OpenSlide can open by name.
//!
//! Only formats whose files name no other file by path are staged, so that a slide cannot make OpenSlide read elsewhere
//! on this machine: TIFF and SQLite (Sakura) files stand alone, and a MIRAX slide's `Slidedat.ini` is checked.
//! Hamamatsu VMS and VMU, whose text names files anywhere, are not.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use renkei_domain::Digest;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use crate::error::{Result, SlideError};
use crate::limits::{Limits, within};
use crate::source::Source;

/// Bytes copied at once.
const PIECE: u64 = 8 << 20;
/// Name of the copy, extension apart. A MIRAX slide's other files lie in a folder of the same name.
const NAME: &str = "slide";
/// The file of a MIRAX slide that names the others.
const SLIDEDAT: &str = "Slidedat.ini";

/// A copy; its folder goes when this goes.
pub(super) struct Staged {
    /// What OpenSlide opens.
    pub(super) file: PathBuf,
    /// SHA-256 of all files, each preceded by its size.
    pub(super) digest: Digest,
    /// Bytes of all files.
    pub(super) bytes: u64,
    _folder: TempDir,
}

/// Copies the slide at `path` and what belongs to it; `None` if it is of no format that may be staged.
pub(super) async fn stage(store: Arc<dyn ObjectStore>, path: &Path, limits: &Limits) -> Result<Option<Staged>> {
    let main = Source::open(store.clone(), path.clone()).await?;
    let Some(extension) = extension(&main, path).await? else { return Ok(None) };
    let mut files = vec![(PathBuf::from(NAME).with_extension(extension), main)];
    if let Some(folder) = mirax_folder(path) {
        files.extend(companions(store, &folder, limits).await?);
    }
    let bytes = files.iter().fold(0u64, |sum, (_, source)| sum.saturating_add(source.size()));
    within("bytes of the slide to stage", bytes, limits.staged_bytes)?;
    let folder = TempDir::new().map_err(SlideError::Stage)?;
    let companions = folder.path().join(NAME);
    fs::create_dir(&companions).await.map_err(SlideError::Stage)?;
    let mut hasher = Sha256::new();
    for (name, source) in &files {
        copy(source, folder.path().join(name), &mut hasher).await?;
    }
    if extension == "mrxs" {
        let slidedat = fs::read(companions.join(SLIDEDAT)).await;
        stays_inside(&slidedat.map_err(|_| SlideError::OpenSlide { reason: "its folder has no Slidedat.ini" })?)?;
    }
    let (file, digest) = (folder.path().join(&files[0].0), Digest::from(<[u8; 32]>::from(hasher.finalize())));
    Ok(Some(Staged { file, digest, bytes, _folder: folder }))
}

/// The extension under which OpenSlide knows the file.
async fn extension(main: &Source, path: &Path) -> Result<Option<&'static str>> {
    if mirax_folder(path).is_some() {
        return Ok(Some("mrxs"));
    }
    let start = main.read(0..main.size().min(16)).await?;
    Ok(match &start[..] {
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some("tif"),
        b"SQLite format 3\0" => Some("svslide"),
        _ => None,
    })
}

/// `a/b` for `a/b.mrxs`.
fn mirax_folder(path: &Path) -> Option<Path> {
    let stem = path.as_ref().strip_suffix(".mrxs")?;
    Path::parse(stem).ok()
}

/// The files of a MIRAX slide's folder, by name.
async fn companions(store: Arc<dyn ObjectStore>, folder: &Path, limits: &Limits) -> Result<Vec<(PathBuf, Source)>> {
    let mut listed = store.list_with_delimiter(Some(folder)).await.map_err(SlideError::Store)?.objects;
    within("number of files in the slide's folder", listed.len() as u64, limits.folder)?;
    listed.sort_by(|a, b| a.location.cmp(&b.location));
    let mut found = Vec::new();
    for object in listed {
        let name = object.location.filename().map(PathBuf::from).unwrap_or_default();
        // A name that is not one plain component ("..") would leave the folder.
        if name.file_name() == Some(name.as_os_str()) && name.file_name() != Some(OsStr::new("")) {
            let source = Source::open(store.clone(), object.location).await?;
            found.push((PathBuf::from(NAME).join(name), source));
        }
    }
    Ok(found)
}

async fn copy(source: &Source, to: PathBuf, hasher: &mut Sha256) -> Result<()> {
    hasher.update(source.size().to_le_bytes());
    let mut file = File::create(to).await.map_err(SlideError::Stage)?;
    let mut start = 0;
    while start < source.size() {
        let end = (start + PIECE).min(source.size());
        let bytes = source.read(start..end).await?;
        hasher.update(&bytes);
        file.write_all(&bytes).await.map_err(SlideError::Stage)?;
        start = end;
    }
    file.flush().await.map_err(SlideError::Stage)
}

/// Refuses a `Slidedat.ini` whose index or data files lie elsewhere than in its folder.
fn stays_inside(slidedat: &[u8]) -> Result<()> {
    let leaves = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        let Some((key, value)) = line.split_once('=') else { return false };
        let key = key.trim();
        (key == "INDEXFILE" || key.starts_with("FILE_")) && value.contains(['/', '\\'])
    };
    match slidedat.split(|&byte| byte == b'\n').any(leaves) {
        true => Err(SlideError::OpenSlide { reason: "its Slidedat.ini names files outside its folder" }),
        false => Ok(()),
    }
}
