//! The coordinator as a process: one listener for users and workers, terms of leadership that come and go behind it.
//!
//! Mutual TLS and the gate of `renkei-transport` let users reach `renkei.v1.Runs` only, and workers `renkei.v1.Workers` and
//! Ballista's scheduler only. A coordinator that stands by refuses both with `UNAVAILABLE` and names who leads.

mod error;
mod metrics;
mod ready;
mod reign;
mod runs;
mod terms;
mod workers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_metastore::MetaStore;
use renkei_proto::v1::runs_server::RunsServer;
use renkei_proto::v1::workers_server::WorkersServer;
use renkei_runtime::{Clock, Seed, Shutdown};
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use renkei_transport::{Credentials, Role, Rules, incoming};
use tokio::net::TcpListener;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

pub use error::ServeError;
pub use ready::Ready;

use crate::config::{Config, ConfigError};
use crate::engine::ballista::BallistaScheduler;
use crate::lead::Candidate;
use reign::Reign;
use runs::RunsService;
use terms::Terms;
use workers::WorkersService;

/// How long calls in progress may take to end when the process stops.
const LAST_CALLS: Duration = Duration::from_secs(3);
/// A certificate that ends sooner than this is worth a warning, in milliseconds: 14 days.
const EXPIRES_SOON_MS: i64 = 14 * 24 * 3_600_000;

/// A coordinator that listens, and does not serve yet.
#[derive(Debug)]
pub struct Coordinator {
    config: Config,
    facts: Arc<dyn MetaStore>,
    clock: Arc<dyn Clock>,
    credentials: Credentials,
    pseudonyms: Pseudonymiser,
    stores: Stores,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    ready: Ready,
}

impl Coordinator {
    /// Opens what the configuration names, and listens. `facts` is where coordinators find out who leads.
    pub async fn open(config: Config, facts: Arc<dyn MetaStore>, clock: Arc<dyn Clock>) -> Result<Self, ServeError> {
        let credentials = credentials(&config, clock.as_ref())?;
        let pseudonyms = Pseudonymiser::from_file(&config.site_key)?;
        let stores = match &config.stores {
            Some(file) => Stores::read(file)?,
            None => Stores::from_environment(),
        };
        let (listener, serves) = listen(config.listen).await?;
        let (metrics, metrics_at) = match config.metrics {
            Some(address) => listen(address).await.map(|(listener, at)| (Some(listener), Some(at)))?,
            None => (None, None),
        };
        let ready =
            Ready { name: config.name.clone(), serves, reached_at: config.reached_at(serves), metrics: metrics_at };
        Ok(Self { config, facts, clock, credentials, pseudonyms, stores, listener, metrics, ready })
    }

    /// Where it listens.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Serves until `stop` is requested; then hands the lead over at once, if it has it.
    pub async fn serve(self, stop: Shutdown) -> Result<(), ServeError> {
        let Self { config, facts, clock, credentials, pseudonyms, stores, listener, metrics, ready } = self;
        let terms = Arc::new(Terms::new(Arc::clone(&facts), config.limits.shards_in_flight));
        let scheduler = BallistaScheduler::start(Arc::clone(&terms) as _, Arc::clone(&clock)).await?;
        let (health, health_service) = tonic_health::server::health_reporter();
        let users = RunsService { terms: Arc::clone(&terms), clock: Arc::clone(&clock) };
        let desk = WorkersService { terms: Arc::clone(&terms), name: config.name.clone() };
        let last_calls = tokio_util::sync::CancellationToken::new();
        let served = renkei_transport::server(&credentials, rules()?, Arc::clone(&clock))?
            .add_service(RunsServer::new(users).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(WorkersServer::new(desk).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(scheduler.service().max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(health_service)
            .serve_with_incoming_shutdown(incoming(listener, Arc::clone(&clock)), last_calls.clone().cancelled_owned());
        let process = Seed::from_entropy().value();
        let candidate = Candidate::new(
            Arc::clone(&facts),
            Arc::clone(&clock),
            config.name.clone(),
            ready.reached_at.clone(),
            process,
        );
        let name = config.name.clone();
        let reign = Reign {
            config,
            facts,
            clock: Arc::clone(&clock),
            pseudonyms,
            stores,
            scheduler,
            terms: Arc::clone(&terms),
        };
        let measured = metrics::serve(metrics, terms, name, Arc::clone(&clock));
        let lead = async {
            let reigned = reign.until(&candidate, &stop.token()).await;
            leave(&health).await;
            last_calls.cancel();
            reigned?;
            clock.sleep(LAST_CALLS).await;
            Ok(())
        };
        tokio::select! {
            led = lead => led,
            served = served => served.map_err(ServeError::from),
            () = measured => Ok(()),
        }
    }
}

/// Whoever asks for our health hears that we are going.
async fn leave(health: &HealthReporter) {
    health.set_service_status("", ServingStatus::NotServing).await;
}

fn credentials(config: &Config, clock: &dyn Clock) -> Result<Credentials, ServeError> {
    let credentials = Credentials::read(&config.tls, clock)?;
    let holder = credentials.identity();
    let other =
        |field, found: &str| ConfigError::field(field, format!("is not what the certificate says: it names {found}"));
    if holder.realm() != config.site {
        return Err(other("site", holder.realm()).into());
    }
    if holder.name() != config.name {
        return Err(other("name", holder.name()).into());
    }
    if credentials.until().unix_millis() - clock.now().unix_millis() < EXPIRES_SOON_MS {
        tracing::warn!(until = %credentials.until(), "the certificate ends soon: ask for another and restart");
    }
    Ok(credentials)
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let refused = |source| ServeError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let at = listener.local_addr().map_err(refused)?;
    Ok((listener, at))
}

fn rules() -> Result<Rules, renkei_transport::Error> {
    Rules::new()
        .allow("/renkei.v1.Runs/", &[Role::User])?
        .allow("/renkei.v1.Workers/", &[Role::Worker])?
        .allow("/ballista.protobuf.SchedulerGrpc/", &[Role::Worker])?
        .allow("/grpc.health.v1.Health/", &[Role::User, Role::Worker, Role::Coordinator])
}
