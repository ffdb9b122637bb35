//! Why a worker could not start, or had to go.

use std::path::PathBuf;

use renkei_domain::ErrorKind;

/// A failure of the worker as a process. What fails within a shard is a [`renkei_stage::ShardError`].
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {}: {source}", file.display())]
    ConfigUnreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration says something that cannot be.
    #[error("the configuration {}: {reason}", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// Which field, and what is needed.
        reason: String,
    },
    /// The certificate names somebody else.
    #[error(
        "the certificate is of {holder}, but the configuration says worker {name} of the site {site}: give this worker its own certificate, or change `name` and `site`"
    )]
    NotMine {
        /// Who the certificate names.
        holder: renkei_transport::Identity,
        /// The configured name.
        name: String,
        /// The configured site.
        site: String,
    },
    /// A file or folder of this worker's own cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    Own {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process works in the folder.
    #[error("another worker uses {}: give each its own `work_dir`", folder.display())]
    FolderTaken {
        /// The folder.
        folder: PathBuf,
    },
    /// The metrics' address cannot be listened on.
    #[error("cannot serve metrics on {address}: {source}; change `metrics`")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A coordinator will not have this worker.
    #[error("the coordinator {url} refuses this worker: {reason}")]
    Refused {
        /// The coordinator's address.
        url: String,
        /// What can be done about it.
        kind: ErrorKind,
        /// Why, in the coordinator's words.
        reason: String,
    },
    /// No coordinator could be asked.
    #[error(transparent)]
    Transport(#[from] renkei_transport::Error),
    /// ONNX Runtime cannot be used.
    #[error(transparent)]
    Inference(#[from] renkei_inference::InferenceError),
    /// The site's key cannot be used.
    #[error(transparent)]
    SiteKey(#[from] renkei_cohort::SecretError),
    /// The object stores' credentials cannot be used.
    #[error(transparent)]
    Artifact(#[from] renkei_artifacts::ArtifactError),
    /// Logs or traces cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] renkei_telemetry::TelemetryError),
    /// Signals or the memory budget cannot be set up.
    #[error(transparent)]
    Runtime(#[from] renkei_runtime::Error),
    /// A name is not one: a defect, since the configuration was checked.
    #[error(transparent)]
    Id(#[from] renkei_domain::IdError),
}

impl WorkerError {
    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::ConfigUnreadable { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                ErrorKind::NotFound
            }
            Self::ConfigUnreadable { .. } | Self::Config { .. } | Self::Listen { .. } => ErrorKind::Invalid,
            Self::NotMine { .. } => ErrorKind::Denied,
            Self::Own { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => ErrorKind::Exhausted,
            Self::Own { .. } => ErrorKind::Denied,
            Self::FolderTaken { .. } => ErrorKind::Conflict,
            Self::Refused { kind, .. } => *kind,
            Self::Transport(error) => error.kind(),
            Self::Inference(error) => error.kind(),
            Self::SiteKey(error) => error.kind(),
            Self::Artifact(error) => error.kind(),
            Self::Telemetry(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
            Self::Id(_) => ErrorKind::Internal,
        }
    }
}
