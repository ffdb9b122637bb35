//! What a coordinator is told when it starts: one YAML file. Unknown fields are refused; secrets are named as files only.

mod control;
mod roots;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use renkei_domain::ErrorKind;
use renkei_telemetry::LogFormat;
use renkei_transport::Files;
use serde::Deserialize;

pub use control::{Control, ControlTls, ControlUser};
pub use roots::{Outside, Roots};

/// A coordinator's configuration. Relative paths are taken from the file's own folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The coordinator's name: the one in its certificate.
    pub name: String,
    /// The hospital: the one in its certificate.
    pub site: String,
    /// Where it listens for users and workers; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where users and workers reach it, as `host:port` (port 0: the one it listens on); without it, `listen`.
    #[serde(default)]
    pub advertise: Option<String>,
    /// Certificate, key and authority of mutual TLS.
    pub tls: Files,
    /// Where facts about runs and leadership are kept.
    pub control: Control,
    /// What runs may read and write.
    pub roots: Roots,
    /// The file with the site's key, from which pseudonyms are made (mode 0600, 32 bytes or more).
    pub site_key: PathBuf,
    /// The file with endpoints and credentials of object stores; without it the environment's variables count.
    #[serde(default)]
    pub stores: Option<PathBuf>,
    /// What it takes on at most.
    #[serde(default)]
    pub limits: Limits,
    /// How it logs.
    #[serde(default)]
    pub log: Log,
    /// Where `/metrics` is served, over plain HTTP; port 0 takes a free one. Without it, nowhere.
    #[serde(default)]
    pub metrics: Option<SocketAddr>,
}

/// What a coordinator takes on at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Runs worked on at once; the others wait.
    pub runs: NonZeroUsize,
    /// No worker is given another shard while so many are in flight, all runs together; without it, there is no such limit.
    pub shards_in_flight: Option<NonZeroUsize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { runs: NonZeroUsize::MIN.saturating_add(3), shards_in_flight: None }
    }
}

/// How a coordinator logs, to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// A level such as `info`, or `info,renkei_coordinator=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no configuration.
    #[error("the configuration {} is not valid: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// A field's value cannot be meant.
    #[error("`{field}` {fault}")]
    Field {
        /// Path of the field, with dots.
        field: &'static str,
        /// What is wrong and what is needed.
        fault: String,
    },
}

impl ConfigError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
                _ => ErrorKind::Invalid,
            },
            Self::Malformed { .. } | Self::Field { .. } => ErrorKind::Invalid,
        }
    }

    pub(crate) fn field(field: &'static str, fault: impl Into<String>) -> Self {
        Self::Field { field, fault: fault.into() }
    }
}

impl Config {
    /// Reads and checks a configuration. The files that it names are opened later.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: file.to_owned(), source };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let malformed = |reason: String| ConfigError::Malformed { path: file.to_owned(), reason };
        let mut config: Self = serde_norway::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        config.check()?;
        let folder = std::path::absolute(file.parent().unwrap_or(Path::new(""))).map_err(unreadable)?;
        config.each_path(|path| *path = folder.join(&*path));
        Ok(config)
    }

    /// Where others reach this coordinator, once it listens at `bound`.
    #[must_use]
    pub fn reached_at(&self, bound: SocketAddr) -> String {
        match self.advertise.as_deref().map(|address| (address, address.rsplit_once(':'))) {
            Some((_, Some((host, "0")))) => format!("{host}:{}", bound.port()),
            Some((address, _)) => address.to_owned(),
            None => bound.to_string(),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let port = |address: &str| {
            address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        match &self.advertise {
            Some(address) if !port(address) => {
                Err(ConfigError::field("advertise", "is no address: write host:port, as workers and users reach it"))
            }
            None if self.listen.ip().is_unspecified() => Err(ConfigError::field(
                "advertise",
                "is missing: `listen` is every address, so say at which one others reach it",
            )),
            _ => Ok(()),
        }
    }

    fn each_path(&mut self, change: impl FnMut(&mut PathBuf)) {
        let tls = [&mut self.tls.ca, &mut self.tls.certificate, &mut self.tls.key];
        let rest = [&mut self.site_key].into_iter().chain(&mut self.stores);
        tls.into_iter().chain(rest).chain(self.control.paths()).for_each(change);
    }
}

#[cfg(test)]
mod tests;
