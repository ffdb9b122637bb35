//! What the processes of a local cluster are told.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use renkei_runtime::Timestamp;
use renkei_transport::{Authority, Files, Identity, Role, Validity};
use serde_json::json;

use super::etcd::Facts;

/// The hospital that everybody here belongs to.
const SITE: &str = "trial";
/// How long the certificates hold: a trial is over by then.
const VALID: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a worker goes on with its shards when it is asked to end.
const DRAIN_SECONDS: u64 = 10;

/// Certificates and configurations of one cluster.
#[derive(Debug)]
pub(super) struct Configs<'a> {
    pub(super) folder: &'a Path,
    pub(super) authority: Authority,
    pub(super) now: Timestamp,
    pub(super) facts: Facts,
    pub(super) stores: PathBuf,
    pub(super) site_key: PathBuf,
    pub(super) onnxruntime: PathBuf,
}

/// How long everything here holds from `from` on.
pub(super) fn validity(from: Timestamp) -> Validity {
    Validity { from, until: from.saturating_add(VALID) }
}

impl Configs<'_> {
    /// The authority of a cluster begun at `now`.
    pub(super) fn authority(now: Timestamp) -> anyhow::Result<Authority> {
        Ok(Authority::new(SITE, validity(now))?)
    }

    fn files(&self, role: Role, name: &str) -> anyhow::Result<Files> {
        let identity = Identity::new(role, SITE, name)?;
        let hosts: &[&str] = if role == Role::Coordinator { &["127.0.0.1", "localhost"] } else { &[] };
        let issued = self.authority.issue(&identity, hosts, validity(self.now))?;
        Ok(issued.write(&self.folder.join("tls").join(name))?)
    }

    /// Writes a coordinator's configuration; it may read every file of this machine that its user may, and the bucket.
    pub(super) fn coordinator(&self, name: &str) -> anyhow::Result<PathBuf> {
        let config = json!({
            "name": name,
            "site": SITE,
            "listen": "127.0.0.1:0",
            "tls": self.files(Role::Coordinator, name)?,
            "control": { "endpoints": self.facts.endpoints, "prefix": "renkei", "tls": self.facts.tls },
            "roots": ["file:///", format!("{}/", super::seaweed::BUCKET)],
            "site_key": self.site_key,
            "stores": self.stores,
            "metrics": "127.0.0.1:0",
        });
        self.write(name, &config)
    }

    /// Writes a worker's configuration.
    pub(super) fn worker(&self, name: &str, coordinators: &[String]) -> anyhow::Result<PathBuf> {
        let config = json!({
            "name": name,
            "site": SITE,
            "coordinators": coordinators,
            "tls": self.files(Role::Worker, name)?,
            "slots": 1,
            "memory": "1GiB",
            "onnxruntime": self.onnxruntime,
            "site_key": self.site_key,
            "stores": self.stores,
            "work_dir": self.folder.join("work").join(name),
            "metrics": "127.0.0.1:0",
            "drain_seconds": DRAIN_SECONDS,
        });
        self.write(name, &config)
    }

    /// Writes what a user needs.
    pub(super) fn user(&self, coordinators: &[String]) -> anyhow::Result<PathBuf> {
        let config = json!({ "coordinators": coordinators, "tls": self.files(Role::User, "user")? });
        self.write("client", &config)
    }

    fn write(&self, name: &str, config: &serde_json::Value) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(format!("{name}.yaml"));
        std::fs::write(&file, serde_norway::to_string(config)?)?;
        Ok(file)
    }
}

/// Writes a file that only its owner can read.
pub(super) fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}
