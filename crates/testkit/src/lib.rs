//! What whole-run tests share: a small study, the shipped program, and where real components lie.

mod program;
mod study;

pub use program::{Output, Program};
pub use study::{Study, manifest_in};

use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder that `deploy/demo/fetch` fills; `None`, said loudly, where it was not called.
#[must_use]
pub fn components() -> Option<PathBuf> {
    let folder = repository().join(".renkei/demo");
    if folder.join("onnxruntime/libonnxruntime.so").exists() {
        return Some(folder);
    }
    eprintln!("skipped: the demo's components are absent; call deploy/demo/fetch");
    None
}

/// The folder of real data beside the repository; `None`, said loudly, where it is absent.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let folder = named.or_else(|| Some(repository().parent()?.join("shared")))?;
    if folder.join("data").exists() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/data is absent");
    None
}
