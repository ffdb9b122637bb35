//! The folder of the demo's input: written whole or not at all, and left alone where it is up to date.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::error::DemoError;
use crate::plant::PlantDescription;
use crate::truth::Truth;

pub(crate) const RUN: &str = "run.yaml";
pub(crate) const LEAKY: &str = "leaky.yaml";
pub(crate) const SECRET: &str = "secret.key";
pub(crate) const TRUTH: &str = "truth.csv";
const NOTES: &str = "demo.json";

/// What a prepared folder was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// Digest of the components, the rule, the spec's text and the seed.
    pub(crate) made_from: Digest,
    pub(crate) plant: PlantDescription,
}

/// The truth and the notes of `out`, if it was made from just this and is whole.
pub(crate) fn found(out: &Path, made_from: Digest) -> Option<(Truth, Notes)> {
    let notes: Notes = serde_json::from_slice(&fs::read(out.join(NOTES)).ok()?).ok()?;
    let truth = Truth::read(&out.join(TRUTH)).ok()?;
    let files = [RUN, LEAKY, SECRET, "slides.csv", "cohort.csv", "encoder/model.onnx", "encoder/card.yaml"];
    let whole = files.iter().all(|file| out.join(file).is_file())
        && truth.slides().all(|slide| out.join(slide_file(slide.as_str())).is_file())
        && truth.slides().count() == notes.plant.men;
    (whole && notes.made_from == made_from).then_some((truth, notes))
}

/// A slide's path in the folder.
pub(crate) fn slide_file(slide: &str) -> String {
    format!("slides/{slide}.tiff")
}

/// A folder being written beside the one it will become; dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Draft {
    folder: TempDir,
    out: PathBuf,
}

impl Draft {
    /// Begins; refuses an `out` that holds what the demo did not write.
    pub(crate) fn begin(out: &Path) -> Result<Self, DemoError> {
        let empty = |mut entries: fs::ReadDir| entries.next().is_none();
        if out.exists() && !out.join(NOTES).is_file() && !fs::read_dir(out).is_ok_and(empty) {
            return Err(DemoError::Occupied { path: out.to_owned() });
        }
        Ok(Self { folder: beside(out)?, out: out.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn folder(&self, name: &str) -> Result<(), DemoError> {
        let path = self.path().join(name);
        fs::create_dir_all(&path).map_err(DemoError::file("make", &path))
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> Result<(), DemoError> {
        let path = self.path().join(name);
        fs::write(&path, contents).map_err(DemoError::file("write", &path))
    }

    /// Writes a file that only its owner may open.
    pub(crate) fn write_private(&self, name: &str, contents: &[u8]) -> Result<(), DemoError> {
        let path = self.path().join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(contents));
        written.map_err(DemoError::file("write", &path))
    }

    pub(crate) fn copy(&self, from: &Path, name: &str) -> Result<(), DemoError> {
        let path = self.path().join(name);
        fs::copy(from, &path).map(|_| ()).map_err(DemoError::file("write", &path))
    }

    /// Writes the notes and puts the folder in its place; an older one of the demo's leaves.
    pub(crate) fn finish(self, notes: &Notes) -> Result<(), DemoError> {
        self.write(NOTES, &serde_json::to_vec_pretty(notes)?)?;
        let older = beside(&self.out)?;
        if self.out.exists() {
            let aside = older.path().join("older");
            fs::rename(&self.out, aside).map_err(DemoError::file("replace", &self.out))?;
        }
        fs::rename(self.folder.keep(), &self.out).map_err(DemoError::file("put in place", &self.out))
    }
}

fn beside(out: &Path) -> Result<TempDir, DemoError> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(DemoError::file("make", parent))?;
    tempfile::Builder::new().prefix(".demo-").tempdir_in(parent).map_err(DemoError::file("make a folder in", parent))
}
