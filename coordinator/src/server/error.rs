//! Why a coordinator cannot serve.

use std::net::SocketAddr;
use std::path::PathBuf;

use renkei_artifacts::ArtifactError;
use renkei_cohort::SecretError;
use renkei_domain::ErrorKind;
use renkei_stage::ShardError;

use crate::RunError;
use crate::config::ConfigError;

/// A failure of the process.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration cannot be meant.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Certificates cannot be used.
    #[error(transparent)]
    Transport(#[from] renkei_transport::Error),
    /// Signals cannot be listened for.
    #[error(transparent)]
    Runtime(#[from] renkei_runtime::Error),
    /// Logs or traces cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] renkei_telemetry::TelemetryError),
    /// The site's key cannot be used.
    #[error(transparent)]
    SiteKey(#[from] SecretError),
    /// The file with stores cannot be used.
    #[error(transparent)]
    Stores(#[from] ArtifactError),
    /// The store of facts refuses.
    #[error(transparent)]
    Facts(#[from] renkei_metastore::Error),
    /// Who leads cannot be told.
    #[error("leadership: {0}")]
    Lead(#[from] RunError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] ShardError),
    /// An address cannot be listened at.
    #[error("cannot listen at {address}: {source}; is another process there, or is the address of another machine?")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The listener broke.
    #[error("serving ended: {0}")]
    Serve(#[from] tonic::transport::Error),
    /// The file that tells where it listens cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Ready {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ServeError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(error) => error.kind(),
            Self::Transport(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
            Self::Telemetry(error) => error.kind(),
            Self::SiteKey(error) => error.kind(),
            Self::Stores(error) => error.kind(),
            Self::Facts(error) => error.kind(),
            Self::Lead(error) => error.kind(),
            Self::Engine(error) => error.kind,
            Self::Bind { .. } | Self::Ready { .. } => ErrorKind::Invalid,
            Self::Serve(_) => ErrorKind::Unavailable,
        }
    }
}
