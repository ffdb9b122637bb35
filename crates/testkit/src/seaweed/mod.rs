//! A real S3 server for tests: SeaweedFS, in one process that a test may kill and start again.

mod link;
mod ready;
mod server;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use renkei_runtime::{AttemptIds as _, SystemAttemptIds};
use serde_json::Value;
use tempfile::TempDir;

pub use link::{Link, LinkFault, LinkRequest};
use server::Server;

use crate::repository;

/// Tries to start, each on other ports: another process may take a port between its choice and its use.
const TRIES: u32 = 3;

/// The one bucket.
const BUCKET: &str = "renkei";

/// A running SeaweedFS with one bucket. Its process and files end with it.
#[derive(Debug)]
pub struct Seaweed {
    server: Server,
    access: Access,
    /// After the server, so that it ends before its files.
    folder: TempDir,
}

/// Credentials, made anew at each start.
#[derive(Debug, Clone)]
struct Access {
    key: String,
    secret: String,
}

impl Seaweed {
    /// Starts a server and waits until its bucket can be written; `None`, said loudly, where the program is absent.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let program = repository().join(".renkei/cluster/weed");
        if !program.exists() {
            eprintln!("skipped: SeaweedFS is absent; call deploy/cluster/fetch");
            return Ok(None);
        }
        let mut tries = 1;
        loop {
            match Self::launch(&program) {
                Err(error) if tries < TRIES && error.to_string().contains("address already in use") => tries += 1,
                started => return started.map(Some),
            }
        }
    }

    fn launch(program: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let access = Access { key: SystemAttemptIds.next().to_string(), secret: SystemAttemptIds.next().to_string() };
        let identities = folder.path().join("identities.json");
        write_secret(&identities, &access.identities())?;
        let mut server = Server::new(program, folder.path(), &identities)?;
        write_secret(&folder.path().join("stores.yaml"), &access.stores(&server.endpoint()))?;
        server.spawn()?;
        let mut seaweed = Self { server, access, folder };
        seaweed.wait_until_ready()?;
        Ok(seaweed)
    }

    /// The URL of `prefix` in the bucket.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        format!("s3://{BUCKET}/{prefix}")
    }

    /// The file for `renkei_artifacts::Stores::read`.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.folder.path().join("stores.yaml")
    }

    /// Environment variables with which a process finds the server and may use it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        self.access.environment(&self.server.endpoint())
    }

    /// The server's log, for messages.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Kills the server as `kill -9` does.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.server.kill()
    }

    /// Starts a killed server again, with the files and ports it had, and waits until what was written is readable.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.server.spawn()?;
        self.wait_until_ready()
    }

    /// A way to the server on which requests can meet faults.
    pub fn link(&self) -> anyhow::Result<Link> {
        Link::to(self.server.s3(), &self.access, self.folder.path())
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let (store_file, url) = (self.store_file(), self.url("ready"));
        ready::wait(&mut self.server, &store_file, &url)
    }
}

impl Access {
    /// Server and credentials from a file of stores that names one.
    fn read(stores: &Path) -> anyhow::Result<(SocketAddr, Self)> {
        let file: Value = serde_norway::from_str(&std::fs::read_to_string(stores)?)?;
        let store = file["stores"].as_object().and_then(|stores| stores.values().next()).context("no store")?;
        let text = |name: &str| store[name].as_str().with_context(|| format!("no {name}"));
        let server = text("endpoint")?.trim_start_matches("http://").parse()?;
        Ok((server, Self { key: text("access_key_id")?.to_owned(), secret: text("secret_access_key")?.to_owned() }))
    }

    /// What the server lets these credentials do: everything.
    fn identities(&self) -> String {
        let may = ["Admin", "Read", "Write", "List", "Tagging"];
        let credentials = [serde_json::json!({ "accessKey": self.key, "secretKey": self.secret })];
        serde_json::json!({ "identities": [{ "name": "test", "credentials": credentials, "actions": may }] })
            .to_string()
    }

    fn options(&self, endpoint: &str) -> [(&'static str, String); 5] {
        [
            ("endpoint", endpoint.to_owned()),
            ("allow_http", "true".to_owned()),
            ("region", "us-east-1".to_owned()),
            ("access_key_id", self.key.clone()),
            ("secret_access_key", self.secret.clone()),
        ]
    }

    fn stores(&self, endpoint: &str) -> String {
        let options = self.options(endpoint).map(|(name, value)| format!("    {name}: {value}\n"));
        format!("stores:\n  s3://{BUCKET}:\n{}", options.concat())
    }

    fn environment(&self, endpoint: &str) -> Vec<(String, String)> {
        self.options(endpoint)
            .into_iter()
            .map(|(name, value)| (format!("AWS_{}", name.to_uppercase()), value))
            .collect()
    }
}

fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}
