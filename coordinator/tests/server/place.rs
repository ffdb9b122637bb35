//! A hospital for one test: a certificate authority, a folder, coordinators.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use renkei_coordinator::config::Config;
use renkei_coordinator::server::{Coordinator, Ready, ServeError};
use renkei_metastore::{MemoryStore, MetaStore};
use renkei_runtime::{Clock, Shutdown, SystemClock, Timestamp};
use renkei_transport::{Authority, Credentials, Files, Identity, Role, Servers, Validity};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

pub(crate) const SITE: &str = "tokyo";
pub(crate) const SITE_KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

pub(crate) struct Place {
    pub(crate) facts: Arc<dyn MetaStore>,
    pub(crate) folder: TempDir,
    clock: Arc<dyn Clock>,
    authority: Authority,
    validity: Validity,
}

/// A coordinator that serves until it is dropped.
pub(crate) struct Serving {
    pub(crate) ready: Ready,
    stop: Shutdown,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let hours = |hours: i64| Timestamp::from_unix_millis(clock.now().unix_millis() + hours * 3_600_000).unwrap();
        let validity = Validity { from: hours(-1), until: hours(24 * 365) };
        let place = Self {
            facts: Arc::new(MemoryStore::new()),
            folder: tempfile::tempdir().unwrap(),
            authority: Authority::new(SITE, validity).unwrap(),
            clock,
            validity,
        };
        place.secret("site.key", SITE_KEY);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn secret(&self, name: &str, bytes: &[u8]) {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(self.path(name)).unwrap().write_all(bytes).unwrap();
    }

    /// Certificate and key of `name`, made at its first use.
    pub(crate) fn files(&self, role: Role, name: &str) -> Files {
        let folder = self.path(&format!("{role}-{name}"));
        if !folder.exists() {
            let hosts: &[&str] = if role == Role::Coordinator { &["127.0.0.1"] } else { &[] };
            let identity = Identity::new(role, SITE, name).unwrap();
            self.authority.issue(&identity, hosts, self.validity).unwrap().write(&folder).unwrap();
        }
        let file = |file| folder.join(file);
        Files { ca: file("ca.pem"), certificate: file("cert.pem"), key: file("key.pem") }
    }

    /// The configuration of the coordinator `name`, with what the test adds.
    pub(crate) fn config(&self, name: &str, more: &str) -> String {
        let Files { ca, certificate, key } = self.files(Role::Coordinator, name);
        let root = url::Url::from_directory_path(self.path("study")).unwrap();
        format!(
            "name: {name}\nsite: {SITE}\nlisten: 127.0.0.1:0\n\
             tls: {{ ca: {}, certificate: {}, key: {} }}\n\
             control: {{ endpoints: ['http://127.0.0.1:1'], prefix: test }}\n\
             roots: ['{root}', '{}']\nsite_key: site.key\n{more}",
            ca.display(),
            certificate.display(),
            key.display(),
            url::Url::from_directory_path(encoder()).unwrap(),
        )
    }

    pub(crate) fn write_config(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path(&format!("{name}.yaml"));
        std::fs::write(&file, text).unwrap();
        file
    }

    pub(crate) async fn serve(&self, name: &str, more: &str) -> Serving {
        let file = self.write_config(name, &self.config(name, more));
        let config = Config::read(&file).unwrap();
        let coordinator = Coordinator::open(config, Arc::clone(&self.facts), Arc::clone(&self.clock)).await.unwrap();
        let (ready, stop) = (coordinator.ready().clone(), Shutdown::new());
        let task = tokio::spawn(coordinator.serve(stop.clone()));
        Serving { ready, stop, task }
    }

    /// A channel to `serving` with the certificate of `name`.
    pub(crate) fn dial(&self, serving: &Serving, role: Role, name: &str) -> Channel {
        let credentials = Credentials::read(&self.files(role, name), self.clock.as_ref()).unwrap();
        let url = format!("https://{}", serving.ready.serves);
        let coordinators = Servers::new(&[url], &credentials).unwrap();
        let (_, channel) = coordinators.channels().next().unwrap();
        channel
    }
}

impl Serving {
    /// Stops it as a signal would, and waits until it is gone.
    pub(crate) async fn stop(self) {
        self.stop.request();
        self.task.await.unwrap().unwrap();
    }
}

/// The encoder that looks at colour only.
pub(crate) fn encoder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/testkit/fixtures/pooling").canonicalize().unwrap()
}

/// Asks again until the answer is one that the test waits for.
pub(crate) async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
