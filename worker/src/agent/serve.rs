//! From a configuration to a worker that runs.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_domain::WorkerId;
use renkei_inference::{ExecutionClass, Provider, Runtime};
use renkei_runtime::{Clock, MemoryBudget, Seed, Shutdown, SystemClock};
use renkei_stage::ExecutorId;
use renkei_transport::{Credentials, Role, Servers};
use tokio::net::TcpListener;

use super::folder::Folder;
use super::runs::Runs;
use super::vitals::{Pulsing, serve as serve_vitals};
use super::{Agent, AgentSettings};
use crate::config::WorkerConfig;
use crate::{Machine, WorkerError};

/// A certificate that ends sooner than this is worth a warning at start.
const ENDS_SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// Runs a worker until `shutdown` is requested and its shards have finished, or a coordinator refuses it for good.
/// `ready_file`, where given, appears once a coordinator has taken the worker in; it holds the metrics' address, if any.
pub async fn serve(config: WorkerConfig, ready_file: Option<PathBuf>, shutdown: &Shutdown) -> Result<(), WorkerError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let credentials = credentials(&config, clock.as_ref())?;
    let folder = Folder::take_over(&config.work_dir, clock.as_ref()).await?;
    let machine = machine(&config, Arc::clone(&clock))?;
    let settings = settings(&config, &machine, &folder)?;
    let coordinators = Servers::new(&config.coordinators, &credentials)?;
    let vitals = match config.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let address = vitals.as_ref().map(|(_, address)| *address);
    let runs = Arc::new(Runs::new(settings.id.worker.clone(), machine, folder.encoders()));
    let agent = Arc::new(Agent::new(settings, coordinators, runs, Arc::clone(&clock)));
    let telling = async {
        match vitals {
            Some((listener, _)) => serve_vitals(listener, Arc::clone(&agent) as Arc<dyn Pulsing>, clock).await,
            None => std::future::pending().await,
        }
    };
    let ready = async {
        match ready_file {
            Some(file) => say_ready(&agent, &file, address).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = agent.run(shutdown) => ended,
        () = telling => Ok(()),
        Err(error) = ready => Err(error),
    }
}

/// The certificate, which must be this worker's own.
fn credentials(config: &WorkerConfig, clock: &dyn Clock) -> Result<Credentials, WorkerError> {
    let credentials = Credentials::read(&config.tls, clock)?;
    let holder = credentials.identity();
    if holder.role() != Role::Worker || holder.realm() != config.site || holder.name() != config.name {
        let (name, site) = (config.name.clone(), config.site.clone());
        return Err(WorkerError::NotMine { holder: holder.clone(), name, site });
    }
    if credentials.until() < clock.now().saturating_add(ENDS_SOON) {
        tracing::warn!(until = %credentials.until(), "the certificate ends soon: replace it and restart this worker");
    }
    Ok(credentials)
}

/// What this process gives to the runs that it computes shards of.
fn machine(config: &WorkerConfig, clock: Arc<dyn Clock>) -> Result<Machine, WorkerError> {
    let slots = config.slots.map(|slots| slots.try_into().ok());
    let cores = || std::thread::available_parallelism().ok();
    Ok(Machine {
        runtime: Runtime::init(&config.onnxruntime)?,
        pseudonyms: Pseudonymiser::from_file(&config.site_key)?,
        slots: slots.unwrap_or_else(cores).unwrap_or(std::num::NonZeroUsize::MIN),
        memory: MemoryBudget::new(config.memory)?,
        stores: match &config.stores {
            Some(file) => Stores::read(file)?,
            None => Stores::from_environment(),
        },
        clock,
    })
}

fn settings(config: &WorkerConfig, machine: &Machine, folder: &Folder) -> Result<AgentSettings, WorkerError> {
    let id = ExecutorId { worker: WorkerId::new(config.name.as_str())?, incarnation: Seed::from_entropy().value() };
    Ok(AgentSettings {
        id,
        execution_class: Some(ExecutionClass::of(&machine.runtime, Provider::Cpu, 1, 1)?.machine()),
        slots: NonZeroU32::try_from(machine.slots).unwrap_or(NonZeroU32::MAX),
        memory: machine.memory.clone(),
        pools: config.pools.clone(),
        scratch: folder.scratch(),
        drain: config.drain(),
    })
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), WorkerError> {
    let failed = |source| WorkerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tracing::info!(address = %bound, "serving metrics");
    Ok((listener, bound))
}

/// Writes the ready file when a coordinator has taken this worker in, and then never returns.
async fn say_ready(
    agent: &Agent,
    file: &Path,
    metrics: Option<SocketAddr>,
) -> Result<std::convert::Infallible, WorkerError> {
    // The agent lives as long as this, and with it the sender.
    let _ = agent.leads().wait_for(Option::is_some).await;
    let (name, metrics) = (agent.settings.id.worker.as_str(), metrics.map(|address| address.to_string()));
    let text = serde_json::json!({ "name": name, "metrics": metrics }).to_string();
    let failed = |source| WorkerError::Own { what: "write the ready file", path: file.to_owned(), source };
    // Whoever waits for the file never reads half of it.
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    std::fs::write(&unfinished, text).and_then(|()| std::fs::rename(&unfinished, file)).map_err(failed)?;
    std::future::pending().await
}
