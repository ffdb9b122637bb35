//! Where a coordinator listens, told once it does.

use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ServeError;

/// What the ready file holds, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// The coordinator's name.
    pub name: String,
    /// Where it listens for users and workers.
    pub serves: SocketAddr,
    /// Where users and workers reach it, as `host:port`.
    pub reached_at: String,
    /// Where it serves `/metrics`, if it does.
    pub metrics: Option<SocketAddr>,
}

impl Ready {
    /// Writes the file, whole or not at all: whoever waits for it may read it as soon as it is there.
    pub fn write(&self, file: &Path) -> Result<(), ServeError> {
        let failed = |source| ServeError::Ready { path: file.to_owned(), source };
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        std::fs::write(&unfinished, text).and_then(|()| std::fs::rename(&unfinished, file)).map_err(failed)
    }
}
