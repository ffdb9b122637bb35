//! What a worker is told by its configuration file.

mod check;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use renkei_runtime::ByteSize;
use renkei_telemetry::LogFormat;
use renkei_transport::Files;
use serde::Deserialize;

use crate::WorkerError;

/// A worker's configuration (YAML; unknown fields are refused). Secrets stand in files of their own, named here. Relative
/// paths start at the folder of the configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// The worker's id in its cluster: the name in its certificate.
    pub name: String,
    /// The hospital: the site in its certificate.
    pub site: String,
    /// Addresses of the coordinators (`https://host:port`), any of which may lead.
    pub coordinators: Vec<String>,
    /// Certificate, key and authority.
    pub tls: Files,
    /// Shards at once; without it one a core.
    #[serde(default)]
    pub slots: Option<NonZeroU32>,
    /// What the buffers of all shards may hold together.
    pub memory: ByteSize,
    /// ONNX Runtime's library.
    pub onnxruntime: PathBuf,
    /// The site's pseudonym key: a file of 32 bytes or more that only its owner can read.
    pub site_key: PathBuf,
    /// The file that lists object stores with their credentials; without it they come from the environment.
    #[serde(default)]
    pub stores: Option<PathBuf>,
    /// Labels that a run can ask for.
    #[serde(default)]
    pub pools: Vec<String>,
    /// A folder of this worker's own: the engine's scratch, emptied at start, and copies of encoders, which are kept.
    pub work_dir: PathBuf,
    /// Where `/metrics`, `/healthz` and `/readyz` are served over plain HTTP; without it nowhere.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
    /// How long shards may go on after the wish to stop, in seconds; then they are cancelled and tried elsewhere.
    #[serde(default = "WorkerConfig::default_drain_seconds")]
    pub drain_seconds: u64,
    /// What is logged, and how.
    #[serde(default)]
    pub log: LogConfig,
}

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// A level (`info`), or levels by target (`info,renkei_worker=debug`).
    pub filter: String,
    /// Text for people or JSON lines for machines.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

impl WorkerConfig {
    /// Reads and checks a configuration file.
    pub fn read(file: &Path) -> Result<Self, WorkerError> {
        let unreadable = |source| WorkerError::ConfigUnreadable { file: file.to_owned(), source };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let absolute = std::path::absolute(file).map_err(unreadable)?;
        let folder = absolute.parent().unwrap_or(Path::new("/"));
        let wrong = |reason: String| WorkerError::Config { file: file.to_owned(), reason };
        let config: Self = serde_norway::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        check::check(&config).map_err(wrong)?;
        Ok(config.resolved_in(folder))
    }

    /// How long shards may go on after the wish to stop.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }

    fn default_drain_seconds() -> u64 {
        300
    }

    /// The same with absolute paths.
    fn resolved_in(mut self, folder: &Path) -> Self {
        let tls = [&mut self.tls.ca, &mut self.tls.certificate, &mut self.tls.key];
        let others = [&mut self.onnxruntime, &mut self.site_key, &mut self.work_dir];
        for path in tls.into_iter().chain(others).chain(self.stores.as_mut()) {
            *path = folder.join(&*path);
        }
        self
    }
}

#[cfg(test)]
mod tests;
