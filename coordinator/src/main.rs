//! `renkei-coordinator`: plans runs, hands their shards to workers, counts commits and seals results.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use renkei_coordinator::config::{Config, Control};
use renkei_coordinator::server::{Coordinator, ServeError};
use renkei_metastore::{EtcdStore, MetaStore};
use renkei_runtime::{Clock, Shutdown, SystemClock};

/// How long after a try in vain etcd is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Renkei's coordinator. Several may run: one leads, the others stand by.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration (docs/operations.md).
    #[arg(long)]
    config: PathBuf,
    /// Written once it serves: where it listens, as JSON.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("renkei-coordinator: {error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), ServeError> {
    let config = Config::read(&arguments.config)?;
    let _traces = renkei_telemetry::init("renkei-coordinator", config.log.format, &config.log.filter)?;
    renkei_transport::install_ring();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let stop = Shutdown::on_signals()?;
    let Some(facts) = stop.token().run_until_cancelled(Box::pin(facts(&config.control, &clock))).await else {
        return Ok(());
    };
    let coordinator = Coordinator::open(config, facts?, clock).await?;
    tracing::info!(serves = %coordinator.ready().serves, reached_at = coordinator.ready().reached_at, "listening");
    if let Some(file) = &arguments.ready_file {
        coordinator.ready().write(file)?;
    }
    Box::pin(coordinator.serve(stop)).await
}

/// Coordinators and etcd may start in any order.
async fn facts(control: &Control, clock: &Arc<dyn Clock>) -> Result<Arc<dyn MetaStore>, ServeError> {
    loop {
        match EtcdStore::connect(control.options()?, Arc::clone(clock)).await {
            Ok(store) => return Ok(Arc::new(store)),
            Err(error) if error.kind().retryable() => tracing::warn!(%error, "no store of facts yet"),
            Err(error) => return Err(error.into()),
        }
        clock.sleep(ASK_AGAIN).await;
    }
}
