//! `renkei-worker`: tries shards for a cluster's coordinator.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use renkei_runtime::Shutdown;
use renkei_worker::WorkerError;
use renkei_worker::agent::serve;
use renkei_worker::config::WorkerConfig;

/// What blocks its thread when the worker goes is not waited for longer than this.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Tries shards for a cluster's coordinator.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// The configuration file; see deploy/cluster/worker.example.yaml.
    #[arg(long)]
    config: PathBuf,
    /// A file that appears once a coordinator has taken this worker in; it holds the metrics' address as JSON.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

fn main() -> ExitCode {
    match work(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("renkei-worker: {error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn work(args: Args) -> Result<(), WorkerError> {
    let config = WorkerConfig::read(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| WorkerError::Runtime(renkei_runtime::Error::Signals(error)))?;
    let traces = {
        let _within = runtime.enter();
        renkei_telemetry::init("renkei-worker", config.log.format, &config.log.filter)?
    };
    let ended = runtime.block_on(async { serve(config, args.ready_file, &Shutdown::on_signals()?).await });
    drop(traces);
    runtime.shutdown_timeout(LAST_WAIT);
    ended
}
