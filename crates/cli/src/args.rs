//! What can be asked on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use renkei_runtime::ByteSize;
use renkei_runtime::telemetry::LogFormat;

/// Hospital records and whole-slide images, analysed together.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// What is logged: error, warn, info, debug, or a filter such as `renkei_worker=debug`.
    #[arg(long, global = true, default_value = "warn")]
    pub(crate) log: String,
    /// How logs are written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = Logs::Text)]
    pub(crate) log_format: Logs,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Logs {
    /// A line of text each.
    Text,
    /// A JSON object a line.
    Json,
}

impl From<Logs> for LogFormat {
    fn from(logs: Logs) -> Self {
        match logs {
            Logs::Text => Self::Text,
            Logs::Json => Self::Json,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a spec to its end in this process; a run that was interrupted goes on.
    Run(RunArgs),
    /// Go on with an interrupted run.
    Resume(ResumeArgs),
    /// Check a spec against its sources and say what a run would do and cost.
    Plan(PlanArgs),
    /// List the runs of a store.
    Status(StoreArgs),
    /// Check every committed byte of a sealed run.
    Verify(OfRun),
    /// Walk a case's score back to tiles, slides, encoder and records.
    Explain(ExplainArgs),
    /// Query the tables of a sealed run.
    Sql(SqlArgs),
    /// Check whether this machine and store are fit to run.
    Doctor(DoctorArgs),
    /// Run the whole mission on real input whose link between image and outcome is planted.
    Demo(DemoArgs),
}

/// What this machine gives to a run.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct MachineArgs {
    /// ONNX Runtime's library [default: the file that RENKEI_ONNXRUNTIME names].
    #[arg(long, env = "RENKEI_ONNXRUNTIME", hide_env_values = true)]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// The site's pseudonym key, a file of at least 32 bytes that only its owner can read. Without it a key is made once
    /// and kept in the user's configuration folder.
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    /// Shards at once [default: one a core].
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// What buffers may hold together.
    #[arg(long, default_value = "1GiB")]
    pub(crate) memory: ByteSize,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    /// The run spec (YAML).
    pub(crate) spec: PathBuf,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PlanArgs {
    /// The run spec (YAML).
    #[arg(required_unless_present = "schema")]
    pub(crate) spec: Option<PathBuf>,
    /// Print the JSON Schema of run specs and do nothing else.
    #[arg(long)]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

/// A store of runs.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct StoreArgs {
    /// The store: what the spec calls `store`.
    #[arg(long, env = "RENKEI_STORE", default_value = "renkei-store")]
    pub(crate) store: String,
}

/// A run in a store.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct OfRun {
    /// The run's id [default: the newest].
    #[arg(long)]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) of: OfRun,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// The case: its pseudonym as in the tables, or the hospital's own id (which needs the site key).
    pub(crate) case: String,
    /// The site's pseudonym key, to look a hospital's own id up.
    #[arg(long, env = "RENKEI_SITE_KEY", hide_env_values = true)]
    pub(crate) site_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfRun,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SqlArgs {
    /// A query over the tables `cases, tiles, features, compressed, assignments, key_features, exemplars, slides,
    /// histograms, scores, risk`.
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) of: OfRun,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// The folder that `deploy/demo/fetch` filled.
    #[arg(long, default_value = ".renkei/demo")]
    pub(crate) components: PathBuf,
    /// Where the demo's input and output go.
    #[arg(long, default_value = ".renkei/demo-run")]
    pub(crate) out: PathBuf,
    /// Seed of the pseudo-slides.
    #[arg(long, default_value_t = 2023)]
    pub(crate) seed: u64,
}
