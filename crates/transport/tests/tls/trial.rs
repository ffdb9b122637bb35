//! One trial realm: its authority, a coordinator or hub that serves the health service, and everybody who calls it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use renkei_runtime::{Clock, SystemClock, Timestamp};
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use renkei_transport::{
    Authority, Credentials, Error, Files, GatedServer, Identity, Issued, Role, Rules, Servers, Validity, incoming,
    server,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::server::health_reporter;

pub(crate) const TOKYO: &str = "tokyo";
pub(crate) const ROLES: [Role; 6] = [Role::Coordinator, Role::Worker, Role::User, Role::Hub, Role::Site, Role::Lead];
pub(crate) const HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];
pub(crate) const CHECK: &str = "/grpc.health.v1.Health/Check";
pub(crate) const WATCH: &str = "/grpc.health.v1.Health/Watch";

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

/// From a day ago for two days.
pub(crate) fn valid() -> Validity {
    around(-24, 24)
}

/// From `from` to `until`, in hours from now.
pub(crate) fn around(from: i64, until: i64) -> Validity {
    let now = clock().now().unix_millis();
    let at = |hours: i64| Timestamp::from_unix_millis(now + hours * 3_600_000).unwrap();
    Validity { from: at(from), until: at(until) }
}

pub(crate) fn identity(role: Role, realm: &str, name: &str) -> Identity {
    Identity::new(role, realm, name).unwrap()
}

/// An authority and a folder for what it issues.
pub(crate) struct Trial {
    pub(crate) authority: Authority,
    folder: TempDir,
}

impl Trial {
    pub(crate) fn new() -> Self {
        Self { authority: Authority::new(TOKYO, valid()).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn issue(&self, role: Role, realm: &str, validity: Validity) -> Issued {
        self.authority.issue(&identity(role, realm, "it"), &HOSTS, validity).unwrap()
    }

    /// As [`Trial::issue`], for who is not dialled.
    pub(crate) fn issue_without_hosts(&self, role: Role) -> Issued {
        self.authority.issue(&identity(role, TOKYO, "it"), &[], valid()).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, issued: &Issued, name: &str) -> Files {
        issued.write(&self.path(name)).unwrap()
    }

    /// Checked credentials of `role` in `realm`.
    pub(crate) fn credentials(&self, role: Role, realm: &str) -> Credentials {
        let files = self.write(&self.issue(role, realm, valid()), &format!("{role}-{realm}"));
        Credentials::read(&files, &*clock()).unwrap()
    }

    /// A coordinator of Tokyo under `rules`.
    pub(crate) async fn coordinator(&self, rules: Rules) -> Serving {
        Serving::start(&self.credentials(Role::Coordinator, TOKYO), rules, clock()).await
    }

    /// A caller that skips our own checks and trusts any server of this authority.
    pub(crate) fn intruder(&self, at: SocketAddr, issued: Option<&Issued>) -> Channel {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.authority.certificate()));
        if let Some(issued) = issued {
            tls = tls.identity(tonic::transport::Identity::from_pem(issued.certificate(), issued.key()));
        }
        renkei_transport::install_ring();
        Endpoint::from_shared(format!("https://{at}")).unwrap().tls_config(tls).unwrap().connect_lazy()
    }
}

/// Everybody of a cluster may check and watch.
pub(crate) fn open() -> Rules {
    open_to(Role::Coordinator)
}

/// Everybody who dials `server` may check and watch.
pub(crate) fn open_to(server: Role) -> Rules {
    let all: Vec<Role> = ROLES.into_iter().filter(|role| role.dials() == server).collect();
    Rules::new().allow("/grpc.health.v1.Health/", &all).unwrap()
}

/// A coordinator or hub that serves, stopped when dropped.
pub(crate) struct Serving {
    pub(crate) at: SocketAddr,
    callers: Arc<Mutex<Vec<Option<Identity>>>>,
    task: JoinHandle<()>,
}

impl Serving {
    pub(crate) async fn start(credentials: &Credentials, rules: Rules, clock: Arc<dyn Clock>) -> Self {
        Self::run(server(credentials, rules, Arc::clone(&clock)).unwrap(), clock).await
    }

    pub(crate) async fn run(mut server: GatedServer, clock: Arc<dyn Clock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let callers = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&callers);
        let note = move |request: Request<()>| -> Result<Request<()>, Status> {
            seen.lock().unwrap().push(request.extensions().get::<Identity>().cloned());
            Ok(request)
        };
        let health = health_reporter().1.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let service = InterceptedService::new(health, note);
        let router = server.add_service(service);
        let task = tokio::spawn(async move { router.serve_with_incoming(incoming(listener, clock)).await.unwrap() });
        Self { at, callers, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.at)
    }

    /// The callers that the service itself saw and knew.
    pub(crate) fn callers(&self) -> Vec<Identity> {
        self.callers.lock().unwrap().iter().flatten().cloned().collect()
    }

    /// How many callers the service saw and did not know.
    pub(crate) fn strangers(&self) -> usize {
        self.callers.lock().unwrap().iter().filter(|caller| caller.is_none()).count()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn check(channel: Channel) -> Result<(), Status> {
    asks(channel, "").await
}

/// A check of the service named `service`: a message as long as its name.
pub(crate) async fn asks(channel: Channel, service: &str) -> Result<(), Status> {
    HealthClient::new(channel).check(HealthCheckRequest { service: service.to_owned() }).await.map(drop)
}

pub(crate) async fn watch(channel: Channel) -> Result<tonic::Streaming<tonic_health::pb::HealthCheckResponse>, Status> {
    let stream = HealthClient::new(channel).watch(HealthCheckRequest { service: String::new() }).await?;
    Ok(stream.into_inner())
}

/// One check, as an honest process dials.
pub(crate) async fn dial(credentials: &Credentials, url: &str) -> Result<(), Error> {
    Servers::new(&[url.to_owned()], credentials)?.find(check).await.map(drop)
}

/// Fails a test that would otherwise hang for ever; no test passes or fails by how fast it is.
pub(crate) async fn or_hang<T>(future: impl Future<Output = T>, what: &str) -> T {
    tokio::time::timeout(Duration::from_secs(120), future).await.unwrap_or_else(|_| panic!("hangs: {what}"))
}
