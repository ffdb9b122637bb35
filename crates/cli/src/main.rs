//! `renkei`: analyses hospital records and whole-slide images together.

mod args;
mod cluster;
mod commands;
mod display;
mod export;
mod failure;
mod local;
mod score;
mod session;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&error.into()),
    };
    let _within = runtime.enter();
    let _traces = match renkei_telemetry::init("renkei", args.log_format.into(), &args.log) {
        Ok(traces) => traces,
        Err(error) => return failure::report(&error.into()),
    };
    match runtime.block_on(dispatch(args)) {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}

async fn dispatch(args: Args) -> anyhow::Result<ExitCode> {
    let format = args.format;
    match args.command {
        Command::Run(of) => commands::run::run(of, format).await,
        Command::Resume(of) => commands::run::resume(of, format).await,
        Command::Plan(of) => commands::plan::plan(of, format).await,
        Command::Records(of) => commands::records::records(of, format).await,
        Command::Cohort(of) => commands::cohort::cohort(of, format).await,
        Command::Status(of) => commands::status::status(of, format).await,
        Command::Submit(of) => commands::submit::submit(of, format).await,
        Command::Watch(of) => commands::submit::watch(of, format).await,
        Command::Cancel(of) => commands::submit::cancel(of, format).await,
        Command::Workers(of) => commands::submit::workers(of, format).await,
        Command::Cluster(of) => commands::cluster::cluster(of, format).await,
        Command::Verify(of) => commands::verify::verify(of, format).await,
        Command::Explain(of) => commands::explain::explain(of, format).await,
        Command::Export(of) => commands::export::export(of, format).await,
        Command::Score(of) => Box::pin(commands::score::score(of, format)).await,
        Command::Sql(of) => commands::sql::sql(of, format).await,
        Command::Erase(of) => commands::erase::erase(of, format).await,
        Command::Gc(of) => commands::gc::gc(of, format).await,
        Command::Doctor(of) => commands::doctor::doctor(of, format).await,
        Command::Demo(of) => commands::demo::demo(of, format).await,
    }
}
