//! ONNX Runtime's library: found, loaded once per process, named by its digest.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;
use renkei_domain::Digest;

use crate::error::{InferenceError, Result};

/// The environment variable that names the library where no path is given.
pub const LIBRARY_VARIABLE: &str = "RENKEI_ONNXRUNTIME";

/// The process's one ONNX Runtime. Kept until the process ends: its worker threads outlive any session.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// ONNX Runtime, loaded. Clones are handles to the one in the process.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
    digest: Digest,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("library", &self.library).field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// The library's path: `explicit`, else what `RENKEI_ONNXRUNTIME` says, else an error that tells how to get one.
pub fn locate(explicit: Option<&Path>) -> Result<PathBuf> {
    named(explicit, std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from))
}

fn named(explicit: Option<&Path>, variable: Option<PathBuf>) -> Result<PathBuf> {
    let variable = variable.filter(|path| !path.as_os_str().is_empty());
    explicit.map(Path::to_path_buf).or(variable).ok_or(InferenceError::LibraryUnnamed)
}

impl Runtime {
    /// Loads the library at `library`, or gives the handle if this very library is loaded already.
    /// A process holds one library for its whole life: another path is an error.
    pub fn init(library: &Path) -> Result<Self> {
        let path = library.canonicalize().map_err(|_| InferenceError::LibraryMissing { path: library.to_owned() })?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*loaded {
            Some(runtime) if runtime.library == path => Ok(runtime.clone()),
            Some(runtime) => {
                Err(InferenceError::LibraryTaken { loaded: runtime.library.clone(), asked: library.to_owned() })
            }
            None => {
                let runtime = Self::load(path)?;
                tracing::info!(library = %runtime.library.display(), digest = %runtime.digest, build = runtime.build_info(), "loaded ONNX Runtime");
                Ok(loaded.insert(runtime).clone())
            }
        }
    }

    fn load(library: PathBuf) -> Result<Self> {
        let bytes =
            std::fs::read(&library).map_err(|source| InferenceError::Unreadable { path: library.clone(), source })?;
        let digest = Digest::of(&bytes);
        let unusable = |reason: String| InferenceError::LibraryUnusable { path: library.clone(), reason };
        let environment = ort::init_from(&library)
            .map_err(|error| unusable(error.to_string()))?
            .with_name("renkei")
            .with_telemetry(false)
            .with_logger(Arc::new(log))
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { environment, library, digest })
    }

    /// The library file, with links resolved.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// SHA-256 of the library file: the build's identity.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What the library says of its own build (branch, commit, flags).
    #[must_use]
    pub fn build_info(&self) -> &'static str {
        ort::info()
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Passes ONNX Runtime's own messages on. It names operators and files, never a tile's content.
fn log(level: LogLevel, category: &str, _id: &str, location: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::error!(category, location, "ONNX Runtime: {message}"),
        LogLevel::Warning => tracing::warn!(category, location, "ONNX Runtime: {message}"),
        LogLevel::Info | LogLevel::Verbose => tracing::debug!(category, location, "ONNX Runtime: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explicit_path_comes_before_the_variable_and_an_empty_variable_is_none() {
        let from_variable = Some(PathBuf::from("/variable"));
        assert_eq!(named(Some(Path::new("/given")), from_variable.clone()).unwrap(), Path::new("/given"));
        assert_eq!(named(None, from_variable).unwrap(), Path::new("/variable"));
        assert!(matches!(named(None, Some(PathBuf::new())), Err(InferenceError::LibraryUnnamed)));
    }

    #[test]
    fn a_library_that_is_not_there_or_is_none_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so");
        let missing = Runtime::init(&path).unwrap_err();
        assert!(matches!(missing, InferenceError::LibraryMissing { .. }), "{missing}");
        std::fs::write(&path, b"no library").unwrap();
        let unusable = Runtime::init(&path).unwrap_err();
        assert!(matches!(unusable, InferenceError::LibraryUnusable { .. }), "{unusable}");
    }
}
