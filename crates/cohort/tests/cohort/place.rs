//! Where the reference data is.

use std::path::{Path, PathBuf};

/// The folder of real clinical tables beside the repository; says so where it is absent.
pub(crate) fn clinical() -> Option<PathBuf> {
    let named = std::env::var_os("RENKEI_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("../shared"));
    let found = named.into_iter().chain(beside).find_map(|shared| shared.join("data/clinical").canonicalize().ok());
    if found.is_none() {
        eprintln!("skipped: ../shared/data is absent");
    }
    found
}
